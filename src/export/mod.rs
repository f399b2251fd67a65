//! From the model to files: the zip, the model card, prediction files.

pub mod predictions;
