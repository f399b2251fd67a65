//! What was read is written to the same bytes, or so that reading it gives the same dataset.

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use spanwise::squad::read::{read, read_file};
use spanwise::squad::write::{Form, Style, write};
use spanwise::squad::{Answer, Dataset, Document, Paragraph, Question};

use crate::support::shared;

/// Reads a file and writes it again, unchanged.
fn rewritten(text: &str) -> Option<String> {
    let dataset = read(text.as_bytes()).unwrap();
    Style::of(text, &dataset).map(|style| write(&dataset, Form::Squad, Some(&style)))
}

#[test]
fn files_of_every_style_are_written_to_the_same_bytes() {
    let compact = r#"{"version":"1.1","data":[{"title":"Tęcza","paragraphs":[{"context":"a \"b\" \\ 🐢\n","qas":[{"answers":[{"answer_start":0,"text":"a","x":1.5}],"question":"q?","id":"1"},{"plausible_answers":[{"text":"a","answer_start":0}],"question":"r?","id":"2","answers":[],"is_impossible":true}]}]}]}"#;
    let value: Value = serde_json::from_str(compact).unwrap();
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    let spaced = r#"{"data": [{"paragraphs": [{"qas": [{"id": "1", "question": "q: a?", "answers": []}], "context": "T\u0119cza \ud83d\udc22 \u0007"}]}], "version": 2.0}"#;
    let short = r#"[{"context": "c", "qas": [{"question": "q?", "answers": [{"text": "c", "answer_start": 0}]}]}]"#;
    for text in [
        compact.to_owned(),
        format!("\u{feff}{compact}\r\n"),
        pretty.clone(),
        pretty.replace("  ", "\t"),
        pretty.replace("\": ", "\" : "),
        pretty.replace("  ", "    ") + "\n",
        pretty.replace('\n', "\r\n").replace(',', ", "),
        compact.replace("q?", "a\\/b?"),
        // A backslash before a slash, neither of which is escaped for the other's sake.
        compact.replace("q?", "a\\\\/b?"),
        spaced.to_owned(),
        short.to_owned(),
        r#"[{"context": "no question", "qas": []}]"#.to_owned(),
    ] {
        assert_eq!(rewritten(&text).as_deref(), Some(text.as_str()));
    }
    // What no style describes is written as everything else is, and says the same.
    assert_eq!(rewritten(&compact.replace("\"data\":", "\"data\" : ")), None);
    assert_eq!(rewritten("{\"context\": \"c\", \"question\": \"q?\"}\n"), None);
}

#[test]
fn shared_files_are_written_to_the_same_bytes() {
    let Some(folder) = shared("data") else { return };
    let mut count = 0;
    for part in ["train", "dev", "domain", "offsets"] {
        for entry in std::fs::read_dir(folder.join(part)).into_iter().flatten() {
            let path = entry.unwrap().path();
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            // A file of rows is no SQuAD file.
            if path.extension().is_some_and(|end| end == "json")
                && text.starts_with('{')
                && text.contains("\"paragraphs\"")
            {
                assert!(rewritten(&text).is_some_and(|written| written == text), "{}", path.display());
                count += 1;
            }
        }
    }
    assert!(count >= 10, "only {count} files");
}

#[test]
fn an_edit_changes_its_own_bytes_alone() {
    let text = r#"{"data": [{"title": "T", "paragraphs": [{"qas": [{"answers": [{"answer_start": 0, "text": "\u017c"}], "question": "q?", "id": "1"}], "context": "\u017ca"}]}]}"#;
    let mut dataset = read(text.as_bytes()).unwrap();
    let style = Style::of(text, &dataset).unwrap();
    let question = &mut dataset.data[0].paragraphs[0].qas[0];
    question.answers[0].text = "ża".to_owned();
    question.is_impossible = Some(false);
    let expected = text.replace(r#""text": "\u017c"}"#, r#""text": "\u017ca"}"#);
    let expected = expected.replace(r#""id": "1"}"#, r#""id": "1", "is_impossible": false}"#);
    assert_eq!(write(&dataset, Form::Squad, Some(&style)), expected);
}

#[test]
fn version_1_has_answers_alone() {
    let text = r#"{"version": "v2.0", "data": [{"title": "", "paragraphs": [{"context": "ab", "qas": [
        {"id": "1", "question": "q?", "answers": [{"text": "a", "answer_start": 0}], "is_impossible": false},
        {"id": "2", "question": "r?", "answers": [], "is_impossible": true, "plausible_answers": []}]}]}]}"#;
    let dataset = read(text.as_bytes()).unwrap();
    let written: Value = serde_json::from_str(&write(&dataset, Form::Squad1, None)).unwrap();
    assert_eq!(
        written,
        json!({"version": "1.1", "data": [{"title": "", "paragraphs": [{"context": "ab", "qas": [
            {"id": "1", "question": "q?", "answers": [{"text": "a", "answer_start": 0}]}]}]}]})
    );
}

#[test]
fn an_open_question_is_none_without_an_answer() {
    let text = r#"[{"context": "ab", "qas": [{"question": "open?", "answers": []}]}]"#;
    let dataset = read(text.as_bytes()).unwrap();
    for form in Form::ALL {
        let written = write(&dataset, form, None);
        let back = read_file(&format!("a.{}", form.extension()), written.as_bytes(), None).unwrap();
        assert!(back.questions().all(|(_, _, question)| !question.is_unanswerable()), "{form:?}: {written}");
    }
}

/// Texts with what breaks formats: quotes, separators, line ends, escapes, characters beyond the basic plane.
fn text() -> impl Strategy<Value = String> {
    const PARTS: &[&str] = &[
        "Lech", " ", "5-1", "\"", "'", ",", ";", "\t", "\n", "\r\n", "🐢", "e\u{301}", "شكرا", "\\", "{", "[", "\u{7}",
        "ż",
    ];
    vec(proptest::sample::select(PARTS), 1..12).prop_map(|parts| parts.concat())
}

fn question() -> impl Strategy<Value = (String, Vec<(usize, usize)>, Option<String>)> {
    let words = text().prop_map(|text| format!("q{}?", text.trim()));
    let note = proptest::option::of(text().prop_map(|text| format!("n{text}")));
    (words, vec((0usize..20, 1usize..5), 0..3), note)
}

/// Datasets of which every form holds all: no two documents or texts are the same, and every text has a question.
fn dataset() -> impl Strategy<Value = Dataset> {
    let paragraph = (text(), vec(question(), 1..4));
    vec(vec(paragraph, 1..3), 1..3).prop_map(|documents| {
        let mut next = 0;
        let mut seen = HashSet::new();
        let mut dataset = Dataset { version: Some("v2.0".to_owned()), ..Dataset::default() };
        for (number, paragraphs) in documents.into_iter().enumerate() {
            let mut document = Document { title: format!("Document {number}, \"part\""), ..Document::default() };
            for (context, questions) in paragraphs {
                if !seen.insert((number, context.clone())) {
                    continue;
                }
                let qas = questions.into_iter().map(|question| {
                    next += 1;
                    made(next, &context, question)
                });
                let qas = qas.collect();
                document.paragraphs.push(Paragraph { context, qas, ..Paragraph::default() });
            }
            dataset.data.push(document);
        }
        dataset
    })
}

fn made(number: usize, context: &str, (words, spans, note): (String, Vec<(usize, usize)>, Option<String>)) -> Question {
    let chars: Vec<char> = context.chars().collect();
    let mut answers: Vec<Answer> = Vec::new();
    for (start, len) in spans {
        let answer_start = start % chars.len();
        let text: String = chars[answer_start..].iter().take(len).collect();
        answers.push(Answer { text, answer_start, ..Answer::default() });
    }
    let mut extra = Map::new();
    if let Some(note) = note {
        extra.insert("note, of mine".to_owned(), Value::String(note));
    }
    let is_impossible = answers.is_empty().then_some(true);
    Question { id: format!("id {number}"), question: words, answers, is_impossible, extra }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn rows_read_back(dataset in dataset()) {
        let back = read_file("a.jsonl", write(&dataset, Form::Rows, None).as_bytes(), None).unwrap();
        prop_assert_eq!(back.data, dataset.data);
    }

    #[test]
    fn tables_read_back(dataset in dataset()) {
        // White space alone is no answer that a cell can hold.
        let mut dataset = dataset;
        for paragraph in dataset.data.iter_mut().flat_map(|document| &mut document.paragraphs) {
            for question in &mut paragraph.qas {
                question.answers.retain(|answer| !answer.text.trim().is_empty());
            }
        }
        let back = read_file("a.csv", write(&dataset, Form::Table, None).as_bytes(), None).unwrap();
        prop_assert_eq!(back.data, dataset.data);
    }

    #[test]
    fn squad_reads_back(dataset in dataset()) {
        let written = write(&dataset, Form::Squad, None);
        let back = read(written.as_bytes()).unwrap();
        prop_assert_eq!(&back, &dataset);
        let style = Style::of(&written, &back);
        prop_assert!(style.is_some());
        prop_assert_eq!(write(&back, Form::Squad, style.as_ref()), written);
    }
}
