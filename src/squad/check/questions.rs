//! Findings about questions beside each other: ids, questions asked twice, answers that do not go together, and leaks.

use std::collections::{HashMap, HashSet};

use super::{Finding, FindingKind};
use crate::squad::location::Location;
use crate::squad::repair::Repair;
use crate::squad::schema::{Answer, Dataset, Paragraph, Question};

/// Share of the words of two questions that makes them much the same.
const ALIKE: f64 = 0.5;

/// The ids of a dataset.
pub(super) struct Ids<'a> {
    /// Where each was first seen, and the number that its next double gets.
    first: HashMap<&'a str, (Location, usize)>,
    taken: HashSet<String>,
}

impl<'a> Ids<'a> {
    /// Before the first question is looked at.
    pub(super) fn new(dataset: &'a Dataset) -> Self {
        let taken = dataset.questions().map(|(_, _, question)| question.id.clone()).collect();
        Self { first: HashMap::new(), taken }
    }

    /// An id that an earlier question has.
    pub(super) fn finding(&mut self, id: &'a str, at: Location) -> Option<Finding> {
        let Some((first, next)) = self.first.get_mut(id) else {
            self.first.insert(id, (at, 2));
            return None;
        };
        let message = format!("the id '{id}' is that of {first} too. Give it another.");
        let mut fresh = format!("{id}-{next}");
        while !self.taken.insert(fresh.clone()) {
            *next += 1;
            fresh = format!("{id}-{next}");
        }
        Some(Finding::new(at, FindingKind::DuplicateId, message).mended_by(Repair::SetId(fresh)))
    }
}

/// Words of a question, lower case, without marks.
fn words(question: &str) -> Vec<String> {
    let lower = question.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn span(answer: &Answer) -> std::ops::Range<usize> {
    answer.answer_start..answer.answer_start + answer.text.chars().count()
}

/// What one paragraph's questions say of each other.
pub(super) fn paragraph_findings(paragraph: &Paragraph, at: Location) -> Vec<Finding> {
    let asked: Vec<Vec<String>> = paragraph.qas.iter().map(|question| words(&question.question)).collect();
    let mut first: HashMap<&[String], usize> = HashMap::new();
    let mut findings = Vec::new();
    for (q, question) in paragraph.qas.iter().enumerate() {
        if asked[q].is_empty() {
            continue;
        }
        if let Some(other) = first.get(asked[q].as_slice()) {
            findings.extend(asked_twice(&paragraph.qas[*other], question, at.question(*other), at.question(q)));
            continue;
        }
        first.insert(&asked[q], q);
        let others = (0..q).filter(|other| alike(&asked[*other], &asked[q]));
        let odd = others.filter_map(|other| {
            boundary_finding(&paragraph.qas[other], question, at.question(other).answer(0), at.question(q).answer(0))
        });
        findings.extend(odd.take(1));
    }
    findings
}

fn asked_twice(first: &Question, second: &Question, first_at: Location, at: Location) -> Option<Finding> {
    let has_answer = |question: &Question| !question.answers.is_empty();
    let contradict = match (has_answer(first), has_answer(second)) {
        (true, true) => !first.answers.iter().any(|one| second.answers.iter().any(|other| in_common(one, other))),
        (one, other) => one != other && (first.is_unanswerable() || second.is_unanswerable()),
    };
    if contradict {
        let message =
            format!("{first_at} asks the same, and is answered otherwise. Keep the answer that is right in both.");
        return Some(Finding::new(at, FindingKind::ContradictoryAnswers, message));
    }
    // A question that waits for its answer says nothing yet.
    let is_settled = |question: &Question| has_answer(question) || question.is_unanswerable();
    let has_same = is_settled(first) && is_settled(second) && has_answer(first) == has_answer(second);
    let message = || format!("{first_at} asks the same of the same text. Delete one of them.");
    has_same.then(|| Finding::new(at, FindingKind::DuplicateQuestion, message()).mended_by(Repair::DeleteQuestion))
}

/// Whether two answers share a place in the text, or words.
fn in_common(one: &Answer, other: &Answer) -> bool {
    let (a, b) = (span(one), span(other));
    let share_a_word = || {
        let of_one = words(&one.text);
        words(&other.text).iter().any(|word| of_one.contains(word))
    };
    (a.start < b.end && b.start < a.end) || share_a_word()
}

/// Whether two questions have most of their words in common.
fn alike(one: &[String], other: &[String]) -> bool {
    let (one, other): (HashSet<&String>, HashSet<&String>) = (one.iter().collect(), other.iter().collect());
    let common = one.intersection(&other).count() as f64;
    common >= ALIKE * one.union(&other).count() as f64
}

/// First answers that begin or end at the same place, one inside the other.
fn boundary_finding(first: &Question, second: &Question, first_at: Location, at: Location) -> Option<Finding> {
    let (one, other) = (first.answers.first()?, second.answers.first()?);
    let (a, b) = (span(one), span(other));
    if (a.start == b.start) == (a.end == b.end) {
        return None;
    }
    let message = format!(
        "'{}' here and '{}' at {first_at} answer much the same question. Mark both alike, if they mean the same.",
        other.text, one.text
    );
    Some(Finding::new(at, FindingKind::InconsistentBoundary, message))
}

/// Contexts of `held_out` that `training` has as well: figures on them would flatter. Paths lead into `held_out`.
pub fn leaks(training: &Dataset, held_out: &Dataset) -> Vec<Finding> {
    let squeezed = |context: &str| context.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut seen = HashMap::new();
    for (d, document) in training.data.iter().enumerate() {
        for (p, paragraph) in document.paragraphs.iter().enumerate() {
            seen.entry(squeezed(&paragraph.context)).or_insert_with(|| Location::paragraph(d, p));
        }
    }
    let mut findings = Vec::new();
    for (d, document) in held_out.data.iter().enumerate() {
        for (p, paragraph) in document.paragraphs.iter().enumerate() {
            if let Some(first) = seen.get(&squeezed(&paragraph.context)) {
                let message = format!("this text is in the training data too, at {first}. Take it out of one of them.");
                findings.push(Finding::new(Location::paragraph(d, p), FindingKind::SplitLeak, message));
            }
        }
    }
    findings
}
