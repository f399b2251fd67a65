//! Scores of answers over a dataset.

use std::collections::HashMap;

use super::Answered;
use crate::metrics::{Evaluation, evaluate_with_null_odds};
use crate::squad::Dataset;

/// Exact match and F1 of answers in the order of the dataset; `no_answer` says whether "" was a candidate, which brings the
/// best thresholds on the null odds.
pub fn score(dataset: &Dataset, answers: &[Answered], no_answer: bool) -> Evaluation {
    let ids = || dataset.questions().map(|(_, _, question)| question.id.clone());
    let text = |answered: &Answered| answered.spans.first().map(|span| span.text.clone()).unwrap_or_default();
    let predictions: HashMap<String, String> = ids().zip(answers.iter().map(text)).collect();
    let odds: HashMap<String, f64> = ids().zip(answers.iter().map(|a| f64::from(a.null_score_diff))).collect();
    evaluate_with_null_odds(dataset, &predictions, no_answer.then_some(&odds))
}
