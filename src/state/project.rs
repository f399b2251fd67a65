//! The project: the questions that are trained on, and those held back.

use crate::squad::Dataset;
use crate::squad::check::Finding;

/// What the person works on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Project {
    /// Name of the file, or of the sample.
    pub name: String,
    /// The questions that are trained on.
    pub dataset: Dataset,
    /// What is wrong with them.
    pub findings: Vec<Finding>,
    /// Questions that are held back from training and measured on.
    pub held_out: Option<HeldOut>,
    /// Whether this is the sample: the Train view then offers the article's settings.
    pub is_sample: bool,
}

/// Questions held back from training.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeldOut {
    /// Name of the file, or of the sample.
    pub name: String,
    /// The questions.
    pub dataset: Dataset,
}
