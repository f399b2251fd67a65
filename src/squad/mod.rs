//! Question-answering datasets: schema, reading of every accepted form, writing, checking. Knows nothing of models.

pub mod check;
pub mod follow;
pub mod location;
pub mod merge;
pub mod offsets;
pub mod pieces;
pub mod read;
pub mod repair;
pub mod sample;
pub mod schema;
pub mod split;
pub mod write;

pub use location::Location;
pub use schema::{Answer, Dataset, Document, Paragraph, Question};
