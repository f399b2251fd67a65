//! From text to token ids: the tokenizer, the windows of a question over its context, the packed batch.

pub mod batch;
pub mod features;
pub mod tokenizer;
