//! Question-answering datasets: schema, reading of every accepted form, writing, checking. Knows nothing of models.

pub mod check;
pub mod schema;

pub use schema::{Answer, Dataset, Document, Paragraph, Question};
