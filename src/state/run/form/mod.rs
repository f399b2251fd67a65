//! The settings as they are typed: text first, settings only once every field holds.

mod field;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::preset::Preset;
use crate::nn::Lora;
use crate::state::words::train as words;
use crate::train::{Answers, Metric, Schedule, TrainSettings};

pub use field::{Field, Group};

/// The article keeps one every five epochs.
const KEEP_EVERY_ARTICLE: usize = 5;

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
#[expect(clippy::struct_excessive_bools, reason = "each is a box of its own")]
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
    /// Which of a question's answers is trained on.
    pub answers: Answers,
    /// What evaluations are compared by.
    pub metric: Metric,
    /// Whether the run ends with the weights of its best evaluation.
    pub keep_best: bool,
    /// The texts of the fields; one that is missing has the preset's value.
    values: BTreeMap<Field, String>,
}

impl Default for Form {
    fn default() -> Self {
        let mut form = Self {
            preset: Preset::default(),
            chosen: false,
            open: false,
            schedule: Schedule::Linear,
            freeze_embeddings: false,
            answers: Answers::First,
            metric: Metric::F1,
            keep_best: false,
            values: BTreeMap::new(),
        };
        form.take(Preset::default());
        form
    }
}

impl Form {
    /// Takes all values from a preset.
    pub fn take(&mut self, preset: Preset) {
        self.preset = preset;
        let TrainSettings { schedule, answers, trained, watch, .. } = preset.settings();
        (self.schedule, self.answers, self.freeze_embeddings) = (schedule, answers, trained.freeze_embeddings);
        (self.metric, self.keep_best) = (watch.metric, watch.keep_best);
        self.values.clear();
    }

    /// Takes all values from the settings of a run.
    pub fn adopt(&mut self, settings: &TrainSettings) {
        let TrainSettings { schedule, answers, trained, watch, .. } = settings;
        (self.schedule, self.answers, self.freeze_embeddings) = (*schedule, *answers, trained.freeze_embeddings);
        (self.metric, self.keep_best) = (watch.metric, watch.keep_best);
        // First what others follow while nobody typed them, which the run's may differ from: adapters bring a learning rate, patience
        // takes folds away.
        let first = [Field::LoraRank, Field::Patience];
        let others = Field::ALL.into_iter().filter(|field| !first.contains(field) && *field != Field::KeepEvery);
        for field in first.into_iter().chain(others) {
            self.set(field, field.text(settings));
        }
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

    /// The text that a field has while nobody typed one; adapters bring a learning rate of their own, and folds make way for what else
    /// decides which weights the run ends with.
    fn preset_text(&self, field: Field) -> String {
        let settings = self.preset.settings();
        let typed = self.values.get(&Field::LoraRank).map(|rank| !rank.trim().is_empty());
        match (field, typed) {
            (Field::KeepEvery, _) if self.preset == Preset::Article => KEEP_EVERY_ARTICLE.to_string(),
            (Field::Folds, _) if self.keep_best || self.is_patient() => "0".to_owned(),
            (Field::LearningRate, Some(true)) => Lora::LEARNING_RATE.to_string(),
            (Field::LearningRate, Some(false)) if settings.trained.lora.is_some() => {
                TrainSettings::default().learning_rate.to_string()
            }
            _ => field.text(&settings),
        }
    }

    /// Whether the run may stop early.
    fn is_patient(&self) -> bool {
        self.values.get(&Field::Patience).is_some_and(|text| !text.trim().is_empty())
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
        let mut unchanged = self.clone();
        unchanged.take(self.preset);
        *self != unchanged
    }

    /// Epochs between two checkpoints; 0 where there are none between.
    pub fn keep_every(&self) -> usize {
        self.text(Field::KeepEvery).trim().parse().unwrap_or(field::KEEP_EVERY)
    }

    /// The settings, checked for a model that reads at most `longest` tokens.
    ///
    /// # Errors
    /// The first field that no run can have.
    pub fn settings(&self, longest: usize) -> Result<TrainSettings, FormError> {
        let mut settings = TrainSettings { schedule: self.schedule, answers: self.answers, ..self.preset.settings() };
        settings.trained.freeze_embeddings = self.freeze_embeddings;
        (settings.watch.metric, settings.watch.keep_best) = (self.metric, self.keep_best);
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
    use crate::nn::Choice;
    use crate::train::Watch;

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
        form.set(Field::Epochs, "20".to_owned());
        assert!(!form.is_changed(), "typed back");
        // Without its adapters the preset has the learning rate of whole weights.
        form.set(Field::LoraRank, String::new());
        assert_eq!(form.settings(512).map(|settings| settings.learning_rate), Ok(5e-5));
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
            (Field::LabelSmoothing, "1"),
            (Field::LabelSmoothing, "-0.1"),
            (Field::Negatives, "-1"),
            (Field::FreezeLayers, "-1"),
            (Field::LoraRank, "0"),
            (Field::LoraRank, "1.5"),
            (Field::MicroBatch, "x"),
            (Field::KeepEvery, ""),
            (Field::MaxSteps, "0"),
            (Field::EvalEvery, ""),
            (Field::Patience, "0"),
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
    fn folds_make_way_for_what_else_decides() {
        let folds = |form: &Form| form.settings(512).map(|settings| settings.folds);
        for preset in [Preset::FewAnswers, Preset::Dataset] {
            let mut form = Form::default();
            form.take(preset);
            let of_preset = preset.settings().folds;
            assert!(of_preset > 0 && folds(&form) == Ok(of_preset));
            form.keep_best = true;
            assert_eq!(folds(&form), Ok(0));
            form.keep_best = false;
            form.set(Field::Patience, "2".to_owned());
            assert_eq!(folds(&form), Ok(0));
            form.set(Field::Patience, String::new());
            assert_eq!(folds(&form), Ok(of_preset));
            form.set(Field::Folds, "3".to_owned());
            form.keep_best = true;
            assert_eq!(form.settings(512).unwrap_err().field, Some(Field::Folds), "what was typed is not overruled");
        }
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
    fn the_settings_of_a_run_are_taken_back() {
        let lora = Some(Lora { rank: 4, alpha: 12.0, ..Lora::default() });
        let wild = TrainSettings {
            epochs: 7,
            max_steps: Some(90),
            learning_rate: 3e-4,
            dropout: Some(0.25),
            label_smoothing: 0.1,
            negatives: None,
            schedule: Schedule::Cosine,
            answers: Answers::InTurn,
            trained: Choice { freeze_embeddings: true, freeze_layers: 2, lora },
            watch: Watch { every_epochs: 3, metric: Metric::ExactMatch, patience: Some(4), keep_best: true },
            micro_batch_tokens: Some(128),
            ..TrainSettings::default()
        };
        let mut form = Form::default();
        form.adopt(&wild);
        assert_eq!(form.settings(512), Ok(wild));
        form.adopt(&Preset::Article.settings());
        assert_eq!(form.settings(512), Ok(Preset::Article.settings()));
    }

    #[test]
    fn a_form_of_another_version_is_read_as_far_as_it_goes() {
        let form: Form = serde_json::from_str(r#"{"preset":"dataset","values":{"epochs":"4"},"gone":1}"#).unwrap();
        assert_eq!(form.settings(512).map(|settings| (settings.epochs, settings.learning_rate)), Ok((4, 1e-4)));
    }
}
