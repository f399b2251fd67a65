//! Settings of a run, and what makes them impossible.

use serde::{Deserialize, Serialize};

use super::watch::Watch;
use crate::model::Config;
use crate::nn::Choice;

/// Most folds of a run: each costs nearly as much as the run itself.
const FOLDS_MAX: usize = 10;

/// Settings of a run. The defaults are those people know from `run_qa`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainSettings {
    /// Passes over the features.
    pub epochs: usize,
    /// Optimizer steps of the run; where given it wins over `epochs`, and the data is repeated as often as it takes.
    pub max_steps: Option<usize>,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Features a step; the last, partial batch of an epoch is kept.
    pub batch_size: usize,
    /// Longest window, in tokens.
    pub max_seq_length: usize,
    /// Overlap of two windows, in context tokens.
    pub doc_stride: usize,
    /// Share of the steps in which the learning rate climbs.
    pub warmup_ratio: f64,
    /// What the learning rate does after the warm-up.
    pub schedule: Schedule,
    /// Decoupled weight decay, not on biases and LayerNorm.
    pub weight_decay: f64,
    /// Largest norm of the whole gradient; 0 turns clipping off.
    pub max_grad_norm: f64,
    /// Dropout of hidden states, attention weights and the head alike; `None` keeps the model's own three.
    pub dropout: Option<f32>,
    /// Share of each label that is spread evenly over all tokens of its window; the loss that is reported is the smoothed one.
    pub label_smoothing: f64,
    /// Windows without the answer, as a multiple of those with one; `None` keeps all.
    pub negatives: Option<f64>,
    /// Which of a question's answers is trained on.
    pub answers: Answers,
    /// Whether features are shuffled anew each epoch.
    pub shuffle: bool,
    /// Seed of dropout, shuffling and sampling.
    pub seed: u64,
    /// Tokens a micro-batch may hold (a longer sequence is one by itself); `None` lets the engine decide. A recorded
    /// setting: it moves the last bits of the result.
    pub micro_batch_tokens: Option<usize>,
    /// What of the model is trained.
    pub trained: Choice,
    /// When the run is measured, and what follows from it.
    pub watch: Watch,
    /// Parts of the data that are held back in turn to find out how far to go from the model as it was to what was trained, see
    /// [`super::blend`]; 0: all the way.
    pub folds: usize,
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            epochs: 3,
            max_steps: None,
            learning_rate: 5e-5,
            batch_size: 8,
            max_seq_length: 384,
            doc_stride: 128,
            warmup_ratio: 0.1,
            schedule: Schedule::Linear,
            weight_decay: 0.01,
            max_grad_norm: 1.0,
            dropout: None,
            label_smoothing: 0.0,
            negatives: Some(1.0),
            answers: Answers::First,
            shuffle: true,
            seed: 42,
            micro_batch_tokens: None,
            trained: Choice::default(),
            watch: Watch::default(),
            folds: 0,
        }
    }
}

/// How long a run is: what it may be given more of when it is taken up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Length {
    /// Passes over the features.
    pub epochs: usize,
    /// Optimizer steps, where given.
    pub max_steps: Option<usize>,
}

/// Which answer is trained on where a question has several: people who mark the same text seldom mark the same words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answers {
    /// The first, as `run_qa` does.
    #[default]
    First,
    /// Another in each epoch, from the first on: what most of them have marked is seen most.
    InTurn,
}

impl Answers {
    /// Turns until all labels were seen that a feature with so many further answers is trained on.
    pub fn turns(self, others: usize) -> usize {
        match self {
            Self::First => 1,
            Self::InTurn => 1 + others,
        }
    }
}

/// What the learning rate does after the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// Falls to zero along a line.
    Linear,
    /// Falls to zero along half a wave: slowly, then fast, then slowly.
    Cosine,
    /// Stays.
    Constant,
}

/// A setting that no run can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting} is {found}: {remedy}")]
pub struct SettingsError {
    /// Name of the setting.
    pub setting: &'static str,
    /// Its value.
    pub found: String,
    /// What it can be.
    pub remedy: String,
}

impl TrainSettings {
    /// Checks the settings against each other and against the model.
    ///
    /// # Errors
    /// The first setting that no run can have.
    pub fn check(&self, config: &Config) -> Result<(), SettingsError> {
        let (found, layers) = (self.trained.freeze_layers, config.n_layers);
        if found > layers {
            let remedy = format!("at most {layers}, all that this model has");
            return Err(SettingsError { setting: "frozen layers", found: found.to_string(), remedy });
        }
        self.check_for(config.max_position_embeddings)
    }

    /// The same for a model of which only the longest sequence is known: the page has no more.
    ///
    /// # Errors
    /// The first setting that no run can have.
    pub fn check_for(&self, longest: usize) -> Result<(), SettingsError> {
        let in_range = |value: f64, low: f64, high: f64| (low..=high).contains(&value);
        let dropout = self.dropout.unwrap_or(0.0);
        let lora = self.trained.lora.as_ref();
        let (length, stride) = (self.max_seq_length, self.doc_stride);
        let rules: [(bool, &'static str, String, String); 18] = [
            (self.epochs >= 1 || self.max_steps.is_some(), "epochs", self.epochs.to_string(), "at least 1".into()),
            (self.max_steps != Some(0), "max steps", "0".into(), "at least 1".into()),
            (
                self.learning_rate.is_finite() && in_range(self.learning_rate, f64::MIN_POSITIVE, 1.0),
                "learning rate",
                self.learning_rate.to_string(),
                "more than 0, at most 1; 0.00005 is usual".into(),
            ),
            (self.batch_size >= 1, "batch size", self.batch_size.to_string(), "at least 1".into()),
            (
                (8..=longest).contains(&length),
                "max sequence length",
                length.to_string(),
                format!("8 to {longest}, the most this model reads"),
            ),
            (stride < length, "doc stride", stride.to_string(), format!("less than the sequence length {length}")),
            (in_range(self.warmup_ratio, 0.0, 1.0), "warm-up", self.warmup_ratio.to_string(), "0 to 1".into()),
            (in_range(self.weight_decay, 0.0, 1.0), "weight decay", self.weight_decay.to_string(), "0 to 1".into()),
            (
                in_range(self.max_grad_norm, 0.0, f64::MAX),
                "max gradient norm",
                self.max_grad_norm.to_string(),
                "0 (off) or more".into(),
            ),
            ((0.0..1.0).contains(&dropout), "dropout", dropout.to_string(), "0 up to, but not, 1".into()),
            (
                (0.0..1.0).contains(&self.label_smoothing),
                "label smoothing",
                self.label_smoothing.to_string(),
                "0 (off) up to, but not, 1; 0.1 is usual".into(),
            ),
            (
                self.negatives.is_none_or(|ratio| in_range(ratio, 0.0, 1e6)),
                "negatives",
                self.negatives.unwrap_or_default().to_string(),
                "0 or more".into(),
            ),
            (
                self.watch.every_epochs > 0 || (self.watch.patience.is_none() && !self.watch.keep_best),
                "evaluation",
                "off, and early stopping or the best weights are asked for".into(),
                "so many epochs between two evaluations, or neither".into(),
            ),
            (
                self.folds != 1 && self.folds <= FOLDS_MAX,
                "folds",
                self.folds.to_string(),
                format!("0 (none), or 2 to {FOLDS_MAX}; 4 is usual"),
            ),
            (self.watch.patience != Some(0), "patience", "0".into(), "at least 1".into()),
            (
                self.folds == 0 || (self.watch.patience.is_none() && !self.watch.keep_best),
                "folds",
                format!("{}, and early stopping or the best weights are asked for", self.folds),
                "one of them: either decides which weights the run ends with".into(),
            ),
            (
                lora.is_none_or(|lora| (1..=256).contains(&lora.rank)),
                "LoRA rank",
                lora.map_or(0, |lora| lora.rank).to_string(),
                "1 to 256; 8 is usual".into(),
            ),
            (
                lora.is_none_or(|lora| lora.alpha.is_finite() && lora.alpha > 0.0 && !lora.targets.is_empty()),
                "LoRA alpha or targets",
                lora.map_or_else(String::new, |lora| format!("{} for {} targets", lora.alpha, lora.targets.len())),
                "an alpha above 0, twice the rank is usual, and at least one target".into(),
            ),
        ];
        match rules.into_iter().find(|(holds, ..)| !holds) {
            Some((_, setting, found, remedy)) => Err(SettingsError { setting, found, remedy }),
            None => Ok(()),
        }
    }

    /// Runs that are trained altogether, in runs over all of the data: each fold leaves out its part.
    pub fn runs(&self) -> f64 {
        if self.max_steps.is_some() { 1.0 + self.folds as f64 } else { self.folds.max(1) as f64 }
    }

    /// How long the run is.
    pub fn length(&self) -> Length {
        Length { epochs: self.epochs, max_steps: self.max_steps }
    }

    /// The same settings for a run of another length.
    #[must_use]
    pub fn with_length(&self, Length { epochs, max_steps }: Length) -> Self {
        Self { epochs, max_steps, ..self.clone() }
    }

    /// Optimizer steps of a run over so many features.
    pub fn steps_total(&self, features: usize) -> usize {
        self.max_steps.unwrap_or(self.epochs.saturating_mul(features.div_ceil(self.batch_size)))
    }
}
