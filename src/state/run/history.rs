//! Runs that ended: what they were, and their curves, kept in the browser.

use serde::{Deserialize, Serialize};

use super::{Run, RunStatus};
use crate::state::chart::Quantity;
use crate::state::chart::series::spread;
use crate::train::{Measurement, TrainSettings};

/// Runs that are kept; the oldest go first.
const RUNS_MAX: usize = 50;
/// Points of a kept curve.
const POINTS_MAX: usize = 200;

/// A run that ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PastRun {
    /// Told apart by this.
    pub id: String,
    /// When it ended, as the browser writes dates.
    pub ended: String,
    /// Name of the model.
    pub model: String,
    /// Questions that it trained on.
    pub questions: usize,
    /// Its settings.
    pub settings: TrainSettings,
    /// Steps made, and of how many.
    pub steps: [usize; 2],
    /// Milliseconds spent computing.
    pub elapsed_ms: f64,
    /// Steps and smoothed losses, thinned out where there are many.
    pub curve: Vec<(usize, f64)>,
    /// What it was worth on the held-out questions.
    pub measurements: Vec<Measurement>,
}

impl PastRun {
    /// A run that has just ended; `None` where it made no step.
    pub fn of(run: &Run, model: &str, ended: String) -> Option<Self> {
        let RunStatus::Finished { steps, elapsed_ms, .. } = run.status else { return None };
        run.steps.last()?;
        let [_, smoothed] = Quantity::Loss.lines(run);
        let (indices, _) = spread(run.steps.len(), POINTS_MAX);
        Some(Self {
            id: run.id.clone(),
            ended,
            model: model.to_owned(),
            questions: run.plan.as_ref().map_or(0, |plan| plan.questions),
            settings: run.settings.clone(),
            steps: [steps, run.steps_total()],
            elapsed_ms,
            curve: indices.into_iter().filter_map(|index| smoothed.get(index).copied()).collect(),
            measurements: run.measurements.clone(),
        })
    }

    /// The best of its measurements, by what it was watched for; where folds decided, the last, which is that of the model it ended with.
    pub fn best(&self) -> Option<&Measurement> {
        match self.settings.folds {
            0 => self.settings.watch.best(&self.measurements),
            _ => self.measurements.last(),
        }
    }

    /// The smoothed loss at its end.
    pub fn last_loss(&self) -> Option<f64> {
        self.curve.last().map(|(_, loss)| *loss)
    }
}

/// The runs that are kept, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History(Vec<PastRun>);

impl History {
    /// Keeps a run; one of the same id is the same run, made longer.
    pub fn add(&mut self, run: PastRun) {
        self.remove(&run.id);
        self.0.insert(0, run);
        self.0.truncate(RUNS_MAX);
    }

    /// Drops a run.
    pub fn remove(&mut self, id: &str) {
        self.0.retain(|run| run.id != id);
    }

    /// All of them.
    pub fn runs(&self) -> &[PastRun] {
        &self.0
    }

    /// One of them.
    pub fn get(&self, id: &str) -> Option<&PastRun> {
        self.0.iter().find(|run| run.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{plan, step};
    use super::*;
    use crate::metrics::Scores;
    use crate::protocol::Event;
    use crate::train::Ending;

    fn ended(id: &str, steps: usize) -> PastRun {
        let mut run = Run::default();
        run.start(TrainSettings::default(), 22);
        run.id = id.to_owned();
        run.apply(&Event::TrainingStarted(plan(steps)));
        assert_eq!(PastRun::of(&run, "m", String::new()), None);
        (1..=steps).for_each(|index| run.apply(&Event::Step(step(index, steps, 1.0 / index as f64))));
        run.apply(&Event::TrainingFinished {
            ending: Ending::Complete,
            kept_step: steps,
            steps,
            elapsed_ms: 1.0,
            memory_bytes: 1,
        });
        PastRun::of(&run, "m", "today".to_owned()).unwrap()
    }

    #[test]
    fn a_run_is_kept_with_its_curve() {
        let past = ended("a", 1000);
        let last = past.last_loss().unwrap();
        assert_eq!((past.steps, past.questions), ([1000, 1000], 22));
        assert!(last > 0.001 && last < 0.0011, "smoothed: {last}");
        assert!((2..=POINTS_MAX + 1).contains(&past.curve.len()), "{} points", past.curve.len());
        let json = serde_json::to_string(&past).unwrap();
        assert_eq!(serde_json::from_str::<PastRun>(&json).unwrap(), past);
    }

    #[test]
    fn the_best_of_a_run_with_folds_is_what_it_ended_with() {
        let measured = |step, f1| Measurement { step, epoch: 0.0, scores: Scores { f1, ..Scores::default() } };
        let mut run = PastRun { measurements: vec![measured(3, 90.0), measured(6, 80.0)], ..ended("a", 6) };
        assert_eq!(run.best().map(|made| made.step), Some(3));
        run.settings.folds = 4;
        assert_eq!(run.best().map(|made| made.step), Some(6));
    }

    #[test]
    fn a_run_that_was_made_longer_is_one_run() {
        let mut history = History::default();
        history.add(ended("a", 3));
        history.add(ended("b", 3));
        history.add(ended("a", 6));
        let ids: Vec<_> = history.runs().iter().map(|run| (run.id.as_str(), run.steps[0])).collect();
        assert_eq!(ids, [("a", 6), ("b", 3)]);
        history.remove("a");
        assert!(history.get("a").is_none() && history.get("b").is_some());
        (0..60).for_each(|index| history.add(ended(&index.to_string(), 2)));
        assert_eq!(history.runs().len(), RUNS_MAX);
    }
}
