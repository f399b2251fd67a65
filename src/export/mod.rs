//! From the model to files: the zip, the model card, prediction files, the log of a run.

pub mod card;
pub mod predictions;
pub mod run_log;
pub mod zip;
