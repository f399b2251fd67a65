//! `spanwise split`.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Desk, read_json, spanwise, stdout, text, words};

/// A dataset of four documents of five paragraphs with two questions each; unknown fields at every level.
fn dataset() -> Value {
    let question = |d: usize, p: usize, q: usize| json!({"id": format!("{d}-{p}-{q}"), "question": "Who?", "answers": [{"text": "Żółw", "answer_start": 0}], "kind": q});
    let paragraph = |d: usize, p: usize| {
        let qas: Vec<Value> = (0..2).map(|q| question(d, p, q)).collect();
        json!({"context": format!("Żółw {d} {p} 🐢"), "qas": qas, "page": p})
    };
    let document = |d: usize| {
        let paragraphs: Vec<Value> = (0..5).map(|p| paragraph(d, p)).collect();
        json!({"title": format!("Document {d}"), "paragraphs": paragraphs, "source": d})
    };
    json!({"version": "1.1", "data": (0..4).map(document).collect::<Vec<_>>(), "licence": "CC0"})
}

fn paragraphs(dataset: &Value) -> impl Iterator<Item = &Value> {
    dataset["data"].as_array().unwrap().iter().flat_map(|document| document["paragraphs"].as_array().unwrap())
}

fn contexts(dataset: &Value) -> HashSet<&str> {
    paragraphs(dataset).map(|paragraph| paragraph["context"].as_str().unwrap()).collect()
}

fn questions(dataset: &Value) -> usize {
    paragraphs(dataset).map(|paragraph| paragraph["qas"].as_array().unwrap().len()).sum()
}

#[test]
fn parts_share_no_text_and_keep_all_fields() {
    let desk = Desk::new();
    let whole = dataset();
    let data = desk.write("whole.json", &whole.to_string());
    let (train, test) = (desk.at("train.json"), desk.at("test.json"));
    let line = format!("split {data} --share 0.2 --seed 7 --out-train {train} --out-test {test}");
    let said = stdout(words(&line));
    assert!(
        said.contains("32 questions about 16 paragraphs") && said.contains("8 questions about 4 paragraphs"),
        "{said}"
    );
    let (first, second) = (read_json(&desk.path("train.json")), read_json(&desk.path("test.json")));
    assert!(contexts(&first).is_disjoint(&contexts(&second)));
    assert_eq!(questions(&first) + questions(&second), 40);
    assert_eq!(second["licence"], "CC0");
    let document = &second["data"][0];
    assert!(document["source"].is_number() && document["paragraphs"][0]["page"].is_number());
    let bytes = std::fs::read(desk.path("test.json")).unwrap();
    stdout(words(&line));
    assert_eq!(std::fs::read(desk.path("test.json")).unwrap(), bytes, "the same seed gives the same bytes");
    stdout(words(&line.replace("--seed 7", "--seed 8")));
    assert_ne!(std::fs::read(desk.path("test.json")).unwrap(), bytes, "another seed does not");
}

#[test]
fn folds_of_documents_are_numbered() {
    let desk = Desk::new();
    let data = desk.write("whole.json", &dataset().to_string());
    let (train, test) = (desk.at("train.json"), desk.at("test.json"));
    stdout(words(&format!("split {data} --by document --folds 4 --out-train {train} --out-test {test}")));
    let mut tested = HashSet::new();
    for fold in 1..=4 {
        let (train, test) =
            (read_json(&desk.path(&format!("train-{fold}.json"))), read_json(&desk.path(&format!("test-{fold}.json"))));
        assert_eq!((questions(&train), questions(&test)), (30, 10));
        tested.insert(test["data"][0]["title"].as_str().unwrap().to_owned());
    }
    assert_eq!(tested.len(), 4);
}

#[test]
fn a_split_that_leaves_nothing_says_so_and_writes_nothing() {
    let desk = Desk::new();
    let one =
        json!({"data": [{"paragraphs": [{"context": "a", "qas": [{"id": "1", "question": "?", "answers": []}]}]}]});
    let data = desk.write("one.json", &one.to_string());
    let (train, test) = (desk.at("train.json"), desk.at("test.json"));
    let output = spanwise(words(&format!("split {data} --out-train {train} --out-test {test}")));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("one side would have no question"), "{}", text(&output.stderr));
    assert!(!desk.path("train.json").exists() && !desk.path("test.json").exists());
    let output = spanwise(words(&format!("split {data} --share 1.5 --out-train {train} --out-test {test}")));
    assert_eq!(output.status.code(), Some(2));
}
