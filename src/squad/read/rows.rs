//! Rows: one question each, grouped by title and context.

use std::collections::HashMap;

use serde_json::Value;

use super::error::ReadError;
use super::fields::{object, optional_text, text};
use super::squad::question;
use crate::squad::schema::{Document, Paragraph, Question};

/// Rows grouped by title and context, in the order of their first appearance.
#[derive(Default)]
pub struct Rows {
    pub documents: Vec<Document>,
    by_title: HashMap<String, usize>,
    by_context: HashMap<(usize, String), usize>,
}

impl Rows {
    /// The paragraph of a row.
    pub fn paragraph(&mut self, title: String, context: String) -> &mut Paragraph {
        let document = *self.by_title.entry(title.clone()).or_insert_with(|| {
            self.documents.push(Document { title, ..Document::default() });
            self.documents.len() - 1
        });
        let paragraphs = &mut self.documents[document].paragraphs;
        let paragraph = *self.by_context.entry((document, context.clone())).or_insert_with(|| {
            paragraphs.push(Paragraph { context, ..Paragraph::default() });
            paragraphs.len() - 1
        });
        &mut paragraphs[paragraph]
    }

    /// Adds a row of a table: one that has the id and the words of the question before it is that question's next answer.
    pub fn add(&mut self, title: String, context: String, question: Question) {
        let questions = &mut self.paragraph(title, context).qas;
        match questions.last_mut() {
            Some(last) if !last.id.is_empty() && last.id == question.id && last.question == question.question => {
                last.answers.extend(question.answers);
            }
            _ => questions.push(question),
        }
    }
}

/// Adds a Hugging Face row.
pub fn row(value: Value, path: &str, rows: &mut Rows) -> Result<(), ReadError> {
    let mut object = object(value, path)?;
    let context = text(&mut object, "context", path)?;
    let title = optional_text(&mut object, "title", path)?;
    let question = question(Value::Object(object), path)?;
    rows.paragraph(title, context).qas.push(question);
    Ok(())
}
