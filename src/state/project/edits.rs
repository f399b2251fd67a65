//! What the person does to a project; each is a step that can be undone.

use std::collections::HashSet;

use super::history::{Change, Everything, Step};
use super::{Place, Project, Span, spans};
use crate::squad::read::fresh_id;
use crate::squad::{Answer, Document, Paragraph, Question};

/// What became of a selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    /// It is an answer of the chosen question now.
    Added,
    /// There was no question: one was made, and waits for its words.
    WithNewQuestion,
    /// The question has this very answer already.
    AlreadyThere,
    /// Nothing but white space was selected, or no text is shown.
    Nothing,
    /// The text is held back.
    HeldBack,
}

impl Project {
    /// Changes the questions of the paragraph that is shown. Returns whether there is one that may be changed.
    fn edit(&mut self, what: &'static str, merge: Option<usize>, edit: impl FnOnce(&mut Vec<Question>)) -> bool {
        let Some(paragraph) = self.paragraph().filter(|_| !self.place.is_held_back()) else { return false };
        let mut questions = paragraph.qas.clone();
        edit(&mut questions);
        if questions == paragraph.qas {
            return true;
        }
        let merge = merge.map(|question| (Place { question: Some(question), ..self.place }, what));
        self.make(Step { what, change: Change::Questions(vec![(self.place, questions)]), place: self.place, merge });
        true
    }

    /// Adds a question without words to the paragraph that is shown, and chooses it. Returns its index.
    pub fn new_question(&mut self) -> Option<usize> {
        self.add_question(None)
    }

    fn add_question(&mut self, answer: Option<Answer>) -> Option<usize> {
        let taken: HashSet<String> = self.dataset.questions().map(|(_, _, question)| question.id.clone()).collect();
        let id = fresh_id(&taken, &mut (taken.len() + 1));
        let index = self.paragraph().filter(|_| !self.is_read_only && !self.place.is_held_back())?.qas.len();
        let question = Question { id, answers: answer.into_iter().collect(), ..Question::default() };
        self.edit("new question", None, |questions| questions.push(question));
        self.place.question = Some(index);
        Some(index)
    }

    /// Changes the words of a question; words typed one after the other are one step.
    pub fn set_question_text(&mut self, question: usize, text: &str) {
        self.edit("words of a question", Some(question), |questions| {
            if let Some(question) = questions.get_mut(question) {
                text.clone_into(&mut question.question);
            }
        });
    }

    /// Makes a span an answer of the chosen question; white space at its edges is left out.
    pub fn mark(&mut self, span: Span) -> Marked {
        let Some(context) = self.paragraph().map(|paragraph| paragraph.context.as_str()) else {
            return Marked::Nothing;
        };
        let Some((span, text)) = spans::trim(context, span) else { return Marked::Nothing };
        if self.place.is_held_back() {
            return Marked::HeldBack;
        }
        let answer = Answer { text: text.to_owned(), answer_start: span.start, ..Answer::default() };
        let Some(chosen) = self.place.question.filter(|_| self.question().is_some()) else {
            self.add_question(Some(answer));
            return Marked::WithNewQuestion;
        };
        let is_there = |a: &Answer| a.answer_start == answer.answer_start && a.text == answer.text;
        if self.question().is_some_and(|question| question.answers.iter().any(is_there)) {
            return Marked::AlreadyThere;
        }
        self.edit("answer", None, |questions| {
            let question = &mut questions[chosen];
            question.answers.push(answer);
            if question.is_unanswerable() {
                question.is_impossible = Some(false);
            }
        });
        Marked::Added
    }

    /// Deletes an answer of a question.
    pub fn delete_answer(&mut self, question: usize, answer: usize) {
        self.edit("deleted answer", None, |questions| {
            let answers = questions.get_mut(question).map(|question| &mut question.answers);
            if let Some(answers) = answers.filter(|answers| answer < answers.len()) {
                answers.remove(answer);
            }
        });
    }

    /// Deletes the newest answer of the chosen question.
    pub fn delete_last_answer(&mut self) {
        let last = self.question().and_then(|question| question.answers.len().checked_sub(1));
        if let (Some(question), Some(answer)) = (self.place.question, last) {
            self.delete_answer(question, answer);
        }
    }

    /// Says that the text has no answer to a question, or takes that back. Marked answers go: they would contradict it.
    pub fn set_no_answer(&mut self, question: usize, has_none: bool) {
        self.edit("no answer", None, |questions| {
            if let Some(question) = questions.get_mut(question) {
                question.is_impossible = Some(has_none);
                if has_none {
                    question.answers.clear();
                }
            }
        });
    }

    /// Deletes a question and its answers.
    pub fn delete_question(&mut self, question: usize) {
        let is_edited = self.edit("deleted question", None, |questions| {
            if question < questions.len() {
                questions.remove(question);
            }
        });
        if !is_edited {
            return;
        }
        let chosen = self.place.question.map(|chosen| if chosen > question { chosen - 1 } else { chosen });
        self.go_to(Place { question: chosen, ..self.place });
    }

    /// Adds a document, and shows its first paragraph.
    pub fn add_text(&mut self, title: &str, paragraphs: Vec<String>) {
        let paragraph = |context| Paragraph { context, ..Paragraph::default() };
        let paragraphs = paragraphs.into_iter().map(paragraph).collect();
        self.add_documents(vec![Document { title: title.to_owned(), paragraphs, ..Document::default() }]);
    }

    /// Adds documents, and goes to the first.
    pub fn add_documents(&mut self, documents: Vec<Document>) {
        let Some(first) = documents.first().filter(|first| !first.paragraphs.is_empty()) else { return };
        if self.name.is_empty() {
            self.name.clone_from(&first.title);
        }
        let from = self.dataset.data.len();
        let change = Change::Documents { from, count: 0, documents };
        self.make(Step { what: "added text", change, place: self.place, merge: None });
        self.go_to(Place::of_paragraph(from, 0));
    }

    /// Puts another dataset in the place of this one.
    pub fn replace(&mut self, mut other: Everything) {
        if self.is_read_only {
            return;
        }
        let has_history = self.history.undoable().is_some() || self.history.redoable().is_some();
        let is_first = self.is_empty() && self.held_out.is_none() && !has_history;
        if is_first && !self.name.trim().is_empty() {
            // The person gave it before there was anything in the project.
            other.name.clone_from(&self.name);
        }
        let change = Change::Everything(Box::new(other));
        let place = self.place;
        if is_first {
            // The first dataset: there is nothing to go back to.
            let mut first = Self::default();
            first.make(Step { what: "", change, place, merge: None });
            *self = Self { history: super::History::default(), ..first };
            self.ledger.forget();
        } else {
            self.make(Step { what: "another dataset", change, place, merge: None });
        }
        self.go_to(Place::default());
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, project};
    use super::*;

    #[test]
    fn a_selection_becomes_an_answer_without_the_space_around_it() {
        let mut project = project(&[&[("Żółw 🐢 won 3-0, then 3-0.", 1)]]);
        assert_eq!(project.mark(Span { start: 20, end: 24 }), Marked::Added);
        assert_eq!(project.question().unwrap().answers, [answer("3-0", 21)], "the second one, which was selected");
        assert_eq!(project.mark(Span { start: 21, end: 24 }), Marked::AlreadyThere);
        assert_eq!(project.mark(Span { start: 4, end: 5 }), Marked::Nothing);
        assert_eq!(project.mark(Span { start: 5, end: 6 }), Marked::Added);
        assert_eq!(project.question().unwrap().answers[1], answer("🐢", 5));
        assert!(project.findings.is_empty());
        project.delete_last_answer();
        project.delete_answer(0, 7);
        assert_eq!(project.question().unwrap().answers, [answer("3-0", 21)]);
    }

    #[test]
    fn marking_without_a_question_makes_one() {
        let mut project = project(&[&[("Poznań", 0)]]);
        assert_eq!(project.mark(Span { start: 0, end: 6 }), Marked::WithNewQuestion);
        assert_eq!(project.place.question, Some(0));
        assert_eq!(project.question().unwrap().answers, [answer("Poznań", 0)]);
        assert!(!project.question().unwrap().id.is_empty());
        project.undo();
        assert_eq!((project.dataset.question_count(), project.place.question), (0, None));
    }

    #[test]
    fn no_answer_and_answers_exclude_each_other() {
        let mut project = project(&[&[("Poznań", 1)]]);
        project.mark(Span { start: 0, end: 6 });
        project.set_no_answer(0, true);
        assert!(project.question().unwrap().is_unanswerable() && project.question().unwrap().answers.is_empty());
        project.mark(Span { start: 0, end: 6 });
        assert_eq!(project.question().unwrap().is_impossible, Some(false));
        project.undo();
        project.undo();
        assert_eq!(project.question().unwrap().answers.len(), 1);
    }

    #[test]
    fn ids_of_new_questions_are_their_own() {
        let mut project = project(&[&[("one", 1)], &[("two", 0)]]);
        project.dataset.data[0].paragraphs[0].qas[0].id = "question-2".to_owned();
        project.go_to(Place::of_paragraph(1, 0));
        project.new_question();
        project.new_question();
        let ids: HashSet<&str> = project.dataset.questions().map(|(_, _, question)| question.id.as_str()).collect();
        assert_eq!(ids.len(), 3);
    }

    #[test]
    fn the_chosen_question_stays_when_another_goes() {
        let mut project = project(&[&[("one", 3)]]);
        project.place.question = Some(2);
        project.delete_question(0);
        assert_eq!(project.question().unwrap().id, "q3");
        project.delete_question(1);
        assert_eq!(project.question().unwrap().id, "q2");
        project.delete_question(0);
        assert_eq!(project.place.question, None);
        project.delete_question(0);
        assert_eq!(project.dataset.question_count(), 0);
    }

    #[test]
    fn the_first_dataset_is_no_step_and_the_second_is() {
        let mut first = Project::default();
        let other = project(&[&[("one", 1)]]);
        first.replace(Everything { name: "a".to_owned(), dataset: other.dataset.clone(), ..Everything::default() });
        assert_eq!((first.history.undoable(), first.name.as_str(), first.place.question), (None, "a", Some(0)));
        first.replace(Everything { name: "b".to_owned(), is_sample: true, ..Everything::default() });
        assert!(first.is_empty() && first.is_sample);
        first.undo();
        assert_eq!((first.name.as_str(), first.is_sample, first.dataset.question_count()), ("a", false, 1));
        first.delete_document();
        assert!(first.is_empty());
        first.replace(Everything { name: "c".to_owned(), dataset: other.dataset.clone(), ..Everything::default() });
        first.undo();
        first.undo();
        assert_eq!(first.dataset, other.dataset, "a document that was deleted comes back, whatever was loaded since");
        let mut named = Project { name: "mine".to_owned(), ..Project::default() };
        named.replace(Everything { name: "d".to_owned(), dataset: other.dataset, ..Everything::default() });
        assert_eq!((named.name.as_str(), named.history.undoable()), ("mine", None));
    }
}
