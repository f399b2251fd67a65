//! Prediction files under the names and in the shapes that `run_qa` gives them.

use serde_json::{Map, Value, json};

use crate::answer::Answered;
use crate::metrics::Scores;

/// `predictions.json`: `{id: text}`, in the order given.
pub fn predictions<'a>(answers: impl IntoIterator<Item = (&'a str, &'a Answered)>) -> String {
    object(answers, |answered| json!(answered.spans.first().map_or("", |span| span.text.as_str())))
}

/// `nbest_predictions.json`: `{id: [{text, probability, start_logit, end_logit}]}`.
pub fn nbest_predictions<'a>(answers: impl IntoIterator<Item = (&'a str, &'a Answered)>) -> String {
    object(answers, |answered| {
        let span = |span: &crate::answer::Span| {
            json!({"text": span.text, "probability": span.probability,
                "start_logit": span.start_logit, "end_logit": span.end_logit})
        };
        answered.spans.iter().map(span).collect()
    })
}

/// `null_odds.json`: `{id: null score - best score}`.
pub fn null_odds<'a>(answers: impl IntoIterator<Item = (&'a str, &'a Answered)>) -> String {
    object(answers, |answered| json!(answered.null_score_diff))
}

fn object<'a>(
    answers: impl IntoIterator<Item = (&'a str, &'a Answered)>,
    value: impl Fn(&Answered) -> Value,
) -> String {
    let map: Map<String, Value> = answers.into_iter().map(|(id, answered)| (id.to_owned(), value(answered))).collect();
    pretty(&Value::Object(map))
}

/// `eval_results.json`: `{epoch, eval_exact_match, eval_f1, eval_samples}` and the v2.0 keys where there are any.
pub fn eval_results(scores: &Scores, epoch: Option<f64>) -> String {
    let mut map = Map::new();
    if let Some(epoch) = epoch {
        map.insert("epoch".to_owned(), json!(epoch));
    }
    map.insert("eval_exact_match".to_owned(), json!(scores.exact_match));
    map.insert("eval_f1".to_owned(), json!(scores.f1));
    map.insert("eval_samples".to_owned(), json!(scores.total));
    if let Ok(Value::Object(v2)) = serde_json::to_value(&scores.v2) {
        map.extend(v2.into_iter().map(|(key, value)| (format!("eval_{key}"), value)));
    }
    pretty(&Value::Object(map))
}

fn pretty(value: &Value) -> String {
    // A JSON value with string keys always serialises.
    serde_json::to_string_pretty(value).unwrap_or_default()
}
