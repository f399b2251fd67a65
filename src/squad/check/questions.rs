//! Findings about questions beside each other: ids, questions asked twice, answers that do not go together, and leaks.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use super::{Finding, FindingKind};
use crate::squad::location::Location;
use crate::squad::repair::Repair;
use crate::squad::schema::{Answer, Dataset, Paragraph, Question};

/// Share of the words of two questions that makes them much the same.
const ALIKE: f64 = 0.5;

/// Questions that one is compared with at most: more than share an edge of an answer in any real paragraph, and a bound that keeps
/// the work linear in a made one.
const COMPARED_MAX: usize = 100;

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

fn span(answer: &Answer) -> Range<usize> {
    answer.answer_start..answer.answer_start.saturating_add(answer.text.chars().count())
}

/// What one paragraph's questions say of each other.
pub(super) fn paragraph_findings(paragraph: &Paragraph, at: Location) -> Vec<Finding> {
    Asked::new(paragraph).findings(at)
}

/// The questions of a paragraph, and what was seen of them so far.
struct Asked<'a> {
    questions: &'a [Question],
    /// The words of each, in order.
    words: Vec<Vec<String>>,
    /// First answers that begin at a place: by the place where they end, the questions in order.
    by_start: HashMap<usize, BTreeMap<usize, Vec<usize>>>,
    /// First answers that end at a place, by the place where they begin.
    by_end: HashMap<usize, BTreeMap<usize, Vec<usize>>>,
    /// Pairs of questions whose words were compared.
    compared: usize,
}

impl<'a> Asked<'a> {
    fn new(paragraph: &'a Paragraph) -> Self {
        let questions = paragraph.qas.as_slice();
        let words = questions.iter().map(|question| words(&question.question)).collect();
        Self { questions, words, by_start: HashMap::new(), by_end: HashMap::new(), compared: 0 }
    }

    fn findings(&mut self, at: Location) -> Vec<Finding> {
        let mut first: HashMap<Vec<String>, usize> = HashMap::new();
        let mut findings = Vec::new();
        for (q, question) in self.questions.iter().enumerate() {
            if self.words[q].is_empty() {
                continue;
            }
            if let Some(other) = first.get(&self.words[q]) {
                findings.extend(asked_twice(&self.questions[*other], question, at.question(*other), at.question(q)));
            } else {
                first.insert(self.words[q].clone(), q);
                let odd = self.first_of_other_bounds(q);
                findings.extend(odd.and_then(|other| {
                    let places = [other, q].map(|question| at.question(question).answer(0));
                    boundary_finding(&self.questions[other], question, places)
                }));
            }
            self.remember(q);
        }
        findings
    }

    /// The first question before that is much the same, and whose answer begins or ends where this one's does, but not both.
    fn first_of_other_bounds(&mut self, q: usize) -> Option<usize> {
        let span = span(self.questions[q].answers.first()?);
        let others = |of: Option<&'_ BTreeMap<usize, Vec<usize>>>, own: usize| -> Vec<usize> {
            let others = of.into_iter().flatten().filter(|(other, _)| **other != own);
            others.flat_map(|(_, questions)| questions).copied().take(COMPARED_MAX).collect()
        };
        let mut candidates = others(self.by_start.get(&span.start), span.end);
        candidates.extend(others(self.by_end.get(&span.end), span.start));
        candidates.sort_unstable();
        let own: HashSet<&String> = self.words[q].iter().collect();
        let mut compared = 0;
        let found = candidates.into_iter().take(COMPARED_MAX).find(|other| {
            compared += 1;
            alike(&own, &self.words[*other])
        });
        self.compared += compared;
        found
    }

    fn remember(&mut self, q: usize) {
        if let Some(answer) = self.questions[q].answers.first() {
            let Range { start, end } = span(answer);
            self.by_start.entry(start).or_default().entry(end).or_default().push(q);
            self.by_end.entry(end).or_default().entry(start).or_default().push(q);
        }
    }
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
fn alike(one: &HashSet<&String>, other: &[String]) -> bool {
    let other: HashSet<&String> = other.iter().collect();
    let common = one.intersection(&other).count();
    let all = one.len() + other.len() - common;
    common as f64 >= ALIKE * all as f64
}

/// First answers that begin or end at the same place, one inside the other.
fn boundary_finding(first: &Question, second: &Question, [first_at, at]: [Location; 2]) -> Option<Finding> {
    let (one, other) = (first.answers.first()?, second.answers.first()?);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A question with its first answer: where it begins, and how long it is.
    fn asked(question: &str, answer: Option<(usize, usize)>) -> Question {
        let answer =
            answer.map(|(answer_start, length)| Answer { text: "x".repeat(length), answer_start, ..Answer::default() });
        Question { question: question.to_owned(), answers: answer.into_iter().collect(), ..Question::default() }
    }

    fn paragraph(qas: Vec<Question>) -> Paragraph {
        Paragraph { context: "x".repeat(99), qas, ..Paragraph::default() }
    }

    /// The same findings, each question compared with all before it.
    fn by_all_pairs(paragraph: &Paragraph, at: Location) -> Vec<Finding> {
        let asked: Vec<Vec<String>> = paragraph.qas.iter().map(|question| words(&question.question)).collect();
        let mut findings = Vec::new();
        for (q, question) in paragraph.qas.iter().enumerate().filter(|(q, _)| !asked[*q].is_empty()) {
            if let Some(other) = (0..q).find(|other| asked[*other] == asked[q]) {
                findings.extend(asked_twice(&paragraph.qas[other], question, at.question(other), at.question(q)));
                continue;
            }
            let is_odd = |other: &usize| {
                let answers = (paragraph.qas[*other].answers.first(), question.answers.first());
                let (Some(one), Some(two)) = answers else { return false };
                let (one, two) = (span(one), span(two));
                (one.start == two.start) != (one.end == two.end) && alike(&asked[*other].iter().collect(), &asked[q])
            };
            findings.extend((0..q).find(is_odd).and_then(|other| {
                let places = [other, q].map(|question| at.question(question).answer(0));
                boundary_finding(&paragraph.qas[other], question, places)
            }));
        }
        findings
    }

    #[test]
    fn the_work_grows_with_the_questions_and_not_with_their_pairs() {
        const COUNT: usize = 20_000;
        let at = Location::paragraph(0, 0);
        let all = |one: &dyn Fn(usize) -> Question| {
            let paragraph = paragraph((0..COUNT).map(one).collect());
            let mut asked = Asked::new(&paragraph);
            let findings = asked.findings(at).len();
            (findings, asked.compared)
        };
        // No answers; one answer to all; two answers to alike questions: the first pair tells.
        assert_eq!(all(&|i| asked(&format!("What is it {i}?"), None)), (0, 0));
        assert_eq!(all(&|i| asked(&format!("What is it {i}?"), Some((3, 4)))), (0, 0));
        assert_eq!(all(&|i| asked(&format!("What is it {i}?"), Some((3, 4 + i % 2)))), (COUNT - 1, COUNT - 1));
        // Answers of many lengths that all begin at one place, to questions that share no word but one.
        let (findings, compared) = all(&|i| asked(&format!("What a{i} b{i} c{i}?"), Some((3, 1 + i % 200))));
        assert_eq!(findings, 0);
        assert!(compared <= COUNT * COMPARED_MAX, "{compared} comparisons");
    }

    #[test]
    fn a_place_beyond_every_text_is_no_fault_of_the_check() {
        let far = || asked("What is it now?", Some((usize::MAX, 2)));
        let two = paragraph(vec![far(), asked("What is it then?", Some((usize::MAX, 1))), far()]);
        assert_eq!(paragraph_findings(&two, Location::paragraph(0, 0)).len(), 1, "asked twice");
    }

    fn any_question() -> impl Strategy<Value = Question> {
        let answer = prop::option::weighted(0.8, (0usize..4, 1usize..4));
        ("[ab ]{0,4}( what| is| it){0,3}", answer, any::<bool>()).prop_map(|(question, answer, is_impossible)| {
            let is_impossible = (answer.is_none() && is_impossible).then_some(true);
            Question { is_impossible, ..asked(&question, answer) }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn the_findings_are_those_of_all_pairs(questions in prop::collection::vec(any_question(), 0..60)) {
            let (paragraph, at) = (paragraph(questions), Location::paragraph(2, 1));
            prop_assert_eq!(paragraph_findings(&paragraph, at), by_all_pairs(&paragraph, at));
        }
    }
}
