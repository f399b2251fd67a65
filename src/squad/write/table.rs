//! Comma-separated rows (RFC 4180), one an answer.

use csv::Writer;
use serde_json::Value;

use crate::squad::read::plain;
use crate::squad::schema::{Answer, Dataset, Document, Paragraph, Question};

/// Columns that every table has.
const COLUMNS: [&str; 7] = ["id", "title", "context", "question", "answer", "answer_start", "is_impossible"];

/// One row an answer, one for a question without any, and one for a paragraph without questions. Fields of questions and paragraphs
/// that hold a text, a number or a truth value are further columns.
pub fn to_csv(dataset: &Dataset) -> String {
    let others = others(dataset);
    let mut rows = Rows { writer: Writer::from_writer(Vec::new()), others: &others };
    rows.write(COLUMNS.into_iter().map(str::to_owned).chain(others.iter().cloned()));
    for document in &dataset.data {
        for paragraph in &document.paragraphs {
            if paragraph.qas.is_empty() {
                rows.row(document, paragraph, &Question::default(), None);
            }
            for question in &paragraph.qas {
                if question.answers.is_empty() {
                    rows.row(document, paragraph, question, None);
                }
                question.answers.iter().for_each(|answer| rows.row(document, paragraph, question, Some(answer)));
            }
        }
    }
    // Cells are text, and writing into memory does not fail.
    rows.writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// Names of further columns, in the order of their first appearance.
fn others(dataset: &Dataset) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for paragraph in dataset.data.iter().flat_map(|document| &document.paragraphs) {
        for extra in paragraph.qas.iter().map(|question| &question.extra).chain([&paragraph.extra]) {
            for (name, value) in extra {
                if is_cell(value) && !names.contains(name) && !COLUMNS.contains(&name.as_str()) {
                    names.push(name.clone());
                }
            }
        }
    }
    names
}

fn is_cell(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_))
}

struct Rows<'a> {
    writer: Writer<Vec<u8>>,
    others: &'a [String],
}

impl Rows<'_> {
    fn row(&mut self, document: &Document, paragraph: &Paragraph, question: &Question, answer: Option<&Answer>) {
        let known = [
            question.id.clone(),
            document.title.clone(),
            paragraph.context.clone(),
            question.question.clone(),
            answer.map(|answer| answer.text.clone()).unwrap_or_default(),
            answer.map(|answer| answer.answer_start.to_string()).unwrap_or_default(),
            question.is_impossible.map(|is_impossible| is_impossible.to_string()).unwrap_or_default(),
        ];
        let other = |name: &String| {
            let value = question.extra.get(name).or_else(|| paragraph.extra.get(name));
            value.filter(|value| is_cell(value)).map(plain).unwrap_or_default()
        };
        self.write(known.into_iter().chain(self.others.iter().map(other)));
    }

    fn write(&mut self, cells: impl Iterator<Item = String>) {
        // Every row has as many cells as the first, and memory takes all of them.
        let _ = self.writer.write_record(cells);
    }
}
