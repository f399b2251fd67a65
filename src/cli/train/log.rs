//! What a run has done so far: kept with each checkpoint, and written beside the model.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::metrics::Scores;
use crate::train::blend::FoldMade;
use crate::train::{Length, Measurement, StepReport, TrainSettings};

/// Steps and measurements, each in their order.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Log {
    /// Fingerprint of the run when it began, before it was ever made longer.
    #[serde(default)]
    pub run: String,
    /// How long it is; absent in a checkpoint of a version that could not make a run longer.
    #[serde(default)]
    pub length: Option<Length>,
    /// Steps that it had when it was last made longer: its patience counts from there.
    #[serde(default)]
    pub extended_at: usize,
    pub steps: Vec<StepReport>,
    pub measurements: Vec<Measurement>,
    /// What the folds have said so far.
    #[serde(default)]
    pub folds: Vec<FoldMade>,
}

impl Log {
    /// Passes over the data so far.
    pub fn epoch(&self) -> f64 {
        self.steps.last().map_or(0.0, |report| report.epoch)
    }

    /// Whether the run was measured after its newest step, or before its first.
    pub fn is_measured(&self) -> bool {
        self.measurements.last().is_some_and(|last| last.step == self.steps.len())
    }

    /// The file that the Hugging Face trainer writes, under its names: what was measured after a step follows the step.
    pub fn trainer_state(&self, settings: &TrainSettings) -> Value {
        let mut history = Vec::new();
        let mut measurements = self.measurements.iter().peekable();
        let mut until = |step: usize, history: &mut Vec<Value>| {
            while let Some(made) = measurements.next_if(|made| made.step <= step) {
                let Scores { exact_match, f1, total, .. } = &made.scores;
                history.push(json!({"step": made.step, "epoch": made.epoch,
                    "eval_exact_match": exact_match, "eval_f1": f1, "eval_samples": total}));
            }
        };
        until(0, &mut history);
        for StepReport { step, epoch, loss, learning_rate, grad_norm, .. } in &self.steps {
            history.push(json!({"step": step, "epoch": epoch, "loss": loss,
                "learning_rate": learning_rate, "grad_norm": grad_norm}));
            until(*step, &mut history);
        }
        json!({"global_step": self.steps.len(), "epoch": self.epoch(), "log_history": history, "settings": settings})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_measured_stands_behind_its_step() {
        let step = |step: usize| StepReport {
            step,
            steps_total: 3,
            epoch: step as f64,
            loss: 1.0,
            learning_rate: 0.1,
            grad_norm: 1.0,
            tokens_per_second: 1.0,
            elapsed_ms: 1.0,
            left_ms: 1.0,
        };
        let measured = |step| Measurement { step, ..Measurement::default() };
        let log = Log {
            steps: (1..=3).map(step).collect(),
            measurements: [0, 2, 3].map(measured).to_vec(),
            ..Log::default()
        };
        let state = log.trainer_state(&TrainSettings::default());
        let kinds: Vec<(u64, bool)> = (state["log_history"].as_array().unwrap().iter())
            .map(|entry| (entry["step"].as_u64().unwrap(), entry.get("eval_f1").is_some()))
            .collect();
        assert_eq!(kinds, [(0, true), (1, false), (2, false), (2, true), (3, false), (3, true)]);
        assert!(log.is_measured() && !Log::default().is_measured());
    }
}
