//! The numbers of the form.

use serde::{Deserialize, Serialize};

use crate::nn::Lora;
use crate::state::words::train as words;
use crate::train::TrainSettings;

/// Epochs between two checkpoints.
pub(super) const KEEP_EVERY: usize = 1;

/// What settings are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// How long the run is, and what is random in it.
    Length,
    /// How big the corrections are.
    Corrections,
    /// What is read of the data.
    Data,
    /// What of the model is trained.
    Trained,
    /// What the run is measured on, and which weights it ends with.
    Measuring,
    /// What it takes of this computer.
    Computer,
}

impl Group {
    /// All groups, in the order of the form.
    pub const ALL: [Self; 6] =
        [Self::Length, Self::Corrections, Self::Data, Self::Trained, Self::Measuring, Self::Computer];

    /// Its fields, in the order of the form.
    pub fn fields(self) -> impl Iterator<Item = Field> {
        Field::ALL.into_iter().filter(move |field| field.group() == self)
    }
}

/// A number that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Passes over the data.
    Epochs,
    /// Optimizer steps; empty where the epochs decide.
    MaxSteps,
    /// Peak learning rate.
    LearningRate,
    /// Windows a step.
    BatchSize,
    /// Seed of everything random.
    Seed,
    /// Longest window.
    MaxSeqLength,
    /// Overlap of two windows.
    DocStride,
    /// Share of the steps in which the learning rate climbs.
    Warmup,
    /// Decoupled weight decay.
    WeightDecay,
    /// Largest norm of the gradient.
    MaxGradNorm,
    /// Dropout; empty for the model's own.
    Dropout,
    /// Share of each label that is spread over its window.
    LabelSmoothing,
    /// Windows without an answer for each with one; empty for all.
    Negatives,
    /// Lowest layers that stay as they are.
    FreezeLayers,
    /// Rank of low-rank adapters; empty where the weights themselves are trained.
    LoraRank,
    /// Weight of the adapters; empty for twice their rank.
    LoraAlpha,
    /// Tokens of a micro-batch; empty where the model's size decides.
    MicroBatch,
    /// Epochs between two evaluations on what is held back.
    EvalEvery,
    /// Evaluations without a better one after which the run ends; empty where it goes on.
    Patience,
    /// Parts of the data that are held back in turn to find out how far to go; 0: none.
    Folds,
    /// Epochs between two checkpoints.
    KeepEvery,
}

impl Field {
    /// All fields, in the order of the form.
    pub const ALL: [Self; 21] = [
        Self::Epochs,
        Self::MaxSteps,
        Self::BatchSize,
        Self::Seed,
        Self::LearningRate,
        Self::Warmup,
        Self::WeightDecay,
        Self::MaxGradNorm,
        Self::Dropout,
        Self::LabelSmoothing,
        Self::MaxSeqLength,
        Self::DocStride,
        Self::Negatives,
        Self::FreezeLayers,
        Self::LoraRank,
        Self::LoraAlpha,
        Self::EvalEvery,
        Self::Patience,
        Self::Folds,
        Self::MicroBatch,
        Self::KeepEvery,
    ];

    /// What it is about.
    pub fn group(self) -> Group {
        match self {
            Self::Epochs | Self::MaxSteps | Self::BatchSize | Self::Seed => Group::Length,
            Self::LearningRate
            | Self::Warmup
            | Self::WeightDecay
            | Self::MaxGradNorm
            | Self::Dropout
            | Self::LabelSmoothing => Group::Corrections,
            Self::MaxSeqLength | Self::DocStride | Self::Negatives => Group::Data,
            Self::FreezeLayers | Self::LoraRank | Self::LoraAlpha => Group::Trained,
            Self::EvalEvery | Self::Patience | Self::Folds => Group::Measuring,
            Self::MicroBatch | Self::KeepEvery => Group::Computer,
        }
    }

    /// Whether it takes whole numbers only.
    pub fn is_whole(self) -> bool {
        matches!(
            self,
            Self::Epochs
                | Self::MaxSteps
                | Self::BatchSize
                | Self::Seed
                | Self::MaxSeqLength
                | Self::DocStride
                | Self::FreezeLayers
                | Self::LoraRank
                | Self::MicroBatch
                | Self::EvalEvery
                | Self::Patience
                | Self::Folds
                | Self::KeepEvery
        )
    }

    /// Whether it may stay empty.
    pub fn is_optional(self) -> bool {
        matches!(
            self,
            Self::MaxSteps
                | Self::Dropout
                | Self::Negatives
                | Self::LoraRank
                | Self::LoraAlpha
                | Self::MicroBatch
                | Self::Patience
        )
    }

    /// Its value in these settings, as text.
    pub(super) fn text(self, settings: &TrainSettings) -> String {
        let lora = settings.trained.lora.as_ref();
        match self {
            Self::Epochs => settings.epochs.to_string(),
            Self::MaxSteps => settings.max_steps.map(|steps| steps.to_string()).unwrap_or_default(),
            Self::LearningRate => settings.learning_rate.to_string(),
            Self::BatchSize => settings.batch_size.to_string(),
            Self::Seed => settings.seed.to_string(),
            Self::MaxSeqLength => settings.max_seq_length.to_string(),
            Self::DocStride => settings.doc_stride.to_string(),
            Self::Warmup => settings.warmup_ratio.to_string(),
            Self::WeightDecay => settings.weight_decay.to_string(),
            Self::MaxGradNorm => settings.max_grad_norm.to_string(),
            Self::Dropout => settings.dropout.map(|dropout| dropout.to_string()).unwrap_or_default(),
            Self::LabelSmoothing => settings.label_smoothing.to_string(),
            Self::Negatives => settings.negatives.map(|ratio| ratio.to_string()).unwrap_or_default(),
            Self::FreezeLayers => settings.trained.freeze_layers.to_string(),
            Self::LoraRank => lora.map(|lora| lora.rank.to_string()).unwrap_or_default(),
            Self::LoraAlpha => {
                let other = lora.filter(|lora| lora.alpha != 2.0 * lora.rank as f32);
                other.map(|lora| lora.alpha.to_string()).unwrap_or_default()
            }
            Self::MicroBatch => settings.micro_batch_tokens.map(|tokens| tokens.to_string()).unwrap_or_default(),
            Self::EvalEvery => settings.watch.every_epochs.to_string(),
            Self::Patience => settings.watch.patience.map(|patience| patience.to_string()).unwrap_or_default(),
            Self::Folds => settings.folds.to_string(),
            Self::KeepEvery => KEEP_EVERY.to_string(),
        }
    }

    /// Writes a text into settings; says what is wrong where it is no number of the right kind.
    pub(super) fn write(self, text: &str, settings: &mut TrainSettings) -> Result<(), String> {
        let text = text.trim();
        let wrong = || words::not_a_number(self, text);
        let whole = || text.parse::<usize>().map_err(|_| wrong());
        let real = || text.parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(wrong);
        match self {
            Self::Epochs => settings.epochs = whole()?,
            Self::MaxSteps => settings.max_steps = if text.is_empty() { None } else { Some(whole()?) },
            Self::LearningRate => settings.learning_rate = real()?,
            Self::BatchSize => settings.batch_size = whole()?,
            Self::Seed => settings.seed = text.parse().map_err(|_| wrong())?,
            Self::MaxSeqLength => settings.max_seq_length = whole()?,
            Self::DocStride => settings.doc_stride = whole()?,
            Self::Warmup => settings.warmup_ratio = real()?,
            Self::WeightDecay => settings.weight_decay = real()?,
            Self::MaxGradNorm => settings.max_grad_norm = real()?,
            Self::Dropout => settings.dropout = if text.is_empty() { None } else { Some(real()? as f32) },
            Self::LabelSmoothing => settings.label_smoothing = real()?,
            Self::Negatives => settings.negatives = if text.is_empty() { None } else { Some(real()?) },
            Self::FreezeLayers => settings.trained.freeze_layers = whole()?,
            Self::LoraRank if text.is_empty() => settings.trained.lora = None,
            Self::LoraRank => {
                let rank = whole()?;
                settings.trained.lora = Some(Lora { rank, alpha: 2.0 * rank as f32, ..Lora::default() });
            }
            Self::MicroBatch if text.is_empty() => settings.micro_batch_tokens = None,
            Self::MicroBatch => settings.micro_batch_tokens = Some(whole()?.max(1)),
            Self::EvalEvery => settings.watch.every_epochs = whole()?,
            Self::Patience => settings.watch.patience = if text.is_empty() { None } else { Some(whole()?) },
            Self::Folds => settings.folds = whole()?,
            // No setting of the run's numbers: see Form::keep_every.
            Self::KeepEvery => drop(whole()?),
            Self::LoraAlpha => {
                let alpha = if text.is_empty() { None } else { Some(real()? as f32) };
                if let (Some(lora), Some(alpha)) = (&mut settings.trained.lora, alpha) {
                    lora.alpha = alpha;
                }
            }
        }
        Ok(())
    }

    /// The field that [`TrainSettings::check`] means by a name.
    pub(super) fn from_setting(name: &str) -> Option<Self> {
        Some(match name {
            "epochs" => Self::Epochs,
            "max steps" => Self::MaxSteps,
            "learning rate" => Self::LearningRate,
            "batch size" => Self::BatchSize,
            "max sequence length" => Self::MaxSeqLength,
            "doc stride" => Self::DocStride,
            "warm-up" => Self::Warmup,
            "weight decay" => Self::WeightDecay,
            "max gradient norm" => Self::MaxGradNorm,
            "dropout" => Self::Dropout,
            "label smoothing" => Self::LabelSmoothing,
            "negatives" => Self::Negatives,
            "evaluation" => Self::EvalEvery,
            "patience" => Self::Patience,
            "folds" => Self::Folds,
            "frozen layers" => Self::FreezeLayers,
            "LoRA rank" => Self::LoraRank,
            "LoRA alpha or targets" => Self::LoraAlpha,
            _ => return None,
        })
    }
}
