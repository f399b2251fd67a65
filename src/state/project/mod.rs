//! The project: the questions that are trained on, those held back, and where the person is in them.

mod checking;
pub mod coverage;
pub mod edits;
pub mod examples;
pub mod findings;
pub mod history;
pub mod holding;
pub mod keeping;
pub mod ledger;
pub mod lengths;
pub mod naming;
pub mod outline;
pub mod saved;
pub mod spans;
pub mod statistics;
pub mod tally;
pub mod texts;

pub use history::History;
pub use ledger::{Ledger, Part};
pub use spans::Span;
pub use tally::Tally;

use serde::{Deserialize, Serialize};

use crate::squad::check::Finding;
use crate::squad::write::Style;
use crate::squad::{Dataset, Document, Paragraph, Question};

/// What the person works on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Project {
    /// Name of the file, or of the sample.
    pub name: String,
    /// The questions that are trained on.
    pub dataset: Dataset,
    /// What is wrong with them.
    pub findings: Vec<Finding>,
    /// How the file was written that the dataset came from, where it can be written so again.
    pub style: Option<Style>,
    /// Questions that are held back from training and measured on.
    pub held_out: Option<HeldOut>,
    /// Whether this is the sample: the Train view then offers the article's settings.
    pub is_sample: bool,
    /// The paragraph that is shown, and the question that is chosen.
    pub place: Place,
    /// Steps that can be undone and made again.
    pub history: History,
    /// Whether nothing may be changed: the project is open in another tab, or makes way for another project.
    pub is_read_only: bool,
    /// What changed since the project was kept last.
    pub ledger: Ledger,
    /// Counts of every document.
    pub tally: Tally,
}

/// Questions held back from training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// Name of the file, or of the sample.
    pub name: String,
    /// The questions.
    pub dataset: Dataset,
}

/// A paragraph of the project, and maybe one of its questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Index of the document.
    pub document: usize,
    /// Index of the paragraph in the document.
    pub paragraph: usize,
    /// Index of the chosen question in the paragraph.
    pub question: Option<usize>,
    /// Whether its document is trained on or held back.
    #[serde(default)]
    pub part: Part,
}

impl Place {
    /// A paragraph that is trained on, no question chosen.
    pub fn of_paragraph(document: usize, paragraph: usize) -> Self {
        Self::in_part(Part::Training, document, paragraph)
    }

    /// A paragraph of a part, no question chosen.
    pub fn in_part(part: Part, document: usize, paragraph: usize) -> Self {
        Self { document, paragraph, question: None, part }
    }

    /// Whether it is among what is held back, which is read and not changed.
    pub fn is_held_back(self) -> bool {
        self.part == Part::HeldOut
    }

    /// Whether both lie in one paragraph.
    pub fn is_beside(self, other: Self) -> bool {
        (self.part, self.document, self.paragraph) == (other.part, other.document, other.paragraph)
    }
}

impl Project {
    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.dataset.data.iter().all(|document| document.paragraphs.is_empty())
    }

    /// The documents of a part.
    pub fn documents(&self, part: Part) -> &[Document] {
        match part {
            Part::Training => &self.dataset.data,
            Part::HeldOut => {
                self.held_out.as_ref().map(|held_out| held_out.dataset.data.as_slice()).unwrap_or_default()
            }
        }
    }

    /// The document at a place.
    pub fn document_at(&self, place: Place) -> Option<&Document> {
        self.documents(place.part).get(place.document)
    }

    /// The paragraph at a place.
    pub fn paragraph_at(&self, place: Place) -> Option<&Paragraph> {
        self.document_at(place)?.paragraphs.get(place.paragraph)
    }

    /// The paragraph that is shown.
    pub fn paragraph(&self) -> Option<&Paragraph> {
        self.paragraph_at(self.place)
    }

    /// The question that is chosen.
    pub fn question(&self) -> Option<&Question> {
        self.paragraph()?.qas.get(self.place.question?)
    }

    /// Shows a paragraph and chooses a question: the one named, or the paragraph's first. Places that are not there lead to
    /// the nearest that is.
    pub fn go_to(&mut self, place: Place) {
        let is_there = self.documents(place.part).iter().any(|document| !document.paragraphs.is_empty());
        let part = if is_there { place.part } else { Part::Training };
        let documents = self.documents(part);
        let mut place = Place { document: place.document.min(documents.len().saturating_sub(1)), part, ..place };
        let has_text = |index: usize| documents.get(index).is_some_and(|document| !document.paragraphs.is_empty());
        if !has_text(place.document) {
            let after = (place.document..documents.len()).find(|index| has_text(*index));
            let nearest = after.or_else(|| (0..place.document).rev().find(|index| has_text(*index)));
            place = Place::in_part(part, nearest.unwrap_or(0), 0);
        }
        let paragraphs = documents.get(place.document).map_or(0, |document| document.paragraphs.len());
        place.paragraph = place.paragraph.min(paragraphs.saturating_sub(1));
        let questions = self.paragraph_at(place).map_or(0, |paragraph| paragraph.qas.len());
        place.question = (questions > 0).then(|| place.question.unwrap_or(0).min(questions - 1));
        self.place = place;
    }

    /// The paragraph before or after the one that is shown; `None` at either end.
    fn neighbour(&self, forward: bool) -> Option<Place> {
        let Place { document, paragraph, part, .. } = self.place;
        let in_document = if forward { Some(paragraph + 1) } else { paragraph.checked_sub(1) };
        let beside = in_document.map(|paragraph| Place::in_part(part, document, paragraph));
        if let Some(place) = beside.filter(|place| self.paragraph_at(*place).is_some()) {
            return Some(place);
        }
        let documents = self.documents(part);
        let length = |index: &usize| documents.get(*index).map_or(0, |document| document.paragraphs.len());
        let other = if forward {
            (document + 1..documents.len()).find(|index| length(index) > 0)
        } else {
            (0..document.min(documents.len())).rev().find(|index| length(index) > 0)
        }?;
        let paragraph = if forward { 0 } else { length(&other) - 1 };
        Some(Place::in_part(part, other, paragraph))
    }

    /// Shows the next paragraph, or the one before.
    pub fn step_paragraph(&mut self, forward: bool) {
        if let Some(place) = self.neighbour(forward) {
            self.go_to(place);
        }
    }

    /// Chooses the next question, or the one before; at a paragraph's end goes on to the paragraph beside it.
    pub fn step_question(&mut self, forward: bool) {
        let questions = self.paragraph().map_or(0, |paragraph| paragraph.qas.len());
        let next = match self.place.question {
            Some(question) if forward => Some(question + 1).filter(|next| *next < questions),
            Some(question) => question.checked_sub(1),
            None => None,
        };
        if next.is_some() {
            self.place.question = next;
        } else if let Some(place) = self.neighbour(forward) {
            let last = self.paragraph_at(place).and_then(|paragraph| paragraph.qas.len().checked_sub(1));
            self.go_to(Place { question: if forward { None } else { last }, ..place });
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::squad::{Answer, Document};

    /// One document for each slice; each entry is a context and its number of unanswered questions.
    pub(crate) fn project(documents: &[&[(&str, usize)]]) -> Project {
        let mut next = 0;
        let mut questions = |count: usize| {
            let one = |_| {
                next += 1;
                Question { id: format!("q{next}"), question: format!("Question {next}?"), ..Question::default() }
            };
            (0..count).map(one).collect()
        };
        let mut project = Project::default();
        for document in documents {
            let paragraph = |(context, count): &(&str, usize)| Paragraph {
                context: (*context).to_owned(),
                qas: questions(*count),
                ..Paragraph::default()
            };
            let paragraphs = document.iter().map(paragraph).collect();
            project.dataset.data.push(Document { paragraphs, ..Document::default() });
        }
        project.check_everything();
        project.go_to(Place::default());
        project
    }

    /// An answer.
    pub(crate) fn answer(text: &str, answer_start: usize) -> Answer {
        Answer { text: text.to_owned(), answer_start, ..Answer::default() }
    }

    #[test]
    fn steps_lead_through_all_questions_and_back() {
        let mut project = project(&[&[("one", 2), ("two", 0)], &[], &[("three", 1)]]);
        let mut seen = Vec::new();
        for _ in 0..5 {
            seen.push((project.place.document, project.place.paragraph, project.place.question));
            project.step_question(true);
        }
        assert_eq!(seen, [(0, 0, Some(0)), (0, 0, Some(1)), (0, 1, None), (2, 0, Some(0)), (2, 0, Some(0))]);
        project.step_question(false);
        assert_eq!(project.place, Place::of_paragraph(0, 1));
        project.step_question(false);
        assert_eq!(project.place, Place { question: Some(1), ..Place::default() });
    }

    #[test]
    fn places_that_are_not_there_lead_to_the_nearest() {
        let mut project = project(&[&[], &[("one", 1)], &[("two", 0)], &[]]);
        assert_eq!(project.place, Place { question: Some(0), ..Place::of_paragraph(1, 0) });
        project.go_to(Place { question: Some(9), ..Place::of_paragraph(9, 9) });
        assert_eq!(project.place, Place::of_paragraph(2, 0));
        project.step_paragraph(true);
        assert_eq!(project.place, Place::of_paragraph(2, 0), "the last paragraph stays");
        project.step_paragraph(false);
        assert_eq!(project.place.document, 1);
    }

    #[test]
    fn what_is_held_back_is_read_and_not_changed() {
        let mut whole = project(&[&[("one", 1)], &[("two", 2), ("three", 0)]]);
        let held_out = HeldOut {
            name: "held".to_owned(),
            dataset: Dataset { data: vec![whole.dataset.data.remove(1)], ..Dataset::default() },
        };
        whole.held_out = Some(held_out);
        let before = (whole.dataset.clone(), whole.held_out.clone());
        whole.go_to(Place { question: Some(1), ..Place::in_part(Part::HeldOut, 0, 0) });
        assert_eq!(whole.question().unwrap().id, "q3");
        assert_eq!(whole.mark(Span { start: 0, end: 3 }), edits::Marked::HeldBack);
        assert_eq!((whole.new_question(), whole.edit_text("other")), (None, None));
        whole.set_question_text(1, "changed?");
        whole.set_no_answer(1, true);
        whole.delete_question(0);
        whole.delete_last_answer();
        whole.rename_document("changed");
        whole.delete_paragraph();
        whole.delete_document();
        assert_eq!((&whole.dataset, &whole.held_out), (&before.0, &before.1));
        assert_eq!((whole.history.undoable(), whole.place.question), (None, Some(1)));
        whole.step_question(true);
        assert_eq!(whole.place, Place::in_part(Part::HeldOut, 0, 1), "on within what is held back");
        whole.step_paragraph(true);
        assert_eq!(whole.place, Place::in_part(Part::HeldOut, 0, 1));
        whole.held_out = None;
        whole.go_to(whole.place);
        assert_eq!(whole.place.part, Part::Training);
    }

    #[test]
    fn an_empty_project_has_no_place_to_go() {
        let mut project = Project::default();
        assert!(project.is_empty());
        project.go_to(Place { question: Some(2), ..Place::of_paragraph(3, 1) });
        project.step_question(true);
        project.step_paragraph(false);
        assert_eq!(project.place, Place::default());
        assert!(project.paragraph().is_none() && project.question().is_none());
    }
}
