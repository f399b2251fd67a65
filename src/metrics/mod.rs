//! The official `SQuAD` metric: exact match and F1. Knows nothing of models.

use serde::{Deserialize, Serialize};

/// Scores over a dataset, in percent. The v2.0 fields are present where the dataset has unanswerable questions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Share of questions whose answer equals a gold answer after normalisation, 0 to 100.
    pub exact_match: f64,
    /// Mean overlap of tokens, 0 to 100.
    pub f1: f64,
    /// Number of questions.
    pub total: usize,
}

/// Score of one question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QuestionScore {
    /// The predicted text.
    pub prediction: String,
    /// 0 or 1.
    pub exact_match: f64,
    /// 0 to 1.
    pub f1: f64,
}
