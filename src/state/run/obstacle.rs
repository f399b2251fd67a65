//! What keeps a run from being started, in the words that stand beside the button.

use super::form::FormError;
use crate::state::model::{ModelState, WorkerState};
use crate::state::words::train as words;
use crate::train::Watch;

/// What a run needs.
#[derive(Clone, Copy, Debug)]
pub struct Needs<'a> {
    /// The worker that would train.
    pub worker: &'a WorkerState,
    /// The model that would be trained.
    pub model: &'a ModelState,
    /// Questions that can be trained on.
    pub marked: usize,
    /// Questions held back.
    pub held_out: usize,
    /// What those are wanted for.
    pub watch: Watch,
    /// Whether an evaluation is going on.
    pub is_evaluating: bool,
    /// What is wrong with the settings.
    pub settings: Option<&'a FormError>,
    /// Why the worker could not plan the run: nothing in the data can be trained on.
    pub plan: Option<&'a str>,
}

/// Why no run can be started now; `None` where one can.
pub fn obstacle(needs: Needs<'_>) -> Option<String> {
    if let Some(message) = model_obstacle(needs.worker, needs.model) {
        return Some(message);
    }
    if needs.marked == 0 {
        return Some(words::NOTHING_MARKED.to_owned());
    }
    if let Some(error) = needs.settings {
        return Some(error.message.clone());
    }
    if needs.held_out == 0 && (needs.watch.patience.is_some() || needs.watch.keep_best) {
        return Some(words::NEEDS_HELD_OUT.to_owned());
    }
    if let Some(message) = needs.plan {
        return Some(words::sentence(message));
    }
    needs.is_evaluating.then(|| words::EVALUATING.to_owned())
}

/// Why the model can do nothing now; `None` where it is ready.
pub fn model_obstacle(worker: &WorkerState, model: &ModelState) -> Option<String> {
    match (worker, model) {
        (WorkerState::Failed { message }, _) | (_, ModelState::Failed { message }) => Some(message.clone()),
        (_, ModelState::Missing) => Some(words::NO_MODEL.to_owned()),
        (_, ModelState::Loading { loaded, total, .. }) => Some(words::model_loading(*loaded, *total)),
        (WorkerState::Starting, _) => Some(words::WORKER_STARTS.to_owned()),
        (WorkerState::Ready { .. }, ModelState::Ready(_) | ModelState::Kept { .. }) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::model::tests::info;

    #[test]
    fn the_first_thing_that_is_missing_is_named() {
        let worker = WorkerState::Ready { build: "fast".to_owned(), threads: 2 };
        let (model, error) =
            (ModelState::Ready(info()), FormError { field: None, message: "Epochs: at least 1".to_owned() });
        let (watch, patient) = (Watch::default(), Watch { patience: Some(3), ..Watch::default() });
        let needs = Needs {
            worker: &worker,
            model: &model,
            marked: 22,
            held_out: 0,
            watch,
            is_evaluating: false,
            settings: None,
            plan: None,
        };
        assert_eq!(obstacle(needs), None);
        assert_eq!(obstacle(Needs { watch: patient, ..needs }).as_deref(), Some(words::NEEDS_HELD_OUT));
        assert_eq!(obstacle(Needs { watch: patient, held_out: 3, ..needs }), None);
        assert_eq!(obstacle(Needs { marked: 0, ..needs }).as_deref(), Some(words::NOTHING_MARKED));
        assert_eq!(obstacle(Needs { settings: Some(&error), ..needs }).as_deref(), Some("Epochs: at least 1"));
        let unplanned = Needs { plan: Some("there is nothing to train on: mark at least one answer."), ..needs };
        let said = "There is nothing to train on: mark at least one answer.";
        assert_eq!(obstacle(unplanned).as_deref(), Some(said));
        assert_eq!(obstacle(Needs { is_evaluating: true, ..needs }).as_deref(), Some(words::EVALUATING));
        let loading = ModelState::Loading { name: "m".to_owned(), loaded: 12_000_000, total: Some(45_000_000) };
        let said = obstacle(Needs { model: &loading, marked: 0, ..needs }).unwrap();
        assert!(said.contains("12.0 MB of 45.0 MB"), "{said}");
        let failed = ModelState::Failed { message: "no such file".to_owned() };
        assert_eq!(obstacle(Needs { model: &failed, ..needs }).as_deref(), Some("no such file"));
        assert_eq!(obstacle(Needs { worker: &WorkerState::Starting, ..needs }).as_deref(), Some(words::WORKER_STARTS));
        assert_eq!(obstacle(Needs { model: &ModelState::Missing, ..needs }).as_deref(), Some(words::NO_MODEL));
    }
}
