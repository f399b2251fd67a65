//! Mending of findings.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::check::{Finding, check};
use super::location::Location;
use super::schema::{Dataset, Question};

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

/// Applies the repair at a place to the questions of its paragraph; returns whether the place is there. Deleting moves what follows:
/// several repairs are applied in the order of [`last_first`].
pub fn apply(questions: &mut Vec<Question>, at: Location, repair: &Repair) -> bool {
    let Some(q) = at.question.filter(|q| *q < questions.len()) else { return false };
    match repair {
        Repair::SetId(id) => questions[q].id.clone_from(id),
        Repair::DeleteQuestion => drop(questions.remove(q)),
        Repair::SetStart(_) | Repair::SetAnswer { .. } | Repair::DeleteAnswer => {
            let answers = &mut questions[q].answers;
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

/// The repairs of findings that have one, with their places, from the last place to the first.
pub fn last_first<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<(Location, &'a Repair)> {
    let place = |finding: &'a Finding| Some((Location::parse(&finding.path)?, finding.repair.as_ref()?));
    let mut repairs: Vec<_> = findings.into_iter().filter_map(place).collect();
    repairs.sort_by_key(|(at, _)| Reverse(*at));
    repairs
}

/// Applies the repairs of these findings, whatever their order; returns how many.
pub fn apply_all<'a>(dataset: &mut Dataset, findings: impl IntoIterator<Item = &'a Finding>) -> usize {
    let mut is_applied = |(at, repair): &(Location, &Repair)| {
        let document = dataset.data.get_mut(at.document);
        let paragraph = document.and_then(|document| document.paragraphs.get_mut(at.paragraph));
        paragraph.is_some_and(|paragraph| apply(&mut paragraph.qas, *at, repair))
    };
    last_first(findings).iter().filter(|repair| is_applied(repair)).count()
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
