//! What is wrong with a dataset, as data: where, what, and how it can be mended. The page and the command line only show it.

mod answers;
mod fold;
mod questions;
mod words;

use serde::{Deserialize, Serialize};

use super::location::Location;
use super::repair::Repair;
use super::schema::Dataset;

pub use answers::answer_finding;
pub use questions::leaks;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// JSON path, for instance `data[0].paragraphs[0].qas[0].answers[0]`.
    pub path: String,
    /// What kind it is.
    pub kind: FindingKind,
    /// What happened, where, and what to do.
    pub message: String,
    /// What would mend it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repair: Option<Repair>,
}

impl Finding {
    /// A finding at a path; the message begins with the path.
    pub fn new(path: impl Into<String>, kind: FindingKind, message: impl AsRef<str>) -> Self {
        let path = path.into();
        let message = format!("{path}: {}", message.as_ref());
        Self { path, kind, message, repair: None }
    }

    /// The same with what would mend it.
    #[must_use]
    pub fn mended_by(self, repair: Repair) -> Self {
        Self { repair: Some(repair), ..self }
    }
}

/// Kinds of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// `answer_start` counts UTF-16 units.
    OffsetUtf16,
    /// `answer_start` counts bytes.
    OffsetBytes,
    /// `answer_start` counts grapheme clusters.
    OffsetGraphemes,
    /// The answer's text occurs in the context, elsewhere than `answer_start` says.
    OffsetShifted,
    /// The context has the answer in other composition, compatibility form or white space.
    NormalisationDiffers,
    /// The context has the answer in another case.
    CaseDiffers,
    /// The answer's text does not occur in the context.
    AnswerAbsent,
    /// The answer's text is empty, or a question has none though it is not marked as unanswerable.
    EmptyAnswer,
    /// The answer is the whole context.
    WholeContext,
    /// White space at an answer's edge.
    EdgeWhitespace,
    /// The answer begins or ends inside a word, which no model can answer to the letter.
    InsideToken,
    /// Two answers to much the same question begin or end at the same place and differ in length.
    InconsistentBoundary,
    /// The answer is longer than models are asked for by habit.
    AnswerTooLong,
    /// The context does not fit one window.
    ContextTooLong,
    /// Two questions share an id.
    DuplicateId,
    /// The same question about the same context, with the same answer.
    DuplicateQuestion,
    /// The same question about the same context, with answers that have nothing in common.
    ContradictoryAnswers,
    /// The same context in the training and in the held-out data.
    SplitLeak,
    /// A field is missing or of the wrong type, or a question cannot be used.
    Malformed,
}

impl FindingKind {
    /// Whether it is worth knowing rather than wrong.
    pub fn is_note(self) -> bool {
        matches!(
            self,
            Self::AnswerTooLong
                | Self::ContextTooLong
                | Self::DuplicateQuestion
                | Self::InconsistentBoundary
                | Self::InsideToken
                | Self::WholeContext
        )
    }

    /// Whether its repair gives back what was meant, so that all of them may be mended unseen.
    pub fn is_mended_unseen(self) -> bool {
        matches!(
            self,
            Self::OffsetUtf16
                | Self::OffsetBytes
                | Self::OffsetGraphemes
                | Self::OffsetShifted
                | Self::NormalisationDiffers
                | Self::CaseDiffers
                | Self::EdgeWhitespace
                | Self::DuplicateId
        )
    }
}

/// Everything that is wrong with a dataset, in the order of the file.
pub fn check(dataset: &Dataset) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut ids = questions::Ids::new(dataset);
    for (d, document) in dataset.data.iter().enumerate() {
        for (p, paragraph) in document.paragraphs.iter().enumerate() {
            let at = Location::paragraph(d, p);
            findings.extend(words::context_finding(&paragraph.context, at));
            for (q, question) in paragraph.qas.iter().enumerate() {
                let at = at.question(q);
                findings.extend(ids.finding(&question.id, at));
                if question.answers.is_empty() && !question.is_unanswerable() {
                    let message = "the question has no answer yet. Mark one, or mark that the text has none.";
                    findings.push(Finding::new(at, FindingKind::EmptyAnswer, message));
                }
                for (a, answer) in question.answers.iter().enumerate() {
                    let at = at.answer(a);
                    match answer_finding(&paragraph.context, answer, at) {
                        Some(finding) => findings.push(finding),
                        None => findings.extend(answers::form_finding(&paragraph.context, answer, at)),
                    }
                }
            }
            findings.extend(questions::paragraph_findings(paragraph, at));
        }
    }
    findings
}
