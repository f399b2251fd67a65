//! Editing of texts: answers follow; and the deleting and renaming of what holds them.

use super::history::{Change, Step};
use super::{Place, Project};
use crate::squad::Document;
use crate::squad::follow::{Edit, with_line_ends_of};

/// What an edit of a text did to its answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edited {
    /// Answers that stand elsewhere now.
    pub moved: usize,
    /// Answers whose words are gone: they are listed under the findings.
    pub flagged: usize,
}

/// A text as it is being edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The paragraph that it is the text of.
    pub place: Place,
    /// As it was.
    pub original: String,
    /// As it is to be.
    pub text: String,
}

/// Why a draft cannot be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsaved {
    /// The project is only read here.
    ReadOnly,
    /// Its paragraph has gone, or has another text by now.
    Gone,
}

impl Project {
    /// The text that is shown, to be edited.
    pub fn draft(&self) -> Option<Draft> {
        let text = self.paragraph().filter(|_| !self.place.is_held_back() && !self.is_read_only)?.context.clone();
        Some(Draft { place: self.place, original: text.clone(), text })
    }

    /// Takes an edited text over, as a field of the browser has it, wherever the person is by now; its answers follow where their words
    /// are still there. `None` where it changes nothing, or would leave nothing.
    ///
    /// # Errors
    /// Where it can no longer be: the draft alone has its words then.
    pub fn save_draft(&mut self, draft: &Draft) -> Result<Option<Edited>, Unsaved> {
        if self.is_read_only {
            return Err(Unsaved::ReadOnly);
        }
        let place = draft.place;
        let paragraph = self.paragraph_at(place).filter(|paragraph| paragraph.context == draft.original);
        let paragraph = paragraph.ok_or(Unsaved::Gone)?;
        let context = with_line_ends_of(&paragraph.context, &draft.text);
        if context == paragraph.context || context.trim().is_empty() {
            return Ok(None);
        }
        let edit = Edit::new(&paragraph.context, &context);
        let mut done = Edited::default();
        let mut questions = paragraph.qas.clone();
        for answer in questions.iter_mut().flat_map(|question| &mut question.answers) {
            let stood = edit.stood(answer);
            let followed = edit.follow(answer);
            done.flagged += usize::from(stood && !followed.stands);
            done.moved += usize::from(followed.stands && followed.answer.answer_start != answer.answer_start);
            *answer = followed.answer;
        }
        let change = Change::Text { place, context, questions };
        self.make(Step { what: "edited text", change, place, merge: None });
        Ok(Some(done))
    }

    /// What a person does who edits the text that is shown, and saves it.
    #[cfg(test)]
    pub(crate) fn edit_text(&mut self, edited: &str) -> Option<Edited> {
        let draft = Draft { text: edited.to_owned(), ..self.draft()? };
        self.save_draft(&draft).ok().flatten()
    }

    /// Deletes the paragraph that is shown, and its document with the last of its paragraphs.
    pub fn delete_paragraph(&mut self) {
        let Place { document, paragraph, .. } = self.place;
        let Some(before) = self.changeable_document().filter(|before| paragraph < before.paragraphs.len()) else {
            return;
        };
        let mut after = before.clone();
        after.paragraphs.remove(paragraph);
        let documents = if after.paragraphs.is_empty() { Vec::new() } else { vec![after] };
        self.exchange_document("deleted paragraph", document, documents);
    }

    /// Deletes the document that is shown.
    pub fn delete_document(&mut self) {
        if self.changeable_document().is_some() {
            self.exchange_document("deleted document", self.place.document, Vec::new());
        }
    }

    /// The document that is shown, where it is not held back.
    fn changeable_document(&self) -> Option<&Document> {
        self.document_at(self.place).filter(|_| !self.place.is_held_back())
    }

    fn exchange_document(&mut self, what: &'static str, from: usize, documents: Vec<Document>) {
        let change = Change::Documents { from, count: 1, documents };
        self.make(Step { what, change, place: self.place, merge: None });
        self.go_to(Place { question: None, ..self.place });
    }

    /// Gives the document that is shown another title; letters typed one after the other are one step.
    pub fn rename_document(&mut self, title: &str) {
        let document = self.place.document;
        if self.changeable_document().is_some_and(|document| document.title != title) {
            let change = Change::Title { document, title: title.to_owned() };
            let merge = Some((Place { question: None, ..Place::of_paragraph(document, 0) }, "title"));
            self.make(Step { what: "title of a document", change, place: self.place, merge });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, project};
    use super::super::{Place, Span};
    use super::*;
    use crate::squad::check::{FindingKind, check};

    #[test]
    fn answers_follow_an_edit_and_what_cannot_is_flagged() {
        let mut project = project(&[&[("Lech\r\nwon 3-0 at home, 3-0 away.", 2)]]);
        project.mark(Span { start: 10, end: 13 });
        project.mark(Span { start: 23, end: 26 });
        let before = project.dataset.clone();
        // A field gives back LF alone.
        let done = project.edit_text("In 1922 Lech\nwon twice at home, 3-0 away.");
        assert_eq!(done, Some(Edited { moved: 1, flagged: 1 }));
        let paragraph = project.paragraph().unwrap();
        assert_eq!(paragraph.context, "In 1922 Lech\r\nwon twice at home, 3-0 away.");
        assert_eq!(paragraph.qas[0].answers[1], answer("3-0", 33));
        assert_eq!(paragraph.qas[0].answers[0].text, "3-0", "nothing is lost");
        assert!(
            project.findings.iter().any(|f| f.path.ends_with("answers[0]") && f.kind == FindingKind::OffsetShifted)
        );
        assert_eq!(project.findings, check(&project.dataset));
        assert_eq!(project.undo(), Some("edited text"));
        assert_eq!((&project.dataset, project.findings.len()), (&before, 1));
        project.redo();
        assert_eq!(project.findings, check(&project.dataset));
        assert_eq!(project.edit_text(" \n"), None);
        assert_eq!(project.edit_text("In 1922 Lech\nwon twice at home, 3-0 away."), None, "nothing changes");
    }

    #[test]
    fn a_draft_is_saved_where_it_belongs_or_not_at_all() {
        let mut project = project(&[&[("one", 0), ("two", 0)]]);
        let mut draft = project.draft().unwrap();
        assert_eq!((draft.place, draft.text.as_str()), (Place::of_paragraph(0, 0), "one"));
        draft.text = "first".to_owned();
        project.go_to(Place::of_paragraph(0, 1));
        project.is_read_only = true;
        assert_eq!((project.save_draft(&draft), project.draft()), (Err(Unsaved::ReadOnly), None));
        project.is_read_only = false;
        assert_eq!(project.save_draft(&draft), Ok(Some(Edited::default())));
        let texts = |project: &Project| {
            project.dataset.data[0].paragraphs.iter().map(|p| p.context.clone()).collect::<Vec<_>>()
        };
        assert_eq!(texts(&project), ["first", "two"]);
        assert_eq!(project.save_draft(&draft), Err(Unsaved::Gone), "the text is another by now");
        project.undo();
        project.go_to(Place::of_paragraph(0, 0));
        project.delete_paragraph();
        assert_eq!(project.save_draft(&draft), Err(Unsaved::Gone), "another paragraph has its place");
        assert_eq!(texts(&project), ["two"]);
    }

    #[test]
    fn paragraphs_and_documents_go_and_come_back() {
        let mut project = project(&[&[("one", 1), ("two", 1)], &[("three", 0)]]);
        let whole = project.dataset.clone();
        project.go_to(Place::of_paragraph(0, 1));
        project.delete_paragraph();
        assert_eq!((project.paragraph().unwrap().context.as_str(), project.dataset.question_count()), ("one", 1));
        project.delete_paragraph();
        assert_eq!((project.dataset.data.len(), project.paragraph().unwrap().context.as_str()), (1, "three"));
        project.delete_document();
        assert!(project.is_empty());
        project.delete_paragraph();
        project.delete_document();
        for _ in 0..3 {
            project.undo();
        }
        assert_eq!((&project.dataset, project.place.paragraph), (&whole, 1));
        assert_eq!(project.findings, check(&whole));
    }

    #[test]
    fn a_title_typed_is_one_step() {
        let mut project = project(&[&[("one", 0)]]);
        for title in ["L", "Le", "Lech"] {
            project.rename_document(title);
        }
        assert_eq!(project.dataset.data[0].title, "Lech");
        assert_eq!((project.undo(), project.undo()), (Some("title of a document"), None));
        assert_eq!(project.dataset.data[0].title, "");
    }

    #[test]
    fn a_project_that_is_open_elsewhere_stays_as_it_is() {
        let mut project = project(&[&[("one", 1)]]);
        project.mark(Span { start: 0, end: 3 });
        let before = project.dataset.clone();
        project.is_read_only = true;
        project.mark(Span { start: 0, end: 2 });
        project.new_question();
        project.delete_question(0);
        project.delete_paragraph();
        project.add_text("More", vec!["two".to_owned()]);
        assert_eq!((project.edit_text("other"), project.undo()), (None, None));
        assert!(project.dataset == before && project.question().is_some());
        assert!(project.history.undoable().is_some(), "the step is still there for whoever takes the project over");
    }
}
