//! Words of the Train view.

use crate::protocol::Plan;
use crate::state::format::{counted, duration_ms, whole};
use crate::state::model::ModelState;
use crate::state::project::Project;
use crate::state::run::{Run, RunStatus};

/// Where the run stands, in one line.
pub fn status(run: &Run) -> String {
    match (&run.status, run.steps.last()) {
        (RunStatus::Idle, _) => "No run yet.".to_owned(),
        (RunStatus::Starting, _) | (RunStatus::Running, None) => "Getting the questions ready…".to_owned(),
        (RunStatus::Running, Some(step)) => format!(
            "Epoch {} of {} · loss {:.2} · {} tokens/s · {} left",
            step.epoch.ceil(),
            run.settings.epochs,
            step.loss,
            whole(step.tokens_per_second.round() as usize),
            duration_ms(step.left_ms)
        ),
        (RunStatus::Finished { stopped: false, steps, elapsed_ms }, _) => {
            format!("finished: {} in {}", counted(*steps, "step", "steps"), duration_ms(*elapsed_ms))
        }
        (RunStatus::Finished { steps, .. }, _) => {
            let total = run.plan.as_ref().map_or(*steps, |plan| plan.steps_total);
            format!("finished after Stop at step {steps} of {total}; what was trained is kept")
        }
        (RunStatus::Failed { message }, _) => message.clone(),
    }
}

/// What a run would be.
pub fn plan(plan: &Plan) -> String {
    format!(
        "{}, {} tokens per epoch, {}.",
        counted(plan.questions, "question", "questions"),
        whole(plan.tokens_per_epoch),
        counted(plan.steps_total, "step", "steps")
    )
}

/// Why training cannot begin; `None` where it can.
pub fn obstacle(model: &ModelState, project: &Project) -> Option<&'static str> {
    if model.info().is_none() {
        return Some("The model is not there yet.");
    }
    let is_marked = project.dataset.questions().any(|(_, _, q)| !q.answers.is_empty() || q.is_unanswerable());
    (!is_marked).then_some("No answer is marked yet: go to Data, bring a file or mark an answer.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::{StepReport, TrainSettings};

    #[test]
    fn the_status_names_what_matters_and_says_finished() {
        let mut run = Run::starting(TrainSettings { epochs: 50, ..TrainSettings::default() });
        run.status = RunStatus::Running;
        run.steps.push(StepReport {
            step: 34,
            steps_total: 150,
            epoch: 11.33,
            loss: 0.843,
            learning_rate: 1e-4,
            grad_norm: 2.0,
            tokens_per_second: 1930.4,
            elapsed_ms: 1.0,
            left_ms: 120_000.0,
        });
        assert_eq!(status(&run), "Epoch 12 of 50 · loss 0.84 · 1,930 tokens/s · 2 min left");
        run.plan = Some(Plan { steps_total: 150, ..Plan::default() });
        run.status = RunStatus::Finished { stopped: true, steps: 34, elapsed_ms: 9.0 };
        assert_eq!(status(&run), "finished after Stop at step 34 of 150; what was trained is kept");
        run.status = RunStatus::Finished { stopped: false, steps: 150, elapsed_ms: 61_000.0 };
        assert_eq!(status(&run), "finished: 150 steps in 61 s");
    }

    #[test]
    fn nothing_is_trained_without_a_model_or_an_answer() {
        assert!(obstacle(&ModelState::Missing, &Project::default()).is_some());
    }
}
