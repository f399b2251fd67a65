//! Questions that were asked and become training examples.

use std::collections::HashSet;

use super::history::{Change, Step};
use super::{Part, Place, Project, Span, naming, spans};
use crate::squad::offsets::slice;
use crate::squad::read::fresh_id;
use crate::squad::{Answer, Document, Paragraph, Question};

/// What the person says about an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This span is right; other answers that are marked may be right too.
    Right(Span),
    /// This span is right, and nothing else.
    Instead(Span),
    /// The text has no answer.
    NoAnswer,
}

/// What became of a question that was to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is among what is trained on now.
    New,
    /// It was there already, with this answer.
    AlreadyThere,
    /// Its text is held back: trained on, it would flatter what is measured on it.
    HeldBack,
    /// Nothing but white space was marked, or the project is open in another tab.
    Nothing,
}

/// Title of the document that pasted texts are kept in.
const ASKED: &str = "Texts asked about";

impl Project {
    /// Keeps a question with what is said about its answer in `context`. A paragraph with this text takes it, the one at `place`
    /// first; where there is none, the text is added, unless it is held back. One step of Undo.
    pub fn keep_example(&mut self, place: Option<Place>, context: &str, question: &str, verdict: Verdict) -> Outcome {
        let verdict = match verdict {
            Verdict::Right(span) => spans::trim(context, span).map(|(span, _)| Verdict::Right(span)),
            Verdict::Instead(span) => spans::trim(context, span).map(|(span, _)| Verdict::Instead(span)),
            Verdict::NoAnswer => Some(Verdict::NoAnswer),
        };
        let Some(verdict) = verdict.filter(|_| !self.is_read_only) else { return Outcome::Nothing };
        if let Some(place) = self.place_of(place, context) {
            return self.keep_in_paragraph(place, question, verdict);
        }
        let held_back = self.documents(Part::HeldOut).iter().flat_map(|document| &document.paragraphs);
        if held_back.into_iter().any(|paragraph| paragraph.context == context) {
            return Outcome::HeldBack;
        }
        let question = self.example(context, question, verdict);
        self.add_paragraph(context, question);
        Outcome::New
    }

    /// The paragraph with this text that is trained on.
    fn place_of(&self, place: Option<Place>, context: &str) -> Option<Place> {
        let has_it = |place: &Place| self.paragraph_at(*place).is_some_and(|paragraph| paragraph.context == context);
        let elsewhere = || {
            let documents = self.dataset.data.iter().enumerate();
            let mut places = documents.flat_map(|(document, of)| {
                (0..of.paragraphs.len()).map(move |paragraph| Place::of_paragraph(document, paragraph))
            });
            places.find(has_it)
        };
        place.filter(|place| !place.is_held_back() && has_it(place)).or_else(elsewhere)
    }

    fn example(&self, context: &str, question: &str, verdict: Verdict) -> Question {
        let taken: HashSet<String> = self.dataset.questions().map(|(_, _, question)| question.id.clone()).collect();
        let id = fresh_id(&taken, &mut (taken.len() + 1));
        let mut example = Question { id, question: question.to_owned(), ..Question::default() };
        apply(&mut example, context, verdict);
        example
    }

    fn keep_in_paragraph(&mut self, place: Place, question: &str, verdict: Verdict) -> Outcome {
        let Some(paragraph) = self.paragraph_at(place) else { return Outcome::Nothing };
        let before = &paragraph.qas;
        let mut questions = before.clone();
        match questions.iter_mut().find(|known| known.question.trim() == question) {
            Some(known) => apply(known, &paragraph.context, verdict),
            None => questions.push(self.example(&paragraph.context, question, verdict)),
        }
        if questions == *before {
            return Outcome::AlreadyThere;
        }
        self.make(Step {
            what: "kept question",
            change: Change::Questions(vec![(place, questions)]),
            place: self.place,
            merge: None,
        });
        Outcome::New
    }

    fn add_paragraph(&mut self, context: &str, question: Question) {
        let paragraph = Paragraph { context: context.to_owned(), qas: vec![question], ..Paragraph::default() };
        if self.name.is_empty() {
            self.name = naming::title(&[context.to_owned()]);
        }
        let last = self.dataset.data.last().filter(|last| last.title == ASKED).cloned();
        let count = usize::from(last.is_some());
        let from = self.dataset.data.len() - count;
        let mut document = last.unwrap_or_else(|| Document { title: ASKED.to_owned(), ..Document::default() });
        document.paragraphs.push(paragraph);
        let change = Change::Documents { from, count, documents: vec![document] };
        self.make(Step { what: "kept question", change, place: self.place, merge: None });
        // An empty project has shown nothing so far.
        self.go_to(self.place);
    }
}

fn apply(question: &mut Question, context: &str, verdict: Verdict) {
    let (Verdict::Right(span) | Verdict::Instead(span)) = verdict else {
        question.answers.clear();
        question.is_impossible = Some(true);
        return;
    };
    let text = slice(context, span.start, span.end).unwrap_or_default().to_owned();
    if question.is_unanswerable() {
        question.is_impossible = Some(false);
    }
    let is_this = |known: &Answer| known.answer_start == span.start && known.text == text;
    if matches!(verdict, Verdict::Instead(_)) {
        question.answers.retain(is_this);
    }
    if !question.answers.iter().any(is_this) {
        question.answers.push(Answer { text, answer_start: span.start, ..Answer::default() });
    }
}

#[cfg(test)]
mod tests {
    use super::super::HeldOut;
    use super::super::tests::{answer, project};
    use super::*;
    use crate::squad::Dataset;

    const TEXT: &str = "Żółw 🐢 won 3-0.";

    fn right(start: usize, end: usize) -> Verdict {
        Verdict::Right(Span { start, end })
    }

    fn instead(start: usize, end: usize) -> Verdict {
        Verdict::Instead(Span { start, end })
    }

    #[test]
    fn a_question_about_a_paragraph_is_kept_there() {
        let mut project = project(&[&[("other", 1)], &[(TEXT, 1)]]);
        let place = Place::of_paragraph(1, 0);
        assert_eq!(project.keep_example(Some(place), TEXT, "How did it end?", right(11, 14)), Outcome::New);
        let kept = &project.paragraph_at(place).unwrap().qas[1];
        assert_eq!((kept.question.as_str(), &kept.answers[..]), ("How did it end?", &[answer("3-0", 11)][..]));
        assert_eq!(project.keep_example(None, TEXT, "How did it end?", right(11, 14)), Outcome::AlreadyThere);
        assert!(project.findings.iter().all(|finding| !finding.path.contains("data[1].paragraphs[0].qas[1]")));
        project.undo();
        assert_eq!(project.dataset.question_count(), 2);
    }

    #[test]
    fn a_place_whose_text_has_changed_is_not_trusted() {
        let mut project = project(&[&[("changed", 0), (TEXT, 0)]]);
        assert_eq!(project.keep_example(Some(Place::default()), TEXT, "Who?", right(0, 4)), Outcome::New);
        assert_eq!(project.dataset.data[0].paragraphs[1].qas.len(), 1);
    }

    #[test]
    fn a_text_that_is_held_back_is_not_trained_on() {
        let mut project = project(&[&[("other", 1)], &[(TEXT, 1)]]);
        let dataset = Dataset { data: vec![project.dataset.data.remove(1)], ..Dataset::default() };
        project.held_out = Some(HeldOut { name: String::new(), dataset });
        let before = project.dataset.clone();
        for place in [None, Some(Place::in_part(Part::HeldOut, 0, 0)), Some(Place::default())] {
            assert_eq!(project.keep_example(place, TEXT, "Who?", right(0, 4)), Outcome::HeldBack);
        }
        assert_eq!((&project.dataset, project.history.undoable()), (&before, None));
    }

    #[test]
    fn a_pasted_text_is_added_once() {
        let mut project = Project::default();
        assert_eq!(project.keep_example(None, TEXT, "Who?", right(0, 4)), Outcome::New);
        assert_eq!((project.name.as_str(), project.place.question), (TEXT, Some(0)));
        assert_eq!(project.keep_example(None, "Another text.", "What?", right(0, 7)), Outcome::New);
        assert_eq!(project.keep_example(None, TEXT, "What?", right(5, 6)), Outcome::New);
        let document = &project.dataset.data[0];
        assert_eq!((project.dataset.data.len(), document.title.as_str()), (1, ASKED));
        assert_eq!(document.paragraphs.iter().map(|p| p.qas.len()).collect::<Vec<_>>(), [2, 1]);
        assert!(project.findings.is_empty());
        project.undo();
        project.undo();
        assert_eq!(project.dataset.question_count(), 1);
    }

    #[test]
    fn the_right_answer_takes_the_place_of_the_wrong_one() {
        let mut project = project(&[&[(TEXT, 0)]]);
        project.keep_example(None, TEXT, "Who?", right(5, 6));
        assert_eq!(project.keep_example(None, TEXT, "Who?", right(0, 6)), Outcome::New, "another right answer");
        assert_eq!(project.dataset.data[0].paragraphs[0].qas[0].answers.len(), 2);
        assert_eq!(
            project.keep_example(None, TEXT, "Who?", instead(0, 5)),
            Outcome::New,
            "white space at the edge is left out"
        );
        assert_eq!(project.dataset.data[0].paragraphs[0].qas[0].answers, [answer("Żółw", 0)]);
        assert_eq!(project.keep_example(None, TEXT, "Who?", Verdict::NoAnswer), Outcome::New);
        let question = &project.dataset.data[0].paragraphs[0].qas[0];
        assert!(question.is_unanswerable() && question.answers.is_empty());
        assert_eq!(
            project.keep_example(None, TEXT, "Who?", instead(4, 5)),
            Outcome::Nothing,
            "nothing but white space"
        );
        assert_eq!(project.keep_example(None, TEXT, "Who?", instead(0, 4)), Outcome::New);
        assert!(!project.dataset.data[0].paragraphs[0].qas[0].is_unanswerable());
    }
}
