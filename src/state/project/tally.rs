//! Counts of every document, kept up as texts and questions change: what is shown of a large dataset at each change must not be counted
//! anew.

use std::ops::{AddAssign, Range};

use super::Project;
use crate::squad::Document;
use crate::squad::pieces::Piece;

/// What a document holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Paragraphs.
    pub paragraphs: usize,
    /// Questions.
    pub questions: usize,
    /// Questions that have an answer or are marked as having none.
    pub answered: usize,
}

/// The counts of all documents.
#[derive(Clone, Debug, Default)]
pub struct Tally(Vec<Counts>);

/// What is counted of a project is no part of what it is.
impl PartialEq for Tally {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Counts {
    /// Of a document.
    pub fn of(document: &Document) -> Self {
        let mut counts = Self { paragraphs: document.paragraphs.len(), ..Self::default() };
        for question in document.paragraphs.iter().flat_map(|paragraph| &paragraph.qas) {
            counts.questions += 1;
            counts.answered += usize::from(!question.answers.is_empty() || question.is_unanswerable());
        }
        counts
    }
}

impl Tally {
    /// Of documents.
    pub fn of(documents: &[Document]) -> Self {
        Self(documents.iter().map(Counts::of).collect())
    }

    /// Takes in the next piece of a dataset that is arriving.
    pub fn add(&mut self, piece: &Piece) {
        let counts = Counts::of(&piece.document);
        match self.0.last_mut().filter(|_| piece.continues) {
            Some(last) => *last += counts,
            None => self.0.push(counts),
        }
    }

    /// All documents together.
    pub fn sum(&self) -> Counts {
        let mut sum = Counts::default();
        self.0.iter().for_each(|counts| sum += *counts);
        sum
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.paragraphs += other.paragraphs;
        self.questions += other.questions;
        self.answered += other.answered;
    }
}

impl Project {
    /// What all documents hold.
    pub fn all_counts(&self) -> Counts {
        if self.is_tallied() { self.tally.sum() } else { Tally::of(&self.dataset.data).sum() }
    }

    /// Whether there is a count for each document.
    fn is_tallied(&self) -> bool {
        self.tally.0.len() == self.dataset.data.len()
    }

    /// What a document holds; nothing where there is no such document.
    pub fn counts(&self, document: usize) -> Counts {
        if self.is_tallied() {
            self.tally.0.get(document).copied().unwrap_or_default()
        } else {
            self.dataset.data.get(document).map(Counts::of).unwrap_or_default()
        }
    }

    /// Counts everything anew.
    pub(super) fn count_everything(&mut self) {
        self.tally = Tally::of(&self.dataset.data);
    }

    /// Counts documents that are about to take the place of others.
    pub(super) fn count_documents(&mut self, range: Range<usize>, documents: &[Document]) {
        if self.is_tallied() {
            self.tally.0.splice(range, documents.iter().map(Counts::of));
        }
    }

    /// Counts one document anew.
    pub(super) fn count_document(&mut self, document: usize) {
        if let (Some(counts), Some(of)) = (self.tally.0.get_mut(document), self.dataset.data.get(document)) {
            *counts = Counts::of(of);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::project;
    use super::super::{Place, Span};
    use super::*;

    fn expect_kept_up(project: &Project) {
        let documents = &project.dataset.data;
        assert_eq!(project.tally.0.len(), documents.len());
        documents.iter().enumerate().for_each(|(d, document)| assert_eq!(project.counts(d), Counts::of(document)));
    }

    #[test]
    fn counts_are_kept_up_through_all_steps() {
        let mut project = project(&[&[("Lech won 3-0.", 1), ("two", 2)], &[("three", 0)]]);
        expect_kept_up(&project);
        project.mark(Span { start: 9, end: 12 });
        project.new_question();
        assert_eq!(project.counts(0), Counts { paragraphs: 2, questions: 4, answered: 1 });
        project.set_no_answer(1, true);
        project.edit_text("Lech won.");
        project.add_text("More", vec!["Another text.".to_owned()]);
        project.go_to(Place::of_paragraph(0, 1));
        project.delete_paragraph();
        expect_kept_up(&project);
        project.replace(super::super::history::Everything::default());
        expect_kept_up(&project);
        while project.undo().is_some() {
            expect_kept_up(&project);
        }
        while project.redo().is_some() {
            expect_kept_up(&project);
        }
    }
}
