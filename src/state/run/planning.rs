//! What the next run would be: asked of the worker, which has the tokenizer, once for each choice that changes it.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::nn::Choice;
use crate::protocol::{ModelInfo, Plan};
use crate::squad::Dataset;
use crate::train::{Answers, TrainSettings};

/// All that a plan depends on. Epochs and batch size are not here: the steps follow from the windows.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanKey {
    /// [`fingerprint`] of the dataset.
    pub data: u64,
    /// Name and vocabulary of the model.
    pub model: (String, usize),
    /// Longest window.
    pub max_seq_length: usize,
    /// Overlap of two windows.
    pub doc_stride: usize,
    /// Windows without an answer for each with one.
    pub negatives: Option<f64>,
    /// What of the model is trained.
    pub trained: Choice,
    /// Which answers are trained on.
    pub answers: Answers,
}

impl PlanKey {
    /// What a plan for this data, model and these settings depends on.
    pub fn new(data: u64, model: &ModelInfo, settings: &TrainSettings) -> Self {
        let model = (model.name.clone(), model.vocab_size);
        let TrainSettings { max_seq_length, doc_stride, negatives, answers, .. } = *settings;
        Self { data, model, max_seq_length, doc_stride, negatives, trained: settings.trained.clone(), answers }
    }
}

/// What is known of the next run.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Planning {
    /// Nothing was asked.
    #[default]
    Unknown,
    /// The worker is counting.
    Asked(PlanKey),
    /// It has counted.
    Known(PlanKey, Plan),
    /// It could not.
    Failed(PlanKey, String),
}

impl Planning {
    /// Whether this key was asked for already.
    pub fn is_about(&self, key: &PlanKey) -> bool {
        match self {
            Self::Unknown => false,
            Self::Asked(known) | Self::Known(known, _) | Self::Failed(known, _) => known == key,
        }
    }

    /// Takes an answer; one to a question that is not asked any more is dropped.
    pub fn answer(&mut self, key: &PlanKey, answer: Result<Plan, String>) {
        if matches!(self, Self::Asked(asked) if asked == key) {
            *self = match answer {
                Ok(plan) => Self::Known(key.clone(), plan),
                Err(message) => Self::Failed(key.clone(), message),
            };
        }
    }

    /// The plan for a key, with the steps of these settings.
    pub fn plan(&self, key: &PlanKey, settings: &TrainSettings) -> Option<Plan> {
        match self {
            Self::Known(known, plan) if known == key => {
                Some(Plan { steps_total: settings.steps_total(plan.windows), ..plan.clone() })
            }
            _ => None,
        }
    }

    /// Why there is no plan for a key, where the worker said so.
    pub fn failure(&self, key: &PlanKey) -> Option<&str> {
        match self {
            Self::Failed(known, message) if known == key => Some(message),
            _ => None,
        }
    }
}

/// A number that changes with everything in a dataset that training sees.
pub fn fingerprint(dataset: &Dataset) -> u64 {
    let mut hasher = DefaultHasher::new();
    for document in &dataset.data {
        document.paragraphs.len().hash(&mut hasher);
        for paragraph in &document.paragraphs {
            paragraph.context.hash(&mut hasher);
            paragraph.qas.len().hash(&mut hasher);
            for question in &paragraph.qas {
                (&question.question, question.is_impossible, question.answers.len()).hash(&mut hasher);
                question.answers.iter().for_each(|answer| (&answer.text, answer.answer_start).hash(&mut hasher));
            }
        }
    }
    hasher.finish()
}

/// The same as text: JavaScript's numbers would lose digits of it.
pub fn fingerprint_text(fingerprint: u64) -> String {
    format!("{fingerprint:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::squad::{Answer, Document, Paragraph, Question};
    use crate::state::run::tests::plan;

    fn key(data: u64) -> PlanKey {
        let (model, trained, answers) = (("m".to_owned(), 9), Choice::default(), Answers::First);
        PlanKey { data, model, max_seq_length: 384, doc_stride: 128, negatives: Some(1.0), trained, answers }
    }

    #[test]
    fn an_answer_that_comes_late_is_dropped() {
        let mut planning = Planning::Asked(key(2));
        planning.answer(&key(1), Ok(plan(9)));
        assert_eq!(planning, Planning::Asked(key(2)));
        planning.answer(&key(2), Ok(plan(9)));
        assert!(planning.is_about(&key(2)) && !planning.is_about(&key(1)));
        let mut planning = Planning::Asked(key(3));
        planning.answer(&key(3), Err("no".to_owned()));
        assert_eq!((planning.failure(&key(3)), planning.failure(&key(2))), (Some("no"), None));
    }

    #[test]
    fn steps_follow_the_settings_without_asking_again() {
        let planning = Planning::Known(key(1), plan(1));
        let steps = |epochs, batch_size| {
            let settings = TrainSettings { epochs, batch_size, ..TrainSettings::default() };
            planning.plan(&key(1), &settings).map(|plan| plan.steps_total)
        };
        assert_eq!((steps(50, 8), steps(1, 22), steps(2, 100)), (Some(150), Some(1), Some(2)));
        assert_eq!(planning.plan(&key(2), &TrainSettings::default()), None);
    }

    #[test]
    fn the_fingerprint_sees_what_training_sees() {
        let dataset = |context: &str, start| {
            let answers = vec![Answer { text: "5-1".to_owned(), answer_start: start, ..Answer::default() }];
            let qas = vec![Question { id: "a".to_owned(), answers, ..Question::default() }];
            let paragraphs = vec![Paragraph { context: context.to_owned(), qas, ..Paragraph::default() }];
            Dataset { data: vec![Document { paragraphs, ..Document::default() }], ..Dataset::default() }
        };
        assert_eq!(fingerprint(&dataset("by 5-1", 3)), fingerprint(&dataset("by 5-1", 3)));
        assert_ne!(fingerprint(&dataset("by 5-1", 3)), fingerprint(&dataset("By 5-1", 3)));
        assert_ne!(fingerprint(&dataset("by 5-1", 3)), fingerprint(&dataset("by 5-1", 2)));
    }
}
