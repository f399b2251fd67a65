//! From the model to files: the zip, the model card, prediction files.

pub mod card;
pub mod predictions;
pub mod zip;
