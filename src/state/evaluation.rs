//! An evaluation before and after, as the Evaluate view shows it.

/// The newest evaluation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {}
