//! The `SQuAD` schema. Fields that Spanwise does not know are kept in `extra` and written back.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A dataset: `{"version", "data": [document]}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dataset {
    /// `"1.1"`, `"v2.0"` or whatever the file said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The documents, in file order.
    pub data: Vec<Document>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A document: a title and its paragraphs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Shown to the reader; may be empty.
    #[serde(default)]
    pub title: String,
    /// The paragraphs, in file order.
    pub paragraphs: Vec<Paragraph>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A paragraph: one context and the questions about it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Paragraph {
    /// The text that answers are spans of.
    pub context: String,
    /// The questions, in file order.
    pub qas: Vec<Question>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A question with its marked answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Unique within a dataset; made when the file has none.
    pub id: String,
    /// What is asked.
    pub question: String,
    /// Marked answers; empty for a question that the context does not answer.
    #[serde(default)]
    pub answers: Vec<Answer>,
    /// `SQuAD` 2.0: true where the context holds no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_impossible: Option<bool>,
    /// Unknown fields, `plausible_answers` among them.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// An answer: a span of the context.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The answer's text, equal to the context's slice.
    pub text: String,
    /// First character of the span, in Unicode code points from the start of the context.
    pub answer_start: usize,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Question {
    /// Whether the question is marked as having no answer in its context.
    pub fn is_unanswerable(&self) -> bool {
        self.is_impossible.unwrap_or(false)
    }
}

impl Dataset {
    /// All questions with the document and paragraph that they belong to, in file order.
    pub fn questions(&self) -> impl Iterator<Item = (&Document, &Paragraph, &Question)> + Clone {
        self.data.iter().flat_map(|document| {
            document
                .paragraphs
                .iter()
                .flat_map(move |paragraph| paragraph.qas.iter().map(move |question| (document, paragraph, question)))
        })
    }

    /// Number of questions.
    pub fn question_count(&self) -> usize {
        self.questions().count()
    }
}
