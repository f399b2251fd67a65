//! Findings as the page lists them: where they lead, and their repairs.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::history::{Change, Step};
use super::{Place, Project};
use crate::squad::check::{Finding, FindingKind};
use crate::squad::offsets::slice;
use crate::squad::repair::{Repair, apply, last_first};
use crate::squad::{Dataset, Location, Question};

/// Place that a finding's JSON path names.
pub fn place_of(path: &str) -> Option<Place> {
    let Location { document, paragraph, question, .. } = Location::parse(path)?;
    Some(Place { question, ..Place::of_paragraph(document, paragraph) })
}

/// A finding's message without the path in front of it, which the list shows beside it.
pub fn message_alone(finding: &Finding) -> &str {
    let rest = finding.message.strip_prefix(finding.path.as_str()).unwrap_or(&finding.message);
    rest.trim_start_matches([':', ' '])
}

/// Whether a finding only says that work is left, rather than that something is wrong.
pub fn is_unfinished(finding: &Finding) -> bool {
    finding.kind == FindingKind::EmptyAnswer && !finding.path.contains(".answers[")
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Something is wrong.
    Fault,
    /// Something is worth knowing.
    Note,
    /// Work is left.
    Unfinished,
}

/// How much a finding matters.
pub fn weight(finding: &Finding) -> Weight {
    match finding.kind {
        _ if is_unfinished(finding) => Weight::Unfinished,
        kind if kind.is_note() => Weight::Note,
        _ => Weight::Fault,
    }
}

/// What the list shows of the findings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listed {
    /// Numbers of faults, of notes, and of what is left to do.
    pub counts: [usize; 3],
    /// Kinds with more than one repair, and how many those are.
    pub repairs: Vec<(FindingKind, usize)>,
    /// The first: what is wrong, what is worth knowing, what is left to do.
    pub first: Vec<Finding>,
    /// Those besides.
    pub more: usize,
}

/// What a list of `most` shows: a dataset may have a hundred thousand findings, and all are looked at after each letter typed.
pub fn listed(findings: &[Finding], most: usize) -> Listed {
    let mut listed = Listed::default();
    let mut first: [Vec<&Finding>; 3] = Default::default();
    for finding in findings {
        let weight = weight(finding) as usize;
        listed.counts[weight] += 1;
        if first[weight].len() < most {
            first[weight].push(finding);
        }
        if finding.repair.is_some() {
            match listed.repairs.iter_mut().find(|(kind, _)| *kind == finding.kind) {
                Some((_, count)) => *count += 1,
                None => listed.repairs.push((finding.kind, 1)),
            }
        }
    }
    listed.repairs.retain(|(_, count)| *count > 1);
    listed.first = first.into_iter().flatten().take(most).cloned().collect();
    listed.more = findings.len() - listed.first.len();
    listed
}

/// What a repair changes, as it is now and as it would be, a few words around it.
pub fn before_and_after(dataset: &Dataset, finding: &Finding) -> Option<(String, String)> {
    let (at, repair) = (Location::parse(&finding.path)?, finding.repair.as_ref()?);
    let paragraph = dataset.data.get(at.document)?.paragraphs.get(at.paragraph)?;
    let question = paragraph.qas.get(at.question?)?;
    let answer = || question.answers.get(at.answer?);
    let marked = |start: usize, text: &str| {
        let end = start.saturating_add(text.chars().count()).min(paragraph.context.chars().count());
        let shown = slice(&paragraph.context, start.min(end), end).unwrap_or_default();
        format!("{start}: {shown}")
    };
    Some(match repair {
        Repair::SetStart(start) => {
            let answer = answer()?;
            (marked(answer.answer_start, &answer.text), marked(*start, &answer.text))
        }
        Repair::SetAnswer { text, answer_start } => {
            let answer = answer()?;
            (format!("{}: {}", answer.answer_start, answer.text), format!("{answer_start}: {text}"))
        }
        Repair::DeleteAnswer => (answer()?.text.clone(), String::new()),
        Repair::SetId(id) => (question.id.clone(), id.clone()),
        Repair::DeleteQuestion => (question.question.clone(), String::new()),
    })
}

impl Project {
    /// Applies the repairs of these findings, as one step. Returns how many there were.
    pub fn repair(&mut self, findings: &[Finding]) -> usize {
        if self.is_read_only {
            return 0;
        }
        let mut mended = 0;
        let mut paragraphs: BTreeMap<(usize, usize), Vec<Question>> = BTreeMap::new();
        for (at, repair) in last_first(findings) {
            let questions = match paragraphs.entry((at.document, at.paragraph)) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let Some(paragraph) = self.paragraph_at(Place::of_paragraph(at.document, at.paragraph)) else {
                        continue;
                    };
                    new.insert(paragraph.qas.clone())
                }
            };
            mended += usize::from(apply(questions, at, repair));
        }
        if mended > 0 {
            let placed = |((document, paragraph), questions)| (Place::of_paragraph(document, paragraph), questions);
            let change = Change::Questions(paragraphs.into_iter().map(placed).collect());
            self.make(Step { what: "repair", change, place: self.place, merge: None });
        }
        mended
    }

    /// Repairs everything of a kind.
    pub fn repair_all(&mut self, kind: FindingKind) -> usize {
        let findings: Vec<Finding> = self.findings.iter().filter(|finding| finding.kind == kind).cloned().collect();
        self.repair(&findings)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::super::tests::{answer, project};
    use super::*;
    use crate::squad::check::check;

    #[test]
    fn paths_lead_to_their_place() {
        let place = place_of("data[3].paragraphs[12].qas[0].answers[1]");
        assert_eq!(place, Some(Place { question: Some(0), ..Place::of_paragraph(3, 12) }));
        assert_eq!(place_of("version"), None);
        assert_eq!(place_of("data[x].paragraphs[0]"), None);
    }

    #[test]
    fn the_list_shows_what_is_wrong_first_and_each_path_once() {
        let mut project = project(&[&[("Lech won 3-0.", 2)]]);
        project.dataset.data[0].paragraphs[0].qas[1].answers.push(answer("5-1", 9));
        project.check_everything();
        let Listed { counts, first: listed, more, .. } = listed(&project.findings, 9);
        assert_eq!((counts, more), ([1, 0, 1], 0));
        let kinds: Vec<FindingKind> = listed.iter().map(|finding| finding.kind).collect();
        assert_eq!(kinds, [FindingKind::AnswerAbsent, FindingKind::EmptyAnswer]);
        assert!(message_alone(&listed[0]).starts_with("'5-1' is not in the text"), "{}", message_alone(&listed[0]));
        assert!(
            message_alone(&listed[1]).starts_with("the question has no answer yet"),
            "{}",
            message_alone(&listed[1])
        );
    }

    #[test]
    fn of_many_findings_the_first_are_listed_and_all_are_counted() {
        let mut project = project(&[&vec![("Lech won 3-0.", 3); 40]]);
        for paragraph in &mut project.dataset.data[0].paragraphs {
            paragraph.qas[1].answers = vec![answer("lech", 0)];
            paragraph.qas[2].answers = vec![answer("ech", 1)];
        }
        project.check_everything();
        let Listed { counts, repairs, first, more } = listed(&project.findings, 50);
        assert_eq!((counts, more), ([40, 40, 40], 70));
        assert_eq!(repairs, [(FindingKind::CaseDiffers, 40), (FindingKind::InsideToken, 40)]);
        let weights: Vec<Weight> = first.iter().map(weight).collect();
        assert_eq!(weights, [vec![Weight::Fault; 40], vec![Weight::Note; 10]].concat());
        assert_eq!(listed(&[], 50), Listed::default());
    }

    #[test]
    fn repairs_show_what_they_change_and_are_one_step_each() {
        let mut project = project(&[&[("Lech won 3-0.", 2)]]);
        let questions = &mut project.dataset.data[0].paragraphs[0].qas;
        questions[0].answers = vec![answer("3-0", 5)];
        questions[1].answers = vec![answer("lech", 0)];
        let damaged = project.dataset.clone();
        project.check_everything();
        let shifted = project.findings[0].clone();
        let change = before_and_after(&project.dataset, &shifted);
        assert_eq!(change, Some(("5: won".to_owned(), "9: 3-0".to_owned())));
        assert_eq!(before_and_after(&project.dataset, &project.findings[1]).unwrap().1, "0: Lech");
        assert_eq!(project.repair(&[shifted]), 1);
        assert_eq!(project.dataset.data[0].paragraphs[0].qas[0].answers, [answer("3-0", 9)]);
        assert_eq!(project.repair_all(FindingKind::CaseDiffers), 1);
        assert_eq!(project.findings, []);
        assert_eq!((project.undo(), project.undo()), (Some("repair"), Some("repair")));
        assert!(project.dataset == damaged && project.findings.len() == 2);
        assert_eq!(project.repair_all(FindingKind::EmptyAnswer), 0);
        project.is_read_only = true;
        assert_eq!(project.repair_all(FindingKind::CaseDiffers), 0, "another tab has the project");
    }

    #[test]
    fn a_repair_of_many_paragraphs_changes_those_alone_and_gives_what_the_whole_check_gives() {
        let paragraphs = vec![("Lech won 3-0.", 2); 50];
        let mut project = project(&[&paragraphs, &paragraphs]);
        for (number, paragraph) in project.dataset.data.iter_mut().flat_map(|d| &mut d.paragraphs).enumerate() {
            paragraph.qas[0].answers = vec![answer("3-0", if number % 2 == 0 { 5 } else { 9 })];
            // Two that are deleted from one paragraph, and a repair that brings another finding to light.
            paragraph.qas[1].answers = vec![answer("", 0), answer("lech ", 3), answer("", 0)];
        }
        project.check_everything();
        let damaged = (project.dataset.clone(), project.findings.clone());
        for (kind, count) in
            [(FindingKind::OffsetShifted, 50), (FindingKind::EmptyAnswer, 200), (FindingKind::CaseDiffers, 100)]
        {
            assert_eq!(project.repair_all(kind), count, "{kind:?}");
            assert_eq!(project.findings, check(&project.dataset), "{kind:?}");
        }
        assert_eq!(project.repair_all(FindingKind::EdgeWhitespace), 100);
        assert_eq!(project.findings, []);
        for _ in 0..4 {
            assert_eq!(project.undo(), Some("repair"));
        }
        assert_eq!((&project.dataset, &project.findings), (&damaged.0, &damaged.1));
    }
}
