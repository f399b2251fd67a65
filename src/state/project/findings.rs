//! Findings as the page lists them: where they lead, and how they are kept up to date while the person works.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::history::{Change, Step};
use super::{Place, Project};
use crate::squad::check::{Finding, FindingKind, check};
use crate::squad::offsets::slice;
use crate::squad::repair::{Repair, apply, last_first};
use crate::squad::{Dataset, Document, Location, Question};

/// Paragraphs, by document and by index in it.
type Places = BTreeSet<(usize, usize)>;

/// Place that a finding's JSON path names.
pub fn place_of(path: &str) -> Option<Place> {
    let Location { document, paragraph, question, .. } = Location::parse(path)?;
    Some(Place { question, ..Place::of_paragraph(document, paragraph) })
}

fn paragraph_of(finding: &Finding) -> Option<(usize, usize)> {
    Location::parse(&finding.path).map(|at| (at.document, at.paragraph))
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

    /// Checks again what a change of some paragraphs may have changed: these paragraphs alone, unless an id that came or went is one
    /// of several, or was.
    pub(super) fn check_after(&mut self, places: impl IntoIterator<Item = Place>, changed: &HashSet<String>) {
        let places = places.into_iter().map(|place| (place.document, place.paragraph)).collect();
        let is_alone = changed.is_empty() || self.is_alone(&places, changed);
        if is_alone { self.check_paragraphs(&places) } else { self.check_everything() }
    }

    /// Whether the ids that came into paragraphs are nowhere else, those that went are gone, and none in them is one of several.
    fn is_alone(&self, places: &Places, changed: &HashSet<String>) -> bool {
        let is_double =
            |f: &Finding| f.kind == FindingKind::DuplicateId && paragraph_of(f).is_some_and(|at| places.contains(&at));
        if self.findings.iter().any(is_double) {
            return false;
        }
        let mut times: HashMap<&str, usize> = changed.iter().map(|id| (id.as_str(), 0)).collect();
        for (_, _, question) in self.dataset.questions() {
            if let Some(times) = times.get_mut(question.id.as_str()) {
                *times += 1;
            }
        }
        let here = places
            .iter()
            .filter_map(|(document, paragraph)| self.paragraph_at(Place::of_paragraph(*document, *paragraph)));
        let here: HashSet<&str> =
            here.flat_map(|paragraph| &paragraph.qas).map(|question| question.id.as_str()).collect();
        times.into_iter().all(|(id, times)| times == usize::from(here.contains(id)))
    }

    /// Checks again what documents that came in the place of others may have changed: those documents alone, unless an id is one of
    /// several, or was. `went` documents from `from` on made way for `came`.
    pub(super) fn check_documents(&mut self, from: usize, went: usize, came: usize) {
        let new = self.dataset.data.get(from..from + came).unwrap_or_default();
        let ids = new.iter().flat_map(|document| &document.paragraphs).flat_map(|paragraph| &paragraph.qas);
        let mut times: HashMap<&str, usize> = ids.map(|question| (question.id.as_str(), 0)).collect();
        for (_, _, question) in self.dataset.questions() {
            if let Some(times) = times.get_mut(question.id.as_str()) {
                *times += 1;
            }
        }
        let is_double = |finding: &Finding| finding.kind == FindingKind::DuplicateId;
        if times.values().any(|times| *times > 1) || self.findings.iter().any(is_double) {
            self.check_everything();
            return;
        }
        let places = (from..from + new.len())
            .zip(new)
            .flat_map(|(document, new)| (0..new.paragraphs.len()).map(move |paragraph| (document, paragraph)));
        let mut here = Some(places.flat_map(|place| self.check_alone(place)).collect::<Vec<_>>());
        let mut findings = Vec::with_capacity(self.findings.len());
        for mut finding in std::mem::take(&mut self.findings) {
            let at = Location::parse(&finding.path).filter(|_| finding.kind != FindingKind::Malformed);
            if let Some(at) = at.filter(|at| at.document >= from) {
                findings.extend(here.take().into_iter().flatten());
                if at.document < from + went {
                    continue;
                }
                finding.follow_document(at.document, at.document - went + came);
            }
            findings.push(finding);
        }
        findings.extend(here.into_iter().flatten());
        self.findings = findings;
    }

    /// Checks the whole dataset again. What only the reading of a file can tell is kept.
    pub(super) fn check_everything(&mut self) {
        let from_file = self.findings.drain(..).filter(|finding| finding.kind == FindingKind::Malformed);
        let mut findings: Vec<Finding> = from_file.collect();
        findings.extend(check(&self.dataset));
        self.findings = findings;
        self.count_everything();
    }

    /// Checks some paragraphs again: their ids are the same as before, or nobody else has them, so that none can clash anew.
    fn check_paragraphs(&mut self, places: &Places) {
        let mut waiting =
            places.iter().map(|place| (*place, self.check_alone(*place))).collect::<Vec<_>>().into_iter().peekable();
        let mut findings = Vec::with_capacity(self.findings.len());
        for finding in std::mem::take(&mut self.findings) {
            let stays = matches!(finding.kind, FindingKind::DuplicateId | FindingKind::Malformed);
            // What the reading of a file told stands in front, whatever its place.
            let at = paragraph_of(&finding).filter(|_| finding.kind != FindingKind::Malformed);
            while let Some((_, here)) = waiting.next_if(|(place, _)| at.is_some_and(|at| *place < at)) {
                findings.extend(here);
            }
            if stays || at.is_none_or(|at| !places.contains(&at)) {
                findings.push(finding);
            }
        }
        findings.extend(waiting.flat_map(|(_, here)| here));
        self.findings = findings;
    }

    /// What is wrong with one paragraph, but for ids that are taken elsewhere.
    fn check_alone(&self, (document, paragraph): (usize, usize)) -> Vec<Finding> {
        let Some(alone) = self.paragraph_at(Place::of_paragraph(document, paragraph)) else { return Vec::new() };
        let alone = Document { paragraphs: vec![alone.clone()], ..Document::default() };
        let mut here = check(&Dataset { data: vec![alone], ..Dataset::default() });
        here.retain(|finding| finding.kind != FindingKind::DuplicateId);
        let (first, path) =
            (Location::paragraph(0, 0).to_string(), Location::paragraph(document, paragraph).to_string());
        here.iter_mut().for_each(|finding| finding.move_to(&first, &path));
        here
    }
}

impl Finding {
    /// Follows its document to another index.
    fn follow_document(&mut self, from: usize, to: usize) {
        if from != to {
            self.move_to(&format!("data[{from}]."), &format!("data[{to}]."));
        }
    }

    /// Follows its place from one JSON path to another.
    fn move_to(&mut self, from: &str, to: &str) {
        self.path = self.path.replacen(from, to, 1);
        self.message = self.message.replace(from, to);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tally::Tally;
    use super::super::tests::{answer, project};
    use super::super::{Place, Span};
    use super::*;

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
    fn a_paragraph_checked_alone_gives_what_the_whole_check_gives() {
        let mut project = project(&[&[("one 3-0", 1), ("two 3-0", 2)], &[("three", 1)]]);
        project.check_everything();
        assert_eq!(project.findings.len(), 4);
        project.go_to(Place { question: Some(1), ..Place::of_paragraph(0, 1) });
        project.mark(Span { start: 4, end: 7 });
        assert_eq!(project.findings, check(&project.dataset));
        assert_eq!(project.findings.len(), 3);
        project.delete_last_answer();
        assert_eq!(project.findings, check(&project.dataset));
    }

    #[test]
    fn documents_that_come_and_go_give_what_the_whole_check_gives() {
        let damaged: &[(&str, usize)] = &[("one 3-0", 2), ("two 3-0", 1)];
        let mut project = project(&[damaged, &[("three", 1)], damaged, &[("four", 3)]]);
        for (number, paragraph) in project.dataset.data.iter_mut().flat_map(|d| &mut d.paragraphs).enumerate() {
            paragraph.qas[0].answers = vec![answer("3-0", number)];
        }
        project.check_everything();
        let mut states = vec![(project.dataset.clone(), project.findings.clone())];
        let expect_whole = |project: &Project| {
            assert_eq!(project.findings, check(&project.dataset));
            assert_eq!(project.all_counts(), Tally::of(&project.dataset.data).sum());
            (project.dataset.clone(), project.findings.clone())
        };
        project.add_text("More", vec!["five".to_owned(), String::new()]);
        states.push(expect_whole(&project));
        for document in [1, 0, 2] {
            project.go_to(Place::of_paragraph(document, 0));
            project.delete_document();
            states.push(expect_whole(&project));
        }
        // An id that is there already.
        let known = project.dataset.data[0].paragraphs[0].qas[0].id.clone();
        let mut double = project.dataset.data[0].clone();
        double.paragraphs[0].qas.truncate(1);
        project.add_documents(vec![double]);
        states.push(expect_whole(&project));
        let double = |finding: &Finding| finding.kind == FindingKind::DuplicateId && finding.message.contains(&known);
        assert!(project.findings.iter().any(double), "{:?}", project.findings);
        for state in states.iter().rev().skip(1) {
            project.undo();
            assert!((&project.dataset, &project.findings) == (&state.0, &state.1));
        }
        for state in &states[1..] {
            project.redo();
            assert!((&project.dataset, &project.findings) == (&state.0, &state.1));
        }
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

    #[test]
    fn ids_that_come_and_go_are_looked_for_everywhere() {
        let mut project = project(&[&[("one", 2)], &[("two", 1)]]);
        project.dataset.data[0].paragraphs[0].qas[1].id = "q1".to_owned();
        project.dataset.data[1].paragraphs[0].qas[0].id = "q1".to_owned();
        project.check_everything();
        let found = project.findings.clone();
        project.delete_question(1);
        assert_eq!(project.findings, check(&project.dataset));
        project.delete_question(0);
        assert_eq!(project.findings, check(&project.dataset));
        project.undo();
        project.undo();
        assert_eq!(project.findings, found, "both doubles are back");
        assert_eq!(project.repair_all(FindingKind::DuplicateId), 2);
        assert_eq!(project.findings, check(&project.dataset));
    }

    #[test]
    fn what_only_reading_can_tell_is_kept() {
        let mut project = project(&[&[("one", 1)]]);
        let path = "data[0].paragraphs[0].qas[0]";
        project.findings = vec![Finding::new(path, FindingKind::Malformed, "odd")];
        project.new_question();
        project.mark(Span { start: 0, end: 3 });
        assert_eq!(project.findings.iter().filter(|finding| finding.kind == FindingKind::Malformed).count(), 1);
    }
}
