//! Exact match and F1 against published figures, and against an independent implementation of the official rules
//! (`scores.py`, which made `scores.json`).

use std::collections::HashMap;

use serde_json::{Value, json};
use spanwise::metrics::{evaluate, evaluate_with_null_odds, normalise, score};
use spanwise::squad::Dataset;
use spanwise::squad::read::read;

use crate::support::{file, shared, shared_dataset};

/// Scores of a published file of predictions.
fn published(name: &str) -> Option<(f64, f64, usize)> {
    let data = shared_dataset("data/dev/squad-v1.1.json")?;
    let bytes = std::fs::read(shared(&format!("data/predictions/{name}.json"))?).unwrap();
    let predictions: HashMap<String, String> = serde_json::from_slice(&bytes).unwrap();
    let scores = evaluate(&data, &predictions).scores;
    assert_eq!(scores.v2, None, "SQuAD 1.1 has no keys of v2.0");
    Some((scores.exact_match, scores.f1, scores.total))
}

/// The figures of the data's README, to their last digit.
#[test]
fn published_predictions_score_as_published() {
    for (name, exact_match, f1) in [("bert-ensemble", 86.206, 92.196), ("logistic-regression", 40.142, 50.982)] {
        let Some((exact, overlap, total)) = published(name) else { return };
        assert_eq!(total, 10_570);
        assert!((exact - exact_match).abs() <= 5e-4, "{name}: exact match {exact}, published {exact_match}");
        assert!((overlap - f1).abs() <= 5e-4, "{name}: F1 {overlap}, published {f1}");
    }
}

struct Pair {
    prediction: Option<String>,
    golds: Vec<String>,
    odds: f64,
    /// Exact and F1 by v2.0, then by v1.1.
    scores: [f64; 4],
}

fn golden() -> (Vec<Pair>, Value) {
    let golden: Value = serde_json::from_slice(&std::fs::read(file("metrics/scores.json")).unwrap()).unwrap();
    let pair = |row: &Value| Pair {
        prediction: row[0].as_str().map(str::to_owned),
        golds: row[1].as_array().unwrap().iter().map(|gold| gold.as_str().unwrap().to_owned()).collect(),
        odds: row[2].as_f64().unwrap(),
        scores: [3, 4, 5, 6].map(|i| row[i].as_f64().unwrap()),
    };
    let pairs: Vec<Pair> = golden["pairs"].as_array().unwrap().iter().map(pair).collect();
    assert_eq!(pairs.len(), 1000);
    (pairs, golden)
}

/// The pairs as a dataset; question `i` has the id `i`.
fn dataset(pairs: &[Pair], v2: bool) -> Dataset {
    let question = |(i, pair): (usize, &Pair)| {
        let answers: Vec<Value> = pair.golds.iter().map(|gold| json!({"text": gold, "answer_start": 0})).collect();
        let mut question = json!({"id": i.to_string(), "question": "?", "answers": answers});
        if v2 {
            question["is_impossible"] = json!(pair.golds.is_empty());
        }
        question
    };
    let kept = pairs.iter().enumerate().filter(|(_, pair)| v2 || !pair.golds.is_empty());
    let qas: Vec<Value> = kept.map(question).collect();
    read(json!({"data": [{"paragraphs": [{"context": "…", "qas": qas}]}]}).to_string().as_bytes()).unwrap()
}

fn close(got: &Value, want: &Value, what: &str) {
    let (got, want) = (got.as_f64().unwrap(), want.as_f64().unwrap());
    assert!((got - want).abs() < 1e-9, "{what}: got {got}, expected {want}");
}

#[test]
fn every_made_pair_scores_by_the_official_rules() {
    let (pairs, _) = golden();
    for pair in &pairs {
        let text = pair.prediction.as_deref().unwrap_or_default();
        let v2_golds: Vec<&str> = pair.golds.iter().map(String::as_str).filter(|g| !normalise(g).is_empty()).collect();
        let v2 = score(text, if v2_golds.is_empty() { &[""] } else { &v2_golds }, true);
        let golds: Vec<&str> = pair.golds.iter().map(String::as_str).collect();
        let v1 = pair.prediction.as_deref().map(|text| score(text, &golds, false)).unwrap_or_default();
        for (got, want) in [v2.exact_match, v2.f1, v1.exact_match, v1.f1].into_iter().zip(pair.scores) {
            assert!((got - want).abs() < 1e-12, "{text:?} against {golds:?}: got {got}, expected {want}");
        }
    }
}

#[test]
fn totals_and_best_thresholds_follow_the_official_rules() {
    let (pairs, golden) = golden();
    let by_id = pairs.iter().enumerate();
    let predictions: HashMap<String, String> =
        by_id.clone().filter_map(|(i, pair)| Some((i.to_string(), pair.prediction.clone()?))).collect();

    let v1 = serde_json::to_value(evaluate(&dataset(&pairs, false), &predictions).scores).unwrap();
    for key in ["exact_match", "f1", "total"] {
        close(&v1[key], &golden["v1"][key], key);
    }
    assert_eq!(v1.as_object().unwrap().len(), 3, "v1.1 has three keys: {v1}");

    let v2 = serde_json::to_value(evaluate(&dataset(&pairs, true), &predictions).scores).unwrap();
    for (key, want) in golden["v2"].as_object().unwrap() {
        close(&v2[key], want, key);
    }
    close(&v2["exact"], &golden["v2"]["exact_match"], "exact");

    let all = by_id.clone().map(|(i, pair)| (i.to_string(), pair.prediction.clone().unwrap_or_default())).collect();
    let odds: HashMap<String, f64> = by_id.map(|(i, pair)| (i.to_string(), pair.odds)).collect();
    let best = evaluate_with_null_odds(&dataset(&pairs, true), &all, Some(&odds)).scores;
    let best = serde_json::to_value(best).unwrap();
    for (key, want) in golden["best"].as_object().unwrap() {
        close(&best[key], want, key);
    }
}

#[test]
fn surprising_cases_are_as_the_rules_say() {
    assert_eq!(score("5-1", &["51"], false).exact_match, 1.0);
    assert_eq!(score("3", &["3-0"], false).f1, 0.0);
    assert_eq!(score("The  A-Team.", &["ateam"], false).exact_match, 1.0);
    assert_eq!(score("the", &["a"], false).f1, 0.0, "v1.1 finds no overlap in nothing");
    assert_eq!(score("the", &["a"], true).f1, 1.0, "v2.0 finds nothing equal to nothing");
}
