//! Hugging Face rows, one a line.

use serde_json::{Map, Value, json};

use crate::squad::schema::{Answer, Dataset, Document, Paragraph, Question};

/// JSON lines of `{"id", "title", "context", "question", "answers": {"text", "answer_start"}}`. What else is known of question and
/// paragraph stands beside. Paragraphs without a question have no row.
pub fn to_lines(dataset: &Dataset) -> String {
    let mut out = String::new();
    for (document, paragraph, question) in dataset.questions() {
        out.push_str(&Value::Object(row(document, paragraph, question)).to_string());
        out.push('\n');
    }
    out
}

fn row(document: &Document, paragraph: &Paragraph, question: &Question) -> Map<String, Value> {
    let mut row = Map::new();
    for (key, text) in [
        ("id", &question.id),
        ("title", &document.title),
        ("context", &paragraph.context),
        ("question", &question.question),
    ] {
        row.insert(key.to_owned(), Value::String(text.clone()));
    }
    row.insert("answers".to_owned(), Value::Object(columns(&question.answers)));
    // An empty list alone says that the text has no answer: one that is not answered yet must say otherwise.
    let is_open = question.answers.is_empty() && question.is_impossible.is_none();
    if let Some(is_impossible) = question.is_impossible.or(is_open.then_some(false)) {
        row.insert("is_impossible".to_owned(), Value::Bool(is_impossible));
    }
    for (key, value) in question.extra.iter().chain(&paragraph.extra) {
        if !row.contains_key(key) {
            row.insert(key.clone(), value.clone());
        }
    }
    row
}

/// Answers side by side, with what else is known of them.
fn columns(answers: &[Answer]) -> Map<String, Value> {
    let mut columns = Map::new();
    columns.insert("text".to_owned(), answers.iter().map(|answer| json!(answer.text)).collect());
    columns.insert("answer_start".to_owned(), answers.iter().map(|answer| json!(answer.answer_start)).collect());
    for key in answers.iter().flat_map(|answer| answer.extra.keys()) {
        if !columns.contains_key(key) {
            let of = |answer: &Answer| answer.extra.get(key).cloned().unwrap_or_default();
            columns.insert(key.clone(), answers.iter().map(of).collect());
        }
    }
    columns
}
