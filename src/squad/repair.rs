//! Mending of findings.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::check::{Finding, check};
use super::location::Location;
use super::schema::Dataset;

/// What would mend a finding, at the place that its path names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repair {
    /// The answer begins at this character.
    SetStart(usize),
    /// The answer is this text, beginning at this character.
    SetAnswer {
        /// Text of the context.
        text: String,
        /// Where it begins.
        answer_start: usize,
    },
    /// The answer goes away.
    DeleteAnswer,
    /// The question gets this id.
    SetId(String),
    /// The question goes away.
    DeleteQuestion,
}

/// Applies a finding's repair; returns whether there was one, and its place still exists. Deleting moves what follows: several repairs
/// are applied from the last place to the first.
pub fn apply(dataset: &mut Dataset, finding: &Finding) -> bool {
    let (Some(repair), Some(at)) = (&finding.repair, Location::parse(&finding.path)) else { return false };
    let document = dataset.data.get_mut(at.document);
    let Some(paragraph) = document.and_then(|document| document.paragraphs.get_mut(at.paragraph)) else { return false };
    let Some(q) = at.question.filter(|q| *q < paragraph.qas.len()) else { return false };
    match repair {
        Repair::SetId(id) => paragraph.qas[q].id.clone_from(id),
        Repair::DeleteQuestion => drop(paragraph.qas.remove(q)),
        Repair::SetStart(_) | Repair::SetAnswer { .. } | Repair::DeleteAnswer => {
            let answers = &mut paragraph.qas[q].answers;
            let Some(a) = at.answer.filter(|a| *a < answers.len()) else { return false };
            match repair {
                Repair::SetStart(start) => answers[a].answer_start = *start,
                Repair::SetAnswer { text, answer_start } => {
                    answers[a].text.clone_from(text);
                    answers[a].answer_start = *answer_start;
                }
                _ => drop(answers.remove(a)),
            }
        }
    }
    true
}

/// Applies the repairs of these findings, whatever their order; returns how many.
pub fn apply_all<'a>(dataset: &mut Dataset, findings: impl IntoIterator<Item = &'a Finding>) -> usize {
    let mut findings: Vec<&Finding> = findings.into_iter().collect();
    findings.sort_by_key(|finding| Reverse(Location::parse(&finding.path)));
    findings.into_iter().filter(|finding| apply(dataset, finding)).count()
}

/// Mends everything that can be mended unseen; returns how many findings that were. One repair may bring another to light: an answer
/// that is found in its text may have white space at its edge there.
pub fn mend(dataset: &mut Dataset) -> usize {
    const ROUNDS: usize = 3;
    let mut mended = 0;
    for _ in 0..ROUNDS {
        let findings = check(dataset);
        let round = apply_all(dataset, findings.iter().filter(|finding| finding.kind.is_mended_unseen()));
        mended += round;
        if round == 0 {
            break;
        }
    }
    mended
}
