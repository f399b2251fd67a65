//! The official `SQuAD` metric, versions 1.1 and 2.0: exact match and F1. Knows nothing of models.
//!
//! Source: the rules of the evaluation scripts published with the two datasets.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::squad::{Dataset, Question};

/// Scores over a dataset, in percent. The v2.0 fields are present where the dataset has unanswerable questions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Share of questions whose answer equals a gold answer after normalisation, 0 to 100.
    pub exact_match: f64,
    /// Mean overlap of tokens, 0 to 100.
    pub f1: f64,
    /// Number of questions.
    pub total: usize,
    /// The parts that v2.0 tells apart.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub v2: Option<ScoresV2>,
}

/// Scores of answerable and unanswerable questions apart, under the names that the official script gives them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoresV2 {
    /// As [`Scores::exact_match`]: the official script's name for it.
    pub exact: f64,
    /// Exact match of answerable questions.
    #[serde(rename = "HasAns_exact")]
    pub has_answer_exact: f64,
    /// F1 of answerable questions.
    #[serde(rename = "HasAns_f1")]
    pub has_answer_f1: f64,
    /// Number of answerable questions.
    #[serde(rename = "HasAns_total")]
    pub has_answer_total: usize,
    /// Exact match of unanswerable questions.
    #[serde(rename = "NoAns_exact")]
    pub no_answer_exact: f64,
    /// F1 of unanswerable questions.
    #[serde(rename = "NoAns_f1")]
    pub no_answer_f1: f64,
    /// Number of unanswerable questions.
    #[serde(rename = "NoAns_total")]
    pub no_answer_total: usize,
    /// Best exact match that any threshold on the null odds gives; present where these were given.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub best: Option<BestThresholds>,
}

/// The best scores over all thresholds on the null odds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BestThresholds {
    /// Best exact match.
    pub best_exact: f64,
    /// Its threshold.
    pub best_exact_thresh: f64,
    /// Best F1.
    pub best_f1: f64,
    /// Its threshold.
    pub best_f1_thresh: f64,
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

/// Scores of a dataset, and of each question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// Over all questions.
    pub scores: Scores,
    /// Each question's id and score, in the order of the dataset.
    pub questions: Vec<(String, QuestionScore)>,
}

/// Lower case, without ASCII punctuation, without English articles, with single spaces.
pub fn normalise(text: &str) -> String {
    let lower = text.to_lowercase();
    let kept: String = lower.chars().filter(|c| !c.is_ascii_punctuation()).collect();
    let words = without_articles(&kept);
    words.split(is_space).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// White space as Python's `split` counts it: Unicode's, and the four separators of ASCII.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// Replaces `\b(a|an|the)\b` by a space, with word characters as Python counts them: letters, digits and the underscore.
fn without_articles(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_alphanumeric() {
            word.push(c);
            continue;
        }
        out.push_str(if matches!(word.as_str(), "a" | "an" | "the") { " " } else { &word });
        word.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

/// 1 where both texts are the same after normalisation, else 0.
pub fn exact_match(prediction: &str, gold: &str) -> f64 {
    f64::from(u8::from(normalise(prediction) == normalise(gold)))
}

/// F1 over the bags of tokens after normalisation, 0 to 1. Where both sides are empty: 1 by v2.0's rule, 0 by v1.1's.
pub fn f1(prediction: &str, gold: &str, v2: bool) -> f64 {
    let (prediction, gold) = (normalise(prediction), normalise(gold));
    let (predicted, wanted): (Vec<&str>, Vec<&str>) = (prediction.split(' ').collect(), gold.split(' ').collect());
    if prediction.is_empty() || gold.is_empty() {
        return f64::from(u8::from(v2 && prediction == gold));
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    wanted.iter().for_each(|token| *counts.entry(token).or_default() += 1);
    let mut same = 0.0;
    for token in &predicted {
        if let Some(count) = counts.get_mut(token).filter(|count| **count > 0) {
            *count -= 1;
            same += 1.0;
        }
    }
    if same == 0.0 {
        return 0.0;
    }
    let (precision, recall) = (same / predicted.len() as f64, same / wanted.len() as f64);
    2.0 * precision * recall / (precision + recall)
}

/// The texts that a prediction is compared with; v2.0 drops those that normalise to nothing, and `""` stands for none left.
pub fn gold_texts(question: &Question, v2: bool) -> Vec<&str> {
    let texts = question.answers.iter().map(|answer| answer.text.as_str());
    let texts: Vec<&str> =
        if v2 { texts.filter(|text| !normalise(text).is_empty()).collect() } else { texts.collect() };
    if texts.is_empty() && v2 { vec![""] } else { texts }
}

/// Score of one prediction: the best over the gold texts.
pub fn score(prediction: &str, gold: &[&str], v2: bool) -> QuestionScore {
    let exact = gold.iter().map(|gold| exact_match(prediction, gold)).fold(0.0, f64::max);
    let overlap = gold.iter().map(|gold| f1(prediction, gold, v2)).fold(0.0, f64::max);
    QuestionScore { prediction: prediction.to_owned(), exact_match: exact, f1: overlap }
}

/// Whether the official script of v2.0 is the one to use.
pub fn is_v2(dataset: &Dataset) -> bool {
    dataset.questions().any(|(_, _, question)| question.is_impossible.is_some())
}

/// Scores predictions, by id. v1.1: a missing prediction scores 0; v2.0: it is skipped.
pub fn evaluate(dataset: &Dataset, predictions: &HashMap<String, String>) -> Evaluation {
    evaluate_with_null_odds(dataset, predictions, None)
}

/// The same, with the best thresholds on the null odds (v2.0 only).
pub fn evaluate_with_null_odds(
    dataset: &Dataset,
    predictions: &HashMap<String, String>,
    null_odds: Option<&HashMap<String, f64>>,
) -> Evaluation {
    let ids = || dataset.questions().map(|(_, _, question)| &question.id);
    let of = |odds: &HashMap<String, f64>| ids().map(|id| odds.get(id).copied().unwrap_or(0.0)).collect::<Vec<_>>();
    let predictions = ids().map(|id| predictions.get(id).map(String::as_str));
    evaluate_in_order(dataset, predictions, null_odds.map(of).as_deref())
}

/// The same of predictions and null odds in the order of the questions: two questions of one id have one each.
pub fn evaluate_in_order<'a>(
    dataset: &Dataset,
    predictions: impl IntoIterator<Item = Option<&'a str>>,
    null_odds: Option<&[f64]>,
) -> Evaluation {
    let v2 = is_v2(dataset);
    let mut questions = Vec::new();
    let mut answerable = Vec::new();
    let mut odds = Vec::new();
    for (index, ((_, _, question), prediction)) in dataset.questions().zip(predictions).enumerate() {
        if prediction.is_none() && v2 {
            continue;
        }
        let gold = gold_texts(question, v2);
        let scored = prediction.map(|prediction| score(prediction, &gold, v2)).unwrap_or_default();
        questions.push((question.id.clone(), scored));
        answerable.push(!question.answers.is_empty());
        odds.push(null_odds.and_then(|odds| odds.get(index)).copied().unwrap_or(0.0));
    }
    let mut scores = total(questions.iter().map(|(_, score)| score));
    if v2 {
        let part = |wanted: bool| {
            total(questions.iter().zip(&answerable).filter(|(_, has)| **has == wanted).map(|((_, score), _)| score))
        };
        let (has, no) = (part(true), part(false));
        scores.v2 = Some(ScoresV2 {
            exact: scores.exact_match,
            has_answer_exact: has.exact_match,
            has_answer_f1: has.f1,
            has_answer_total: has.total,
            no_answer_exact: no.exact_match,
            no_answer_f1: no.f1,
            no_answer_total: no.total,
            best: null_odds.map(|_| best_thresholds(&questions, &answerable, &odds)),
        });
    }
    Evaluation { scores, questions }
}

fn total<'a>(scores: impl Iterator<Item = &'a QuestionScore>) -> Scores {
    let (mut exact, mut f1, mut total) = (0.0, 0.0, 0usize);
    for score in scores {
        exact += score.exact_match;
        f1 += score.f1;
        total += 1;
    }
    let percent = 100.0 / total.max(1) as f64;
    Scores { exact_match: exact * percent, f1: f1 * percent, total, v2: None }
}

/// Walks the questions by rising null odds: each may be answered up to a threshold, and is "no answer" beyond it.
fn best_thresholds(questions: &[(String, QuestionScore)], answerable: &[bool], odds: &[f64]) -> BestThresholds {
    let mut order: Vec<usize> = (0..questions.len()).collect();
    order.sort_by(|a, b| odds[*a].total_cmp(&odds[*b]));
    let best = |score: fn(&QuestionScore) -> f64| {
        let mut current = answerable.iter().filter(|has| !**has).count() as f64;
        let (mut best, mut threshold) = (current, 0.0);
        for index in &order {
            let scored = &questions[*index].1;
            current += match (answerable[*index], scored.prediction.is_empty()) {
                (true, _) => score(scored),
                (false, true) => 0.0,
                (false, false) => -1.0,
            };
            if current > best {
                (best, threshold) = (current, odds[*index]);
            }
        }
        (100.0 * best / questions.len().max(1) as f64, threshold)
    };
    let ((best_exact, best_exact_thresh), (best_f1, best_f1_thresh)) =
        (best(|score| score.exact_match), best(|score| score.f1));
    BestThresholds { best_exact, best_exact_thresh, best_f1, best_f1_thresh }
}
