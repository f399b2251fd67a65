//! What changed since the project was kept last, so that keeping a change costs no more than its paragraph.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// A list of documents of the project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Those that are trained on.
    #[default]
    Training,
    /// Those held back.
    HeldOut,
}

impl Part {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Training, Self::HeldOut];
}

/// A document as it was at some time: a number that is given once, and the paragraphs that changed since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Given once: the documents of an undone step get numbers of their own.
    pub number: u64,
    /// Paragraphs that changed since they were kept.
    pub touched: BTreeSet<usize>,
}

/// Another after every change of a text, a question or a title, and in every project: who keeps one knows whether what was made of the
/// project still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision(u64);

impl Default for Revision {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// The stamps of all documents.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    revision: Revision,
    last: u64,
    training: Vec<Stamp>,
    held_out: Vec<Stamp>,
}

/// What was kept is no part of what the project is.
impl PartialEq for Ledger {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Ledger {
    /// What the project is in now.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The stamps of a part, made anew where there are not `count` of them.
    pub fn stamps(&mut self, part: Part, count: usize) -> &mut Vec<Stamp> {
        let (stamps, last) = match part {
            Part::Training => (&mut self.training, &mut self.last),
            Part::HeldOut => (&mut self.held_out, &mut self.last),
        };
        if stamps.len() != count {
            *stamps = (0..count).map(|_| fresh(last)).collect();
        }
        stamps
    }

    /// Notes a change that is in no paragraph.
    pub fn revise(&mut self) {
        self.revision = Revision::default();
    }

    /// Notes that a paragraph changes.
    pub fn touch(&mut self, document: usize, paragraph: usize) {
        self.revise();
        if let Some(stamp) = self.training.get_mut(document) {
            stamp.touched.insert(paragraph);
        }
    }

    /// Notes that documents make way for so many others.
    pub fn splice(&mut self, part: Part, range: Range<usize>, count: usize) {
        self.revise();
        let Self { last, training, held_out, .. } = self;
        let stamps = if part == Part::Training { training } else { held_out };
        // A list that was never kept has no stamps yet.
        if range.end <= stamps.len() {
            stamps.splice(range, (0..count).map(|_| fresh(last)));
        }
    }

    /// Notes that everything is another.
    pub fn forget(&mut self) {
        self.revise();
        let Self { last, training, held_out, .. } = self;
        training.iter_mut().chain(held_out).for_each(|stamp| *stamp = fresh(last));
    }
}

fn fresh(last: &mut u64) -> Stamp {
    *last += 1;
    Stamp { number: *last, touched: BTreeSet::new() }
}

#[cfg(test)]
mod tests {
    use super::super::Project;
    use super::super::tests::project;

    #[test]
    fn every_change_is_another_revision_and_looking_is_none() {
        let mut project = project(&[&[("one", 1), ("two", 0)]]);
        let mut seen = vec![project.ledger.revision(), Project::default().ledger.revision()];
        let changes: [fn(&mut Project); 7] = [
            |project| assert!(project.new_question().is_some()),
            |project| assert!(project.edit_text("other").is_some()),
            |project| project.rename_document("Title"),
            |project| project.add_text("More", vec!["three".to_owned()]),
            |project| assert!(project.undo().is_some()),
            |project| project.replace(super::super::history::Everything::default()),
            |project| project.hold_out(super::super::HeldOut::default()),
        ];
        for change in changes {
            change(&mut project);
            let revision = project.ledger.revision();
            assert!(!seen.contains(&revision), "after {} changes", seen.len() - 2);
            seen.push(revision);
        }
        project.step_paragraph(true);
        project.step_question(false);
        assert_eq!(Some(&project.ledger.revision()), seen.last());
    }
}
