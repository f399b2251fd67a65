//! Tokenizer, windows and labels.

mod features;
mod tokenizer;
