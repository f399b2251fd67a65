//! Findings that are kept up to date while the person works: what a change cannot have touched is not checked again.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Place, Project};
use crate::squad::check::{Finding, FindingKind, check};
use crate::squad::{Dataset, Document, Location};

/// Paragraphs, by document and by index in it.
type Places = BTreeSet<(usize, usize)>;

fn paragraph_of(finding: &Finding) -> Option<(usize, usize)> {
    Location::parse(&finding.path).map(|at| (at.document, at.paragraph))
}

impl Project {
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
    use super::super::Span;
    use super::super::tally::Tally;
    use super::super::tests::{answer, project};
    use super::*;

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
