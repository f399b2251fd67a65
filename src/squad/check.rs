//! What is wrong with a dataset, as data; the page and the command line only show it.

use serde::{Deserialize, Serialize};

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// JSON path, for instance `data[0].paragraphs[0].qas[0].answers[0]`.
    pub path: String,
    /// What kind it is.
    pub kind: FindingKind,
    /// What happened, where, and what to do.
    pub message: String,
}

/// Kinds of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// The answer's text occurs in the context, elsewhere than `answer_start` says.
    OffsetShifted,
    /// The answer's text does not occur in the context.
    AnswerAbsent,
    /// The answer's text is empty.
    EmptyAnswer,
    /// Two questions share an id.
    DuplicateId,
    /// A field is missing or of the wrong type.
    Malformed,
}
