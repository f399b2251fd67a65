//! `model.safetensors` in and out, as a stream: the file itself is never held in memory, only the weights it becomes.
//!
//! The header is checked against the config before anything is allocated: names, types, shapes and the file's length.

mod error;
mod plan;
mod read;
mod write;

pub use error::WeightsError;
pub use read::{WeightsReader, read};
pub use write::{Precision, serialized_len, write};

use super::Parameters;

/// How the tensors of a file are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// `DistilBERT`, with or without the prefix `distilbert.`.
    DistilBert,
    /// BERT, with or without the prefix `bert.`; token types are read so that they can be folded into the positions.
    Bert,
}

/// Weights as read.
#[derive(Debug)]
pub struct Weights {
    /// The weights; the head is zero where the file has none.
    pub parameters: Parameters,
    /// Whether the file holds a question-answering head.
    pub has_head: bool,
    /// Tensors that the model has no use for, in the order of the file.
    pub ignored: Vec<String>,
    /// Row 0 of a BERT's token type embeddings, `[dim]`; empty for `DistilBERT`.
    pub token_type: Vec<f32>,
}
