//! What a run would be, before it is started.

use serde::{Deserialize, Serialize};

use super::engine::micro_batch_tokens;
use super::memory::peak_bytes;
use super::sampler::epoch_order;
use super::settings::TrainSettings;
use super::trainer::TrainError;
use crate::model::{Config, Layout};
use crate::nn::Trainable;
use crate::squad::check::Finding;
use crate::text::features::{TrainFeature, TrainFeatures};

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
    /// Tokens that a micro-batch may hold; a longer window is one by itself. A setting of the run, whoever chose it.
    pub micro_batch_tokens: usize,
    /// Bytes of a checkpoint, moments included; two are kept.
    pub checkpoint_bytes: u64,
    /// Memory of the worker at the run's peak, predicted, in bytes.
    pub memory_bytes: u64,
}

impl Plan {
    /// The plan of a run over these features; the settings were checked. `keeps_base` says whether the weights as they were loaded are
    /// kept beside those that are trained.
    ///
    /// # Errors
    /// Where there is nothing to train on.
    pub fn new(
        made: &TrainFeatures,
        settings: &TrainSettings,
        config: &Config,
        keeps_base: bool,
    ) -> Result<Self, TrainError> {
        let order = epoch_order(&made.features, settings, 0);
        if order.is_empty() {
            return Err(TrainError::NoFeatures);
        }
        let answer = |feature: &TrainFeature| {
            let lengths = (0..settings.answers.turns(feature.others.len())).map(|turn| match feature.labels(turn) {
                (0, 0) => 0,
                (start, end) => (end + 1).saturating_sub(start) as usize,
            });
            lengths.max().unwrap_or(0)
        };
        let trainable = Trainable::new(config, &Layout::new(config), &settings.trained);
        let micro_batch_tokens = settings.micro_batch_tokens.unwrap_or_else(|| micro_batch_tokens(config));
        let longest = made.features.iter().map(|feature| feature.window.ids.len()).max().unwrap_or(0);
        Ok(Self {
            micro_batch_tokens,
            checkpoint_bytes: 3 * 4 * trainable.len() as u64,
            memory_bytes: peak_bytes(
                config,
                &trainable,
                micro_batch_tokens.max(longest),
                keeps_base,
                settings.folds > 0,
            ),
            questions: made.questions,
            left_out: made.left_out.clone(),
            windows: order.len(),
            tokens_per_epoch: order.iter().map(|index| made.features[*index].window.ids.len()).sum(),
            steps_total: settings.steps_total(order.len()),
            longest_answer: made.features.iter().map(answer).max().unwrap_or(0),
        })
    }
}
