//! What a run would be, before it is started.

use serde::{Deserialize, Serialize};

use super::sampler::epoch_order;
use super::settings::TrainSettings;
use super::trainer::TrainError;
use crate::squad::check::Finding;
use crate::text::features::TrainFeatures;

/// What a run is made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Questions that are trained on.
    pub questions: usize,
    /// Questions left out because their answer is not in the text, with their paths.
    pub left_out: Vec<Finding>,
    /// Windows that are trained on, each epoch.
    pub windows: usize,
    /// Tokens of the first epoch; with sampled windows the others differ a little.
    pub tokens_per_epoch: usize,
    /// Optimizer steps of the run.
    pub steps_total: usize,
    /// Tokens of the longest marked answer, 0 where there is none: answers may be as long when the model is asked.
    pub longest_answer: usize,
}

impl Plan {
    /// The plan of a run over these features; the settings were checked.
    ///
    /// # Errors
    /// Where there is nothing to train on.
    pub fn new(made: &TrainFeatures, settings: &TrainSettings) -> Result<Self, TrainError> {
        let order = epoch_order(&made.features, settings, 0);
        if order.is_empty() {
            return Err(TrainError::NoFeatures);
        }
        let answer = |feature: &crate::text::features::TrainFeature| match feature.is_negative() {
            true => 0,
            false => (feature.end + 1 - feature.start) as usize,
        };
        Ok(Self {
            questions: made.questions,
            left_out: made.left_out.clone(),
            windows: order.len(),
            tokens_per_epoch: order.iter().map(|index| made.features[*index].window.ids.len()).sum(),
            steps_total: settings.steps_total(order.len()),
            longest_answer: made.features.iter().map(answer).max().unwrap_or(0),
        })
    }
}
