//! What is wrong with a dataset, as data; the page and the command line only show it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::offsets::{byte_from_char, char_from_byte, char_from_grapheme, char_from_utf16};
use super::schema::{Answer, Dataset};

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
    /// `answer_start` counts UTF-16 units.
    OffsetUtf16,
    /// `answer_start` counts bytes.
    OffsetBytes,
    /// `answer_start` counts grapheme clusters.
    OffsetGraphemes,
    /// The answer's text occurs in the context, elsewhere than `answer_start` says.
    OffsetShifted,
    /// The context has the answer in another case.
    CaseDiffers,
    /// The answer's text does not occur in the context.
    AnswerAbsent,
    /// The answer's text is empty, or a question has none though it is not marked as unanswerable.
    EmptyAnswer,
    /// White space at an answer's edge.
    EdgeWhitespace,
    /// Two questions share an id.
    DuplicateId,
    /// A field is missing or of the wrong type, or a question cannot be used.
    Malformed,
}

/// JSON path of an answer.
pub fn answer_path(document: usize, paragraph: usize, question: usize, answer: usize) -> String {
    format!("data[{document}].paragraphs[{paragraph}].qas[{question}].answers[{answer}]")
}

/// What is wrong with the place of an answer: `None` where the context has its text exactly at `answer_start`.
pub fn answer_finding(context: &str, answer: &Answer, path: &str) -> Option<Finding> {
    let (text, start) = (answer.text.as_str(), answer.answer_start);
    let stands_at = |at: Option<usize>| {
        at.and_then(|at| byte_from_char(context, at)).is_some_and(|byte| context[byte..].starts_with(text))
    };
    let finding =
        |kind, message: String| Some(Finding { path: path.to_owned(), kind, message: format!("{path}: {message}") });
    if text.is_empty() {
        return finding(FindingKind::EmptyAnswer, "the answer is empty. Mark it again, or delete it.".to_owned());
    }
    if stands_at(Some(start)) {
        return None;
    }
    let otherwise = [
        (FindingKind::OffsetUtf16, char_from_utf16(context, start), "UTF-16 units"),
        (FindingKind::OffsetBytes, char_from_byte(context, start), "bytes"),
        (FindingKind::OffsetGraphemes, char_from_grapheme(context, start), "grapheme clusters"),
    ];
    for (kind, at, counted) in otherwise {
        if let Some(place) = at.filter(|_| stands_at(at)) {
            let message = format!(
                "answer_start {start} counts {counted}; in characters '{text}' stands at {place}. Use {place}."
            );
            return finding(kind, message);
        }
    }
    if let Some(place) = nearest(context, text, start) {
        let message = format!("'{text}' does not stand at character {start}, but at {place}. Use {place}.");
        return finding(FindingKind::OffsetShifted, message);
    }
    if context.to_lowercase().contains(&text.to_lowercase()) {
        let message =
            format!("the text has '{text}' in other upper and lower case. Mark the answer in the text again.");
        return finding(FindingKind::CaseDiffers, message);
    }
    let message = format!("'{text}' is not in the text. Mark the answer in the text again, or delete it.");
    finding(FindingKind::AnswerAbsent, message)
}

/// Character at which the occurrence of `text` nearest to `start` begins.
fn nearest(context: &str, text: &str, start: usize) -> Option<usize> {
    // Counted on from one occurrence to the next: a common letter occurs thousands of times.
    let (mut seen, mut place) = (0, 0);
    let places = context.match_indices(text).map(|(byte, _)| {
        place += context[seen..byte].chars().count();
        seen = byte;
        place
    });
    places.min_by_key(|place| place.abs_diff(start))
}

/// Everything that is wrong with a dataset, in the order of the file.
pub fn check(dataset: &Dataset) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut ids: HashMap<&str, String> = HashMap::new();
    for (d, document) in dataset.data.iter().enumerate() {
        for (p, paragraph) in document.paragraphs.iter().enumerate() {
            for (q, question) in paragraph.qas.iter().enumerate() {
                let path = format!("data[{d}].paragraphs[{p}].qas[{q}]");
                if let Some(first) = ids.get(question.id.as_str()) {
                    let message = format!("{path}: the id '{}' is that of {first} too. Give it another.", question.id);
                    findings.push(Finding { path: path.clone(), kind: FindingKind::DuplicateId, message });
                } else {
                    ids.insert(&question.id, path.clone());
                }
                if question.answers.is_empty() && !question.is_unanswerable() {
                    let message = format!("{path} has no answer yet: mark one, or mark that the text has none.");
                    findings.push(Finding { path, kind: FindingKind::EmptyAnswer, message });
                }
                for (a, answer) in question.answers.iter().enumerate() {
                    let path = answer_path(d, p, q, a);
                    let trimmed = answer.text.trim();
                    if let Some(finding) = answer_finding(&paragraph.context, answer, &path) {
                        findings.push(finding);
                    } else if trimmed.len() < answer.text.len() {
                        let message =
                            format!("{path}: the answer has white space at its edge. Mark '{trimmed}' alone.");
                        findings.push(Finding { path, kind: FindingKind::EdgeWhitespace, message });
                    }
                }
            }
        }
    }
    findings
}
