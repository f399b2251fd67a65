//! Measuring a run on the held-out questions while it goes on: when, which weights were the best, and when it is over.

use serde::{Deserialize, Serialize};

use crate::metrics::Scores;

/// What the weights of two measurements are compared by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Words that answer and gold answer share.
    #[default]
    F1,
    /// Answers that are a gold answer.
    ExactMatch,
}

/// When a run is measured, and what follows from it. Without held-out questions nothing of it happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Watch {
    /// Epochs between two measurements; 0: none. With them goes one before the first step and one after the last.
    pub every_epochs: usize,
    /// What the weights are compared by.
    pub metric: Metric,
    /// Measurements without a better one after which the run ends; `None`: it goes on to its last step.
    pub patience: Option<usize>,
    /// Whether the run ends with the weights of its best measurement instead of the last.
    pub keep_best: bool,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// With its last step.
    #[default]
    Complete,
    /// By Stop.
    Stopped,
    /// Since it got no better for too long.
    NoBetter,
}

/// What a run was worth after a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Measurement {
    /// Steps made.
    pub step: usize,
    /// Passes over the data, a fraction.
    pub epoch: f64,
    /// What it scored on the held-out questions.
    #[serde(flatten)]
    pub scores: Scores,
}

impl Measurement {
    fn value(&self, metric: Metric) -> f64 {
        match metric {
            Metric::F1 => self.scores.f1,
            Metric::ExactMatch => self.scores.exact_match,
        }
    }
}

impl Watch {
    /// Whether the run waits for a measurement before its next step.
    pub fn is_due(&self, made: &[Measurement], step: usize, steps_an_epoch: usize, steps_total: usize) -> bool {
        let every = self.every_epochs.saturating_mul(steps_an_epoch);
        let is_made = made.last().is_some_and(|last| last.step >= step);
        every > 0 && !is_made && (step.is_multiple_of(every) || step == steps_total)
    }

    /// The best measurement; of equals the first, which trained least.
    pub fn best<'a>(&self, made: &'a [Measurement]) -> Option<&'a Measurement> {
        let value = |measurement: &Measurement| measurement.value(self.metric);
        made.iter().reduce(|best, next| if value(next) > value(best) { next } else { best })
    }

    /// Whether there was no better one for too long. A run that was made longer at step `since` begins to wait anew there.
    pub fn is_over(&self, made: &[Measurement], since: usize) -> bool {
        let made = &made[made.partition_point(|made| made.step < since)..];
        let Some((patience, best)) = self.patience.zip(self.best(made)) else { return false };
        made.iter().filter(|measurement| measurement.step > best.step).count() >= patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(f1: &[f64]) -> Vec<Measurement> {
        let measurement = |(index, f1): (usize, &f64)| {
            let scores = Scores { f1: *f1, ..Scores::default() };
            Measurement { step: 6 * index, epoch: 2.0 * index as f64, scores }
        };
        f1.iter().enumerate().map(measurement).collect()
    }

    #[test]
    fn a_run_is_measured_before_between_and_after() {
        let watch = Watch { every_epochs: 2, ..Watch::default() };
        let mut made = Vec::new();
        let mut at = Vec::new();
        for step in 0..=10 {
            if watch.is_due(&made, step, 3, 10) {
                at.push(step);
                made.push(Measurement { step, ..Measurement::default() });
                assert!(!watch.is_due(&made, step, 3, 10), "once");
            }
        }
        assert_eq!(at, [0, 6, 10]);
        assert!(!Watch::default().is_due(&[], 0, 3, 10) && !Watch::default().is_due(&[], 10, 3, 10));
    }

    #[test]
    fn of_equal_ones_the_first_is_the_best() {
        let watch = Watch::default();
        assert_eq!(watch.best(&made(&[10.0, 40.0, 40.0, 39.0])).map(|best| best.step), Some(6));
        assert_eq!(watch.best(&[]), None);
        let exact = Watch { metric: Metric::ExactMatch, ..watch };
        let mut both = made(&[10.0, 40.0]);
        both[0].scores.exact_match = 5.0;
        assert_eq!(exact.best(&both).map(|best| best.step), Some(0));
    }

    #[test]
    fn patience_ends_a_run_that_gets_no_better() {
        let watch = Watch { patience: Some(2), ..Watch::default() };
        assert!(!watch.is_over(&[], 0) && !watch.is_over(&made(&[10.0, 40.0, 39.0]), 0));
        assert!(watch.is_over(&made(&[10.0, 40.0, 39.0, 40.0]), 0));
        assert!(!watch.is_over(&made(&[10.0, 40.0, 39.0, 41.0]), 0), "better in time");
        assert!(watch.is_over(&made(&[50.0, 40.0, 41.0]), 0), "worse than before the first step");
        assert!(!watch.is_over(&made(&[50.0, 40.0, 41.0]), 6), "made longer after the first of them");
        assert!(!Watch::default().is_over(&made(&[5.0; 90]), 0));
    }
}
