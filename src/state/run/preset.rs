//! Starting points for the settings, in one table.

use serde::{Deserialize, Serialize};

use crate::nn::{Choice, Lora};
use crate::squad::Dataset;
use crate::train::{Schedule, TrainSettings, Watch};

/// From this many questions on "A dataset" is proposed.
const DATASET_QUESTIONS: usize = 200;

/// Seed of heads that are drawn anew. Not 42: with that one the default model's own head was drawn before it was trained, and its encoder
/// has learned to fit that very draw (`models/README.md`).
pub const FRESH_SEED: u64 = 7;

/// A starting point for the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Some dozens of answers, on a model that already answers.
    #[default]
    FewAnswers,
    /// Hundreds of answers or more.
    Dataset,
    /// The article's experiment: many epochs on a fresh head. Offered with the sample only.
    Article,
}

impl Preset {
    /// Those that are offered.
    pub fn offered(is_sample: bool) -> &'static [Self] {
        if is_sample { &[Self::FewAnswers, Self::Dataset, Self::Article] } else { &[Self::FewAnswers, Self::Dataset] }
    }

    /// The one that is proposed for so many questions.
    pub fn proposed(questions: usize) -> Self {
        if questions < DATASET_QUESTIONS { Self::FewAnswers } else { Self::Dataset }
    }

    /// Its settings.
    pub fn settings(self) -> TrainSettings {
        // The first chosen among six by `models/few_shot.py`, the folds of the second by `few-shot`, see models/README.md.
        let (epochs, learning_rate, every_epochs, folds) = match self {
            Self::FewAnswers => (20, Lora::LEARNING_RATE, 5, 4),
            Self::Dataset => (2, 1e-4, 1, 2),
            Self::Article => (50, 5e-5, 5, 0),
        };
        let is_few = self == Self::FewAnswers;
        TrainSettings {
            epochs,
            learning_rate,
            batch_size: 8,
            warmup_ratio: 0.1,
            schedule: Schedule::Linear,
            watch: Watch { every_epochs, ..Watch::default() },
            seed: if self.needs_fresh_head() { FRESH_SEED } else { TrainSettings::default().seed },
            folds,
            trained: Choice { lora: is_few.then(Lora::default), ..Choice::default() },
            ..TrainSettings::default()
        }
    }

    /// Whether the question-answering head is drawn anew before the run.
    pub fn needs_fresh_head(self) -> bool {
        self == Self::Article
    }
}

/// Questions that can be trained on: with a marked answer, or marked as having none.
pub fn marked_questions(dataset: &Dataset) -> usize {
    dataset.questions().filter(|(_, _, question)| !question.answers.is_empty() || question.is_unanswerable()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::squad::{Answer, Document, Paragraph, Question};

    #[test]
    fn every_preset_can_be_run() {
        for preset in Preset::offered(true) {
            assert_eq!(preset.settings().check_for(512), Ok(()), "{preset:?}");
        }
    }

    #[test]
    fn the_article_comes_with_the_sample_only() {
        assert!(Preset::offered(true).contains(&Preset::Article));
        assert!(!Preset::offered(false).contains(&Preset::Article));
        assert!(Preset::offered(true).iter().filter(|preset| preset.needs_fresh_head()).eq([&Preset::Article]));
    }

    #[test]
    fn the_size_of_the_data_proposes_a_preset() {
        assert_eq!([0, 22, 199].map(Preset::proposed), [Preset::FewAnswers; 3]);
        assert_eq!([200, 90_000].map(Preset::proposed), [Preset::Dataset; 2]);
    }

    #[test]
    fn questions_that_wait_for_their_answer_are_not_counted() {
        let marked = Question { answers: vec![Answer::default()], ..Question::default() };
        let impossible = Question { is_impossible: Some(true), ..Question::default() };
        let waiting = Question { is_impossible: Some(false), ..Question::default() };
        let qas = vec![marked, impossible, waiting, Question::default()];
        let paragraphs = vec![Paragraph { qas, ..Paragraph::default() }];
        let dataset = Dataset { data: vec![Document { paragraphs, ..Document::default() }], ..Dataset::default() };
        assert_eq!(marked_questions(&dataset), 2);
    }
}
