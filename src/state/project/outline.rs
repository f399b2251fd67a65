//! The list of documents and paragraphs: what it shows of a dataset of any size.

use super::spans::excerpt;
use super::{Place, Project};
use crate::squad::Paragraph;
use crate::state::format::counted;

/// Rows that the list draws at a time: a book may have thousands of paragraphs.
pub const ROWS_MAX: usize = 200;

/// Characters of a paragraph that its row shows.
const EXCERPT_CHARS: usize = 90;

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// The paragraph that it leads to.
    pub place: Place,
    /// Whether it stands for the whole document.
    pub is_document: bool,
    /// Title, or beginning of the text.
    pub label: String,
    /// Paragraphs in it, 1 for a paragraph's row.
    pub paragraphs: usize,
    /// Questions in it.
    pub questions: usize,
    /// Questions that have an answer or are marked as having none.
    pub answered: usize,
}

/// The rows to draw, and how many there are besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// Rows, in the order of the file.
    pub rows: Vec<Row>,
    /// Rows before them.
    pub before: usize,
    /// Rows after them.
    pub after: usize,
}

/// Numbers of a whole project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Documents.
    pub documents: usize,
    /// Paragraphs.
    pub paragraphs: usize,
    /// Questions.
    pub questions: usize,
    /// Questions that have an answer or are marked as having none.
    pub answered: usize,
}

fn counts(paragraph: &Paragraph) -> (usize, usize) {
    let answered =
        paragraph.qas.iter().filter(|question| !question.answers.is_empty() || question.is_unanswerable()).count();
    (paragraph.qas.len(), answered)
}

impl Project {
    /// Numbers of the whole project.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals { documents: self.dataset.data.len(), ..Totals::default() };
        for paragraph in self.dataset.data.iter().flat_map(|document| &document.paragraphs) {
            let (questions, answered) = counts(paragraph);
            totals.paragraphs += 1;
            totals.questions += questions;
            totals.answered += answered;
        }
        totals
    }

    /// The rows around the paragraph that is shown, or from row `from` on. Without a search the documents, the one that is
    /// shown opened; with one the paragraphs whose text, title or questions have the words.
    pub fn outline(&self, query: &str, from: Option<usize>) -> Outline {
        let query = query.trim().to_lowercase();
        let rows = if query.is_empty() { self.all_rows() } else { self.found_rows(&query) };
        let here = rows.iter().position(|row| !row.is_document && row.place.is_beside(self.place)).unwrap_or(0);
        let last_from = rows.len().saturating_sub(ROWS_MAX);
        let before = from.unwrap_or(here.saturating_sub(ROWS_MAX / 2)).min(last_from);
        let after = rows.len().saturating_sub(before + ROWS_MAX);
        let rows = rows.into_iter().skip(before).take(ROWS_MAX).map(|mut row| {
            if let Some(paragraph) = self.paragraph_at(row.place).filter(|_| !row.is_document) {
                row.label = excerpt(&paragraph.context, EXCERPT_CHARS);
            }
            row
        });
        Outline { rows: rows.collect(), before, after }
    }

    fn all_rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        // A file with a single document that has no title needs no heading.
        let has_headings = self.dataset.data.len() > 1 || self.dataset.data.iter().any(|d| !d.title.is_empty());
        for (d, document) in self.dataset.data.iter().enumerate() {
            let at = rows.len();
            let is_open = d == self.place.document;
            let (mut questions, mut answered) = (0, 0);
            for (p, paragraph) in document.paragraphs.iter().enumerate() {
                let row = paragraph_row(d, p, paragraph);
                questions += row.questions;
                answered += row.answered;
                if is_open {
                    rows.push(row);
                }
            }
            if has_headings {
                let paragraphs = document.paragraphs.len();
                let label = title(&document.title, d);
                let place = Place::of_paragraph(d, 0);
                rows.insert(at, Row { place, is_document: true, label, paragraphs, questions, answered });
            }
        }
        rows
    }

    fn found_rows(&self, query: &str) -> Vec<Row> {
        let has = |text: &str| text.to_lowercase().contains(query);
        let mut rows = Vec::new();
        for (d, document) in self.dataset.data.iter().enumerate() {
            let in_title = has(&document.title);
            for (p, paragraph) in document.paragraphs.iter().enumerate() {
                let in_questions = || paragraph.qas.iter().any(|question| has(&question.question));
                if in_title || has(&paragraph.context) || in_questions() {
                    rows.push(paragraph_row(d, p, paragraph));
                }
            }
        }
        rows
    }
}

fn paragraph_row(document: usize, paragraph: usize, text: &Paragraph) -> Row {
    let (questions, answered) = counts(text);
    let place = Place::of_paragraph(document, paragraph);
    // The label is filled in for the rows that are drawn.
    Row { place, is_document: false, label: String::new(), paragraphs: 1, questions, answered }
}

/// A document's title, or its number where it has none.
pub fn title(title: &str, index: usize) -> String {
    if title.trim().is_empty() { format!("Document {}", index + 1) } else { title.to_owned() }
}

impl Totals {
    /// `3 documents · 9 paragraphs · 20 of 22 questions answered`.
    pub fn in_words(self) -> String {
        let documents = counted(self.documents, "document", "documents");
        let paragraphs = counted(self.paragraphs, "paragraph", "paragraphs");
        let questions = counted(self.questions, "question", "questions");
        let answered = match self.answered {
            _ if self.questions == 0 => String::new(),
            all if all == self.questions => ", all answered".to_owned(),
            some => format!(", {} answered", crate::state::format::whole(some)),
        };
        format!("{documents} · {paragraphs} · {questions}{answered}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::project;
    use super::*;

    #[test]
    fn the_document_that_is_shown_is_open() {
        let mut project = project(&[&[("one", 1), ("two", 2)], &[("three", 0)]]);
        project.dataset.data[0].title = "First".to_owned();
        let labels = |project: &Project| -> Vec<String> {
            project.outline("", None).rows.into_iter().map(|row| row.label).collect()
        };
        assert_eq!(labels(&project), ["First", "one", "two", "Document 2"]);
        project.go_to(Place::of_paragraph(1, 0));
        assert_eq!(labels(&project), ["First", "Document 2", "three"]);
        assert_eq!(project.outline("", None).rows[0].questions, 3);
    }

    #[test]
    fn a_search_finds_texts_titles_and_questions_in_any_case() {
        let mut project = project(&[&[("Poznań", 1), ("two", 0)], &[("three", 0)]]);
        project.dataset.data[1].title = "Łódź".to_owned();
        let found = |query: &str| project.outline(query, None).rows.iter().map(|row| row.place).collect::<Vec<_>>();
        assert_eq!(found("POZNAŃ"), [Place::of_paragraph(0, 0)]);
        assert_eq!(found("question 1"), [Place::of_paragraph(0, 0)]);
        assert_eq!(found("łó"), [Place::of_paragraph(1, 0)]);
        assert!(found("nowhere").is_empty());
    }

    #[test]
    fn a_long_list_is_drawn_in_parts() {
        let paragraphs = vec![("text", 0); 2000];
        let mut project = project(&[paragraphs.as_slice()]);
        let outline = project.outline("", None);
        assert_eq!((outline.before, outline.rows.len(), outline.after), (0, ROWS_MAX, 1800));
        project.go_to(Place::of_paragraph(0, 1000));
        let outline = project.outline("", None);
        assert_eq!((outline.before, outline.after), (900, 900));
        assert!(outline.rows.iter().any(|row| row.place.paragraph == 1000));
        project.go_to(Place::of_paragraph(0, 1999));
        assert_eq!(project.outline("", None).after, 0);
        assert_eq!(project.outline("", Some(5)).before, 5);
        assert_eq!(project.outline("", Some(9999)).before, 1800);
    }

    #[test]
    fn totals_read_well() {
        let mut project = project(&[&[("one", 2)], &[("two", 0)]]);
        assert_eq!(project.totals().in_words(), "2 documents · 2 paragraphs · 2 questions, 0 answered");
        project.set_no_answer(0, true);
        project.set_no_answer(1, true);
        assert_eq!(project.totals().in_words(), "2 documents · 2 paragraphs · 2 questions, all answered");
    }
}
