//! The settings as they are typed: text first, settings only once every field holds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::preset::Preset;
use crate::nn::Lora;
use crate::state::words::train as words;
use crate::train::{Schedule, TrainSettings};

/// Epochs between two checkpoints.
const KEEP_EVERY: usize = 1;
/// The article keeps one every five epochs.
const KEEP_EVERY_ARTICLE: usize = 5;

/// A number that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Passes over the data.
    Epochs,
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
    /// Epochs between two checkpoints.
    KeepEvery,
}

impl Field {
    /// All fields, in the order of the form.
    pub const ALL: [Self; 16] = [
        Self::Epochs,
        Self::LearningRate,
        Self::BatchSize,
        Self::Seed,
        Self::MaxSeqLength,
        Self::DocStride,
        Self::Warmup,
        Self::WeightDecay,
        Self::MaxGradNorm,
        Self::Dropout,
        Self::Negatives,
        Self::FreezeLayers,
        Self::LoraRank,
        Self::LoraAlpha,
        Self::MicroBatch,
        Self::KeepEvery,
    ];

    /// Whether it takes whole numbers only.
    pub fn is_whole(self) -> bool {
        matches!(
            self,
            Self::Epochs
                | Self::BatchSize
                | Self::Seed
                | Self::MaxSeqLength
                | Self::DocStride
                | Self::FreezeLayers
                | Self::LoraRank
                | Self::MicroBatch
                | Self::KeepEvery
        )
    }

    /// Whether it may stay empty.
    pub fn is_optional(self) -> bool {
        matches!(self, Self::Dropout | Self::Negatives | Self::LoraRank | Self::LoraAlpha | Self::MicroBatch)
    }

    /// Its value in these settings, as text.
    fn text(self, settings: &TrainSettings) -> String {
        match self {
            Self::Epochs => settings.epochs.to_string(),
            Self::LearningRate => settings.learning_rate.to_string(),
            Self::BatchSize => settings.batch_size.to_string(),
            Self::Seed => settings.seed.to_string(),
            Self::MaxSeqLength => settings.max_seq_length.to_string(),
            Self::DocStride => settings.doc_stride.to_string(),
            Self::Warmup => settings.warmup_ratio.to_string(),
            Self::WeightDecay => settings.weight_decay.to_string(),
            Self::MaxGradNorm => settings.max_grad_norm.to_string(),
            Self::Dropout => settings.dropout.map(|dropout| dropout.to_string()).unwrap_or_default(),
            Self::Negatives => settings.negatives.map(|ratio| ratio.to_string()).unwrap_or_default(),
            Self::FreezeLayers => settings.trained.freeze_layers.to_string(),
            // No preset has a micro-batch of its own, or adapters.
            Self::MicroBatch | Self::LoraRank | Self::LoraAlpha => String::new(),
            Self::KeepEvery => KEEP_EVERY.to_string(),
        }
    }

    /// Writes a text into settings; says what is wrong where it is no number of the right kind.
    fn write(self, text: &str, settings: &mut TrainSettings) -> Result<(), String> {
        let text = text.trim();
        let wrong = || words::not_a_number(self, text);
        let whole = || text.parse::<usize>().map_err(|_| wrong());
        let real = || text.parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(wrong);
        match self {
            Self::Epochs => settings.epochs = whole()?,
            Self::LearningRate => settings.learning_rate = real()?,
            Self::BatchSize => settings.batch_size = whole()?,
            Self::Seed => settings.seed = text.parse().map_err(|_| wrong())?,
            Self::MaxSeqLength => settings.max_seq_length = whole()?,
            Self::DocStride => settings.doc_stride = whole()?,
            Self::Warmup => settings.warmup_ratio = real()?,
            Self::WeightDecay => settings.weight_decay = real()?,
            Self::MaxGradNorm => settings.max_grad_norm = real()?,
            Self::Dropout => settings.dropout = if text.is_empty() { None } else { Some(real()? as f32) },
            Self::Negatives => settings.negatives = if text.is_empty() { None } else { Some(real()?) },
            Self::FreezeLayers => settings.trained.freeze_layers = whole()?,
            Self::LoraRank if text.is_empty() => settings.trained.lora = None,
            Self::LoraRank => {
                let rank = whole()?;
                settings.trained.lora = Some(Lora { rank, alpha: 2.0 * rank as f32, ..Lora::default() });
            }
            Self::MicroBatch if text.is_empty() => settings.micro_batch_tokens = None,
            Self::MicroBatch => settings.micro_batch_tokens = Some(whole()?.max(1)),
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
    fn from_setting(name: &str) -> Option<Self> {
        Some(match name {
            "epochs" => Self::Epochs,
            "learning rate" => Self::LearningRate,
            "batch size" => Self::BatchSize,
            "max sequence length" => Self::MaxSeqLength,
            "doc stride" => Self::DocStride,
            "warm-up" => Self::Warmup,
            "weight decay" => Self::WeightDecay,
            "max gradient norm" => Self::MaxGradNorm,
            "dropout" => Self::Dropout,
            "negatives" => Self::Negatives,
            "frozen layers" => Self::FreezeLayers,
            "LoRA rank" => Self::LoraRank,
            "LoRA alpha or targets" => Self::LoraAlpha,
            _ => return None,
        })
    }
}

/// What keeps settings from being run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormError {
    /// The field that is wrong, where it is one.
    pub field: Option<Field>,
    /// What happened, and what to do.
    pub message: String,
}

/// The form, as it is kept in the browser between visits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Form {
    /// The preset that the values come from.
    pub preset: Preset,
    /// Whether the person chose the preset or a value; until then the data proposes the preset.
    pub chosen: bool,
    /// Whether the settings are unfolded.
    pub open: bool,
    /// What the learning rate does after the warm-up.
    pub schedule: Schedule,
    /// Whether the embeddings stay as they are.
    pub freeze_embeddings: bool,
    /// The texts of the fields; one that is missing has the preset's value.
    values: BTreeMap<Field, String>,
}

impl Default for Form {
    fn default() -> Self {
        let preset = Preset::default();
        let schedule = preset.settings().schedule;
        Self { preset, chosen: false, open: false, schedule, freeze_embeddings: false, values: BTreeMap::new() }
    }
}

impl Form {
    /// Takes all values from a preset.
    pub fn take(&mut self, preset: Preset) {
        self.preset = preset;
        self.schedule = preset.settings().schedule;
        self.freeze_embeddings = preset.settings().trained.freeze_embeddings;
        self.values.clear();
    }

    /// Follows the data: proposes a preset while the person chose none, and leaves one that is not offered any more.
    /// Without data nothing is said about either.
    pub fn follow(&mut self, questions: usize, is_sample: bool) {
        if questions == 0 {
            return;
        }
        let is_gone = !Preset::offered(is_sample).contains(&self.preset);
        if is_gone || (!self.chosen && self.preset != Preset::proposed(questions)) {
            self.chosen = false;
            self.take(Preset::proposed(questions));
        }
    }

    /// The text of a field.
    pub fn text(&self, field: Field) -> String {
        self.values.get(&field).cloned().unwrap_or_else(|| self.preset_text(field))
    }

    /// The text that a field has while nobody typed one; adapters bring a learning rate of their own.
    fn preset_text(&self, field: Field) -> String {
        let has_adapters = self.values.get(&Field::LoraRank).is_some_and(|rank| !rank.trim().is_empty());
        match field {
            Field::KeepEvery if self.preset == Preset::Article => KEEP_EVERY_ARTICLE.to_string(),
            Field::LearningRate if has_adapters => Lora::LEARNING_RATE.to_string(),
            _ => field.text(&self.preset.settings()),
        }
    }

    /// Types a text into a field.
    pub fn set(&mut self, field: Field, text: String) {
        self.chosen = true;
        if text == self.preset_text(field) {
            self.values.remove(&field);
        } else {
            self.values.insert(field, text);
        }
    }

    /// Whether a value differs from the preset's.
    pub fn is_changed(&self) -> bool {
        let preset = self.preset.settings();
        !self.values.is_empty()
            || self.schedule != preset.schedule
            || self.freeze_embeddings != preset.trained.freeze_embeddings
    }

    /// Epochs between two checkpoints; 0 where there are none between.
    pub fn keep_every(&self) -> usize {
        self.text(Field::KeepEvery).trim().parse().unwrap_or(KEEP_EVERY)
    }

    /// The settings, checked for a model that reads at most `longest` tokens.
    ///
    /// # Errors
    /// The first field that no run can have.
    pub fn settings(&self, longest: usize) -> Result<TrainSettings, FormError> {
        let mut settings = TrainSettings { schedule: self.schedule, ..self.preset.settings() };
        settings.trained.freeze_embeddings = self.freeze_embeddings;
        for field in Field::ALL {
            let written = field.write(&self.text(field), &mut settings);
            written.map_err(|message| FormError { field: Some(field), message })?;
        }
        match settings.check_for(longest) {
            Ok(()) => Ok(settings),
            Err(error) => {
                let field = Field::from_setting(error.setting);
                Err(FormError { field, message: words::impossible(field, &error) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_as_it_comes_has_the_settings_of_its_preset() {
        for preset in Preset::offered(true) {
            let mut form = Form::default();
            form.take(*preset);
            assert_eq!(form.settings(512), Ok(preset.settings()));
            assert!(!form.is_changed());
        }
    }

    #[test]
    fn what_is_typed_is_kept_and_marks_the_preset_as_changed() {
        let mut form = Form::default();
        form.set(Field::LearningRate, "3e-5".to_owned());
        form.set(Field::Dropout, "0".to_owned());
        form.set(Field::Negatives, String::new());
        let settings = form.settings(512).unwrap();
        assert_eq!((settings.learning_rate, settings.dropout, settings.negatives), (3e-5, Some(0.0), None));
        assert!(form.is_changed() && form.chosen);
        let kept: Form = serde_json::from_str(&serde_json::to_string(&form).unwrap()).unwrap();
        assert_eq!(kept, form);
        form.take(Preset::FewAnswers);
        assert!(!form.is_changed());
        form.set(Field::Epochs, "9".to_owned());
        form.set(Field::Epochs, "4".to_owned());
        assert!(!form.is_changed(), "typed back");
    }

    #[test]
    fn a_field_that_is_wrong_is_named() {
        for (field, text) in [
            (Field::Epochs, ""),
            (Field::Epochs, "0"),
            (Field::Epochs, "2.5"),
            (Field::LearningRate, "-1"),
            (Field::LearningRate, "inf"),
            (Field::BatchSize, "0"),
            (Field::Seed, "-3"),
            (Field::MaxSeqLength, "513"),
            (Field::DocStride, "384"),
            (Field::Warmup, "2"),
            (Field::WeightDecay, "NaN"),
            (Field::MaxGradNorm, "-1"),
            (Field::Dropout, "1"),
            (Field::Negatives, "-1"),
            (Field::FreezeLayers, "-1"),
            (Field::LoraRank, "0"),
            (Field::LoraRank, "1.5"),
            (Field::MicroBatch, "x"),
            (Field::KeepEvery, ""),
        ] {
            let mut form = Form::default();
            form.set(field, text.to_owned());
            let error = form.settings(512).unwrap_err();
            assert_eq!(error.field, Some(field), "{field:?} {text:?}: {}", error.message);
            assert!(error.message.starts_with(words::label(field)), "{}", error.message);
        }
    }

    #[test]
    fn adapters_bring_their_learning_rate_unless_one_was_typed() {
        let mut form = Form::default();
        form.set(Field::LoraRank, "4".to_owned());
        let settings = form.settings(512).unwrap();
        let lora = settings.trained.lora.unwrap();
        assert_eq!((lora.rank, lora.alpha, settings.learning_rate), (4, 8.0, 1e-3));
        form.set(Field::LoraAlpha, "4".to_owned());
        form.set(Field::LearningRate, "2e-4".to_owned());
        let settings = form.settings(512).unwrap();
        assert_eq!((settings.trained.lora.unwrap().alpha, settings.learning_rate), (4.0, 2e-4));
        form.set(Field::LoraAlpha, "-1".to_owned());
        assert_eq!(form.settings(512).unwrap_err().field, Some(Field::LoraAlpha));
        form.set(Field::LoraRank, String::new());
        assert_eq!(form.settings(512).map(|settings| settings.trained.lora), Ok(None), "alpha alone does nothing");
        form.freeze_embeddings = true;
        assert!(form.settings(512).unwrap().trained.freeze_embeddings);
        form.take(Preset::FewAnswers);
        assert!(!form.is_changed() && !form.freeze_embeddings);
    }

    #[test]
    fn the_data_proposes_a_preset_until_the_person_chooses() {
        let mut form = Form::default();
        form.follow(0, false);
        assert_eq!(form.preset, Preset::FewAnswers);
        form.follow(5000, false);
        assert_eq!(form.preset, Preset::Dataset);
        form.chosen = true;
        form.follow(22, true);
        assert_eq!(form.preset, Preset::Dataset, "chosen");
        form.take(Preset::Article);
        form.follow(0, false);
        assert_eq!(form.preset, Preset::Article, "nothing is loaded yet");
        form.follow(22, false);
        assert_eq!(form.preset, Preset::FewAnswers, "fifty epochs are the sample's alone");
    }

    #[test]
    fn a_form_of_another_version_is_read_as_far_as_it_goes() {
        let form: Form = serde_json::from_str(r#"{"preset":"dataset","values":{"epochs":"4"},"gone":1}"#).unwrap();
        assert_eq!(form.settings(512).map(|settings| (settings.epochs, settings.learning_rate)), Ok((4, 1e-4)));
    }
}
