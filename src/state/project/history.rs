//! Undo and redo. A step keeps what its change took away, and undoing exchanges the two: nothing is copied twice, and a step of
//! one paragraph costs no more than that paragraph's questions.

use std::collections::{HashMap, HashSet, VecDeque};

use super::ledger::Part;
use super::tally::Tally;
use super::{HeldOut, Place, Project};
use crate::squad::check::Finding;
use crate::squad::write::Style;
use crate::squad::{Dataset, Document, Paragraph, Question};

/// Steps that are kept.
pub const STEPS_MAX: usize = 200;

/// Steps that can be undone, and undone steps that can be made again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    past: VecDeque<Step>,
    future: Vec<Step>,
}

/// What a step changed, in the form that it is not in now.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// The questions of some paragraphs.
    Questions(Vec<(Place, Vec<Question>)>),
    /// The text and the questions of one paragraph.
    Text { place: Place, context: String, questions: Vec<Question> },
    /// The title of a document.
    Title { document: usize, title: String },
    /// So many documents from one on make way for others.
    Documents { from: usize, count: usize, documents: Vec<Document> },
    /// The whole dataset and what belongs to it.
    Everything(Box<Everything>),
}

/// A dataset and what belongs to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Everything {
    /// Name of the file, or of the sample.
    pub name: String,
    /// The questions that are trained on.
    pub dataset: Dataset,
    /// What is wrong with them.
    pub findings: Vec<Finding>,
    /// How the file was written that the dataset came from.
    pub style: Option<Style>,
    /// Questions held back.
    pub held_out: Option<HeldOut>,
    /// Whether this is the sample.
    pub is_sample: bool,
    /// Counts of every document.
    pub tally: Tally,
}

/// A step, and the place that it was made at.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub what: &'static str,
    pub change: Change,
    pub place: Place,
    /// Steps that follow each other with the same key are one: the letters of a word typed.
    pub merge: Option<(Place, &'static str)>,
}

impl History {
    /// Name of the step that Undo would take back.
    pub fn undoable(&self) -> Option<&'static str> {
        self.past.back().map(|step| step.what)
    }

    /// Name of the step that Redo would make again.
    pub fn redoable(&self) -> Option<&'static str> {
        self.future.last().map(|step| step.what)
    }
}

impl Project {
    /// Makes a change as a step that can be undone; the change holds the new state and takes the old one.
    pub(super) fn make(&mut self, mut step: Step) {
        if self.is_read_only {
            return;
        }
        self.exchange(&mut step.change);
        self.history.future.clear();
        let follows = step.merge.is_some() && self.history.past.back().is_some_and(|last| last.merge == step.merge);
        if !follows {
            self.history.past.push_back(step);
            if self.history.past.len() > STEPS_MAX {
                self.history.past.pop_front();
            }
        }
    }

    /// Takes the last step back. Returns its name.
    pub fn undo(&mut self) -> Option<&'static str> {
        if self.is_read_only {
            return None;
        }
        let step = self.history.past.pop_back()?;
        let step = self.back_and_forth(step);
        let what = step.what;
        self.history.future.push(step);
        Some(what)
    }

    /// Makes the step again that was undone last. Returns its name.
    pub fn redo(&mut self) -> Option<&'static str> {
        if self.is_read_only {
            return None;
        }
        let step = self.history.future.pop()?;
        let step = self.back_and_forth(step);
        let what = step.what;
        self.history.past.push_back(step);
        Some(what)
    }

    fn back_and_forth(&mut self, mut step: Step) -> Step {
        self.exchange(&mut step.change);
        // Whoever types on after an undo begins a step of its own.
        step.merge = None;
        let place = std::mem::replace(&mut step.place, self.place);
        self.go_to(place);
        step
    }

    fn exchange(&mut self, change: &mut Change) {
        match change {
            Change::Questions(paragraphs) => {
                let mut changed = HashSet::new();
                for (place, questions) in &mut *paragraphs {
                    if let Some(paragraph) = self.paragraph_mut(*place) {
                        std::mem::swap(&mut paragraph.qas, questions);
                        changed.extend(changed_ids(&paragraph.qas, questions));
                    }
                    self.count_document(place.document);
                }
                self.check_after(paragraphs.iter().map(|(place, _)| *place), &changed);
            }
            Change::Text { place, context, questions } => {
                let place = *place;
                if let Some(paragraph) = self.paragraph_mut(place) {
                    std::mem::swap(&mut paragraph.context, context);
                    std::mem::swap(&mut paragraph.qas, questions);
                    let changed = changed_ids(&paragraph.qas, questions);
                    self.count_document(place.document);
                    self.check_after([place], &changed);
                }
            }
            Change::Title { document, title } => {
                self.ledger.revise();
                if let Some(document) = self.dataset.data.get_mut(*document) {
                    std::mem::swap(&mut document.title, title);
                }
            }
            Change::Documents { from, count, documents } => {
                let len = self.dataset.data.len();
                let from = (*from).min(len);
                let to = from.saturating_add(*count).min(len);
                self.ledger.splice(Part::Training, from..to, documents.len());
                let came = documents.len();
                self.count_documents(from..to, documents);
                *documents = self.dataset.data.splice(from..to, documents.drain(..)).collect();
                *count = came;
                self.check_documents(from, to - from, came);
            }
            Change::Everything(other) => {
                std::mem::swap(&mut self.name, &mut other.name);
                std::mem::swap(&mut self.dataset, &mut other.dataset);
                std::mem::swap(&mut self.findings, &mut other.findings);
                std::mem::swap(&mut self.held_out, &mut other.held_out);
                std::mem::swap(&mut self.style, &mut other.style);
                std::mem::swap(&mut self.is_sample, &mut other.is_sample);
                self.ledger.forget();
                std::mem::swap(&mut self.tally, &mut other.tally);
            }
        }
    }

    /// A paragraph that is about to be changed.
    fn paragraph_mut(&mut self, place: Place) -> Option<&mut Paragraph> {
        self.ledger.touch(place.document, place.paragraph);
        self.dataset.data.get_mut(place.document)?.paragraphs.get_mut(place.paragraph)
    }
}

/// Ids that one of two lists has more often than the other.
fn changed_ids(one: &[Question], other: &[Question]) -> HashSet<String> {
    let mut more: HashMap<&str, isize> = HashMap::new();
    for (questions, step) in [(one, 1), (other, -1)] {
        questions.iter().for_each(|question| *more.entry(&question.id).or_default() += step);
    }
    more.into_iter().filter(|(_, more)| *more != 0).map(|(id, _)| id.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::project;
    use super::*;

    #[test]
    fn all_steps_go_back_and_forth() {
        let mut project = project(&[&[("Lech won 3-0.", 1)]]);
        project.name = "mine".to_owned();
        let states = |project: &Project| (project.dataset.clone(), project.findings.clone(), project.name.clone());
        let mut kept = vec![states(&project)];
        project.mark(super::super::Span { start: 9, end: 12 });
        kept.push(states(&project));
        project.new_question();
        kept.push(states(&project));
        project.add_text("More", vec!["Another text.".to_owned()]);
        kept.push(states(&project));
        project.replace(Everything { name: "other".to_owned(), ..Everything::default() });
        kept.push(states(&project));
        for expected in kept.iter().rev().skip(1) {
            assert!(project.undo().is_some());
            assert_eq!(&states(&project), expected);
        }
        assert_eq!(project.undo(), None);
        for expected in kept.iter().skip(1) {
            assert!(project.redo().is_some());
            assert_eq!(&states(&project), expected);
        }
        assert_eq!(project.redo(), None);
    }

    #[test]
    fn typing_is_one_step_and_a_new_step_forgets_the_undone() {
        let mut project = project(&[&[("Text", 1)]]);
        for text in ["W", "Wh", "Who"] {
            project.set_question_text(0, text);
        }
        assert_eq!(project.dataset.data[0].paragraphs[0].qas[0].question, "Who");
        project.undo();
        assert_eq!(project.dataset.data[0].paragraphs[0].qas[0].question, "Question 1?");
        assert!(project.history.redoable().is_some());
        project.set_question_text(0, "When?");
        assert_eq!(project.history.redoable(), None);
        project.undo();
        assert_eq!(project.history.undoable(), None);
    }

    #[test]
    fn no_more_than_so_many_steps_are_kept() {
        let mut project = project(&[&[("Text", 0)]]);
        for _ in 0..STEPS_MAX + 5 {
            project.new_question();
        }
        let mut undone = 0;
        while project.undo().is_some() {
            undone += 1;
        }
        assert_eq!((undone, project.dataset.question_count()), (STEPS_MAX, 5));
    }
}
