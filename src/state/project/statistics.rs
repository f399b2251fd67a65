//! The dataset in numbers: how far it, and each document of it, is marked.

use super::Project;
use super::outline::title;
use crate::squad::Dataset;

/// Documents that the table lists; the rest is counted.
pub const DOCUMENTS_MAX: usize = 200;

/// Numbers of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfDocument {
    /// Its index.
    pub index: usize,
    /// Its title.
    pub title: String,
    /// Paragraphs in it.
    pub paragraphs: usize,
    /// Questions about it.
    pub questions: usize,
    /// Questions that have an answer or are marked as having none.
    pub settled: usize,
    /// Questions marked as having none.
    pub unanswerable: usize,
}

/// The dataset in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Questions.
    pub questions: usize,
    /// Questions that have an answer or are marked as having none.
    pub settled: usize,
    /// Questions marked as having none.
    pub unanswerable: usize,
    /// Questions held back.
    pub held_back: usize,
    /// The first documents.
    pub documents: Vec<OfDocument>,
    /// Documents besides.
    pub more_documents: usize,
}

impl Project {
    /// The dataset in numbers.
    pub fn statistics(&self) -> Statistics {
        let Dataset { data, .. } = &self.dataset;
        let mut statistics =
            Statistics { more_documents: data.len().saturating_sub(DOCUMENTS_MAX), ..Statistics::default() };
        for (index, document) in data.iter().enumerate() {
            let mut of = OfDocument {
                index,
                title: title(&document.title, index),
                paragraphs: document.paragraphs.len(),
                questions: 0,
                settled: 0,
                unanswerable: 0,
            };
            for question in document.paragraphs.iter().flat_map(|paragraph| &paragraph.qas) {
                of.questions += 1;
                of.unanswerable += usize::from(question.is_unanswerable());
                of.settled += usize::from(question.is_unanswerable() || !question.answers.is_empty());
            }
            statistics.questions += of.questions;
            statistics.settled += of.settled;
            statistics.unanswerable += of.unanswerable;
            if index < DOCUMENTS_MAX {
                statistics.documents.push(of);
            }
        }
        statistics.held_back = self.held_out.as_ref().map_or(0, |held_out| held_out.dataset.question_count());
        statistics
    }
}

#[cfg(test)]
mod tests {
    use super::super::Span;
    use super::super::tests::project;

    #[test]
    fn statistics_add_up() {
        let mut project = project(&[&[("Lech won 3-0.", 2)], &[("two", 1)]]);
        project.mark(Span { start: 0, end: 8 });
        project.set_no_answer(1, true);
        let statistics = project.statistics();
        assert_eq!((statistics.settled, statistics.unanswerable, statistics.questions), (2, 1, 3));
        let documents: Vec<(usize, usize)> = statistics.documents.iter().map(|d| (d.settled, d.questions)).collect();
        assert_eq!(documents, [(2, 2), (0, 1)]);
    }
}
