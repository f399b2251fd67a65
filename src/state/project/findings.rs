//! Findings as the page lists them: where they lead, and how they are kept up to date while the person works.

use std::cmp::Reverse;

use super::{Place, Project};
use crate::squad::Dataset;
use crate::squad::Document;
use crate::squad::check::{Finding, FindingKind, check};

/// Place that a finding's JSON path names, as far as it names one: `data[0].paragraphs[2].qas[1].answers[0]`.
pub fn place_of(path: &str) -> Option<Place> {
    let document = index_after(path, "data[")?;
    let paragraph = index_after(path, ".paragraphs[").unwrap_or(0);
    Some(Place { document, paragraph, question: index_after(path, ".qas[") })
}

fn index_after(path: &str, name: &str) -> Option<usize> {
    let (_, rest) = path.split_once(name)?;
    rest.split_once(']')?.0.parse().ok()
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

/// The findings in the order of the list: what is wrong before what is left to do.
pub fn listed(findings: &[Finding]) -> Vec<Finding> {
    let mut listed = findings.to_vec();
    listed.sort_by_key(|finding| Reverse(!is_unfinished(finding)));
    listed
}

impl Project {
    /// Checks the whole dataset again. What only the reading of a file can tell is kept.
    pub(super) fn check_everything(&mut self) {
        let from_file = self.findings.drain(..).filter(|finding| finding.kind == FindingKind::Malformed);
        let mut findings: Vec<Finding> = from_file.collect();
        findings.extend(check(&self.dataset));
        self.findings = findings;
    }

    /// Checks the answers of one paragraph again: its questions are the same as before, so that no id can clash anew.
    pub(super) fn check_paragraph(&mut self, place: Place) {
        let Some(paragraph) = self.paragraph_at(place) else { return };
        let document = Document { paragraphs: vec![paragraph.clone()], ..Document::default() };
        let alone = Dataset { data: vec![document], ..Dataset::default() };
        let path = format!("data[{}].paragraphs[{}].", place.document, place.paragraph);
        let mut here = check(&alone);
        // Whether an id is taken elsewhere was found out before.
        here.retain(|finding| finding.kind != FindingKind::DuplicateId);
        for finding in &mut here {
            finding.path = finding.path.replacen("data[0].paragraphs[0].", &path, 1);
            finding.message = finding.message.replacen("data[0].paragraphs[0].", &path, 1);
        }
        let stays = |finding: &Finding| matches!(finding.kind, FindingKind::DuplicateId | FindingKind::Malformed);
        self.findings.retain(|finding| !finding.path.starts_with(&path) || stays(finding));
        let is_after = |finding: &Finding| {
            place_of(&finding.path)
                .is_some_and(|other| (other.document, other.paragraph) > (place.document, place.paragraph))
        };
        let at = self.findings.iter().position(is_after).unwrap_or(self.findings.len());
        self.findings.splice(at..at, here);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, project};
    use super::super::{Place, Span};
    use super::*;

    #[test]
    fn paths_lead_to_their_place() {
        let place = place_of("data[3].paragraphs[12].qas[0].answers[1]");
        assert_eq!(place, Some(Place { document: 3, paragraph: 12, question: Some(0) }));
        assert_eq!(place_of("data[1]"), Some(Place::of_paragraph(1, 0)));
        assert_eq!(place_of("version"), None);
        assert_eq!(place_of("data[x].paragraphs[0]"), None);
    }

    #[test]
    fn the_list_shows_what_is_wrong_first_and_each_path_once() {
        let mut project = project(&[&[("Lech won 3-0.", 2)]]);
        project.dataset.data[0].paragraphs[0].qas[1].answers.push(answer("5-1", 9));
        project.check_everything();
        let listed = listed(&project.findings);
        let kinds: Vec<FindingKind> = listed.iter().map(|finding| finding.kind).collect();
        assert_eq!(kinds, [FindingKind::AnswerAbsent, FindingKind::EmptyAnswer]);
        assert!(message_alone(&listed[0]).starts_with("'5-1' is not in the text"), "{}", message_alone(&listed[0]));
        assert!(message_alone(&listed[1]).starts_with("has no answer yet"), "{}", message_alone(&listed[1]));
    }

    #[test]
    fn a_paragraph_checked_alone_gives_what_the_whole_check_gives() {
        let mut project = project(&[&[("one 3-0", 1), ("two 3-0", 2)], &[("three", 1)]]);
        project.check_everything();
        assert_eq!(project.findings.len(), 4);
        project.go_to(Place { document: 0, paragraph: 1, question: Some(1) });
        project.mark(Span { start: 4, end: 7 });
        assert_eq!(project.findings, check(&project.dataset));
        assert_eq!(project.findings.len(), 3);
        project.delete_last_answer();
        assert_eq!(project.findings, check(&project.dataset));
    }

    #[test]
    fn what_only_reading_can_tell_is_kept() {
        let mut project = project(&[&[("one", 1)]]);
        let path = "data[0].paragraphs[0].qas[0]".to_owned();
        project.findings = vec![Finding { path, kind: FindingKind::Malformed, message: "odd".to_owned() }];
        project.new_question();
        project.mark(Span { start: 0, end: 3 });
        assert_eq!(project.findings.iter().filter(|finding| finding.kind == FindingKind::Malformed).count(), 1);
    }
}
