//! The list of documents and paragraphs: what it shows of a dataset of any size.

use super::spans::excerpt;
use super::tally::Counts;
use super::{Part, Place, Project};
use crate::squad::Paragraph;
use crate::state::format::counted;

/// Rows that are drawn beyond the edges of what is seen, so that arrow keys and a fast wheel find them there.
const ROWS_BEYOND: usize = 12;

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

/// What the list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listing {
    /// Documents, and the paragraphs of the one that is shown.
    #[default]
    Texts,
    /// All questions.
    Questions,
}

/// Which of so many rows are drawn, where the list is scrolled to a pixel and so many are seen: all rows are equally high.
pub fn window(count: usize, row_px: usize, top_px: usize, height_px: usize) -> std::ops::Range<usize> {
    let first = (top_px / row_px).min(count);
    let last = (top_px + height_px).div_ceil(row_px);
    first.saturating_sub(ROWS_BEYOND)..(last + ROWS_BEYOND).min(count)
}

/// Where to scroll so that a row is seen; `None` where it is.
pub fn scroll_to(row: usize, row_px: usize, top_px: usize, height_px: usize) -> Option<usize> {
    let (from, to) = (row * row_px, (row + 1) * row_px);
    if from < top_px || to > top_px + height_px {
        // In the middle, with what stands around it.
        return Some(from.saturating_sub(height_px.saturating_sub(row_px) / 2));
    }
    None
}

/// The row that a key leads to from another, where `page` rows are seen at once; `None` for keys that lead nowhere.
pub fn row_after_key(key: &str, row: usize, count: usize, page: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    let to = match key {
        "ArrowDown" => row + 1,
        "ArrowUp" => row.saturating_sub(1),
        "PageDown" => row + page,
        "PageUp" => row.saturating_sub(page),
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    Some(to.min(last))
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
        let Counts { paragraphs, questions, answered } = self.all_counts();
        Totals { documents: self.dataset.data.len(), paragraphs, questions, answered }
    }

    /// All rows, without the texts that [`Self::label`] gives: first what is trained on, then what is held back. Without a search the
    /// documents, the one that is shown opened; with one the paragraphs whose text, title or questions have the words, or the
    /// questions that have them.
    pub fn rows(&self, listing: Listing, query: &str) -> Vec<Row> {
        let query = query.trim().to_lowercase();
        let mut rows = Vec::new();
        for part in Part::ALL {
            match listing {
                Listing::Questions => self.question_rows(part, &query, &mut rows),
                Listing::Texts if query.is_empty() => self.all_rows(part, &mut rows),
                Listing::Texts => self.found_rows(part, &query, &mut rows),
            }
        }
        rows
    }

    /// What a row says.
    pub fn label(&self, row: &Row) -> String {
        let Some(paragraph) = self.paragraph_at(row.place).filter(|_| !row.is_document) else {
            return row.label.clone();
        };
        match row.place.question.and_then(|question| paragraph.qas.get(question)) {
            Some(question) if question.question.trim().is_empty() => "(no words yet)".to_owned(),
            Some(question) => excerpt(&question.question, EXCERPT_CHARS),
            None => excerpt(&paragraph.context, EXCERPT_CHARS),
        }
    }

    fn question_rows(&self, part: Part, query: &str, rows: &mut Vec<Row>) {
        for (d, document) in self.documents(part).iter().enumerate() {
            for (p, paragraph) in document.paragraphs.iter().enumerate() {
                for (q, question) in paragraph.qas.iter().enumerate() {
                    if query.is_empty() || question.question.to_lowercase().contains(query) {
                        let answered = usize::from(!question.answers.is_empty() || question.is_unanswerable());
                        let place = Place { question: Some(q), ..Place::in_part(part, d, p) };
                        let label = String::new();
                        rows.push(Row { place, is_document: false, label, paragraphs: 1, questions: 1, answered });
                    }
                }
            }
        }
    }

    fn all_rows(&self, part: Part, rows: &mut Vec<Row>) {
        let documents = self.documents(part);
        // A file with a single document that has no title needs no heading.
        let has_headings =
            part == Part::HeldOut || documents.len() > 1 || documents.iter().any(|document| !document.title.is_empty());
        for (d, document) in documents.iter().enumerate() {
            if has_headings {
                let counts = if part == Part::Training { self.counts(d) } else { Counts::of(document) };
                let Counts { paragraphs, questions, answered } = counts;
                let label = title(&document.title, d);
                let place = Place::in_part(part, d, 0);
                rows.push(Row { place, is_document: true, label, paragraphs, questions, answered });
            }
            if (part, d) == (self.place.part, self.place.document) {
                let paragraphs = document.paragraphs.iter().enumerate();
                rows.extend(paragraphs.map(|(p, paragraph)| paragraph_row(Place::in_part(part, d, p), paragraph)));
            }
        }
    }

    fn found_rows(&self, part: Part, query: &str, rows: &mut Vec<Row>) {
        let has = |text: &str| text.to_lowercase().contains(query);
        for (d, document) in self.documents(part).iter().enumerate() {
            let in_title = has(&document.title);
            for (p, paragraph) in document.paragraphs.iter().enumerate() {
                let in_questions = || paragraph.qas.iter().any(|question| has(&question.question));
                if in_title || has(&paragraph.context) || in_questions() {
                    rows.push(paragraph_row(Place::in_part(part, d, p), paragraph));
                }
            }
        }
    }
}

fn paragraph_row(place: Place, text: &Paragraph) -> Row {
    let (questions, answered) = counts(text);
    // Rows that are drawn are asked for their label.
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
    use super::super::HeldOut;
    use super::super::tests::project;
    use super::*;
    use crate::squad::Dataset;

    #[test]
    fn the_document_that_is_shown_is_open() {
        let mut project = project(&[&[("one", 1), ("two", 2)], &[("three", 0)]]);
        project.dataset.data[0].title = "First".to_owned();
        let labels = |project: &Project| -> Vec<String> {
            project.rows(Listing::Texts, "").iter().map(|row| project.label(row)).collect()
        };
        assert_eq!(labels(&project), ["First", "one", "two", "Document 2"]);
        project.go_to(Place::of_paragraph(1, 0));
        assert_eq!(labels(&project), ["First", "Document 2", "three"]);
        assert_eq!(project.rows(Listing::Texts, "")[0].questions, 3);
    }

    #[test]
    fn what_is_held_back_comes_last_and_is_found_too() {
        let mut whole = project(&[&[("one", 1)], &[("two", 2)]]);
        let dataset = Dataset { data: vec![whole.dataset.data.remove(1)], ..Dataset::default() };
        whole.hold_out(HeldOut { name: "held".to_owned(), dataset });
        let brief = |project: &Project, listing, query| -> Vec<(Part, bool, String)> {
            let rows = project.rows(listing, query);
            rows.iter().map(|row| (row.place.part, row.is_document, project.label(row))).collect()
        };
        let label = |text: &str| text.to_owned();
        let closed = vec![(Part::Training, false, label("one")), (Part::HeldOut, true, label("Document 1"))];
        assert_eq!(brief(&whole, Listing::Texts, ""), closed);
        assert_eq!(brief(&whole, Listing::Texts, "two"), [(Part::HeldOut, false, label("two"))]);
        let questions: Vec<Part> = brief(&whole, Listing::Questions, "").iter().map(|row| row.0).collect();
        assert_eq!(questions, [Part::Training, Part::HeldOut, Part::HeldOut]);
        whole.go_to(Place::in_part(Part::HeldOut, 0, 0));
        let opened = brief(&whole, Listing::Texts, "");
        assert_eq!(opened.last(), Some(&(Part::HeldOut, false, label("two"))));
        assert_eq!(whole.totals().questions, 1, "totals are of what is trained on");
    }

    #[test]
    fn a_search_finds_texts_titles_and_questions_in_any_case() {
        let mut project = project(&[&[("Poznań", 1), ("two", 0)], &[("three", 0)]]);
        project.dataset.data[1].title = "Łódź".to_owned();
        let found = |query: &str| project.rows(Listing::Texts, query).iter().map(|row| row.place).collect::<Vec<_>>();
        assert_eq!(found("POZNAŃ"), [Place::of_paragraph(0, 0)]);
        assert_eq!(found("question 1"), [Place::of_paragraph(0, 0)]);
        assert_eq!(found("łó"), [Place::of_paragraph(1, 0)]);
        assert!(found("nowhere").is_empty());
    }

    #[test]
    fn a_list_of_any_length_is_drawn_a_window_at_a_time() {
        let paragraphs = vec![("text", 10); 10_000];
        let project = project(&[&paragraphs]);
        let rows = project.rows(Listing::Questions, "");
        assert_eq!((rows.len(), rows[99_999].place.question), (100_000, Some(9)));
        assert_eq!(project.label(&rows[99_999]), "Question 100000?");
        assert_eq!(project.rows(Listing::Questions, "QUESTION 100000").len(), 1);
        assert_eq!(window(100_000, 50, 0, 500), 0..22);
        assert_eq!(window(100_000, 50, 5_000, 510), 88..123);
        assert_eq!(window(10, 50, 99_999, 500), 0..10);
        assert_eq!(window(0, 50, 0, 500), 0..0);
        assert_eq!((scroll_to(3, 50, 0, 500), scroll_to(9, 50, 0, 500)), (None, None));
        assert_eq!((scroll_to(100, 50, 0, 500), scroll_to(0, 50, 400, 500)), (Some(4775), Some(0)));
    }

    #[test]
    fn keys_lead_through_the_rows_and_not_beyond() {
        let after = |key, row| row_after_key(key, row, 100, 10);
        assert_eq!(["ArrowDown", "PageDown", "End"].map(|key| after(key, 95)), [Some(96), Some(99), Some(99)]);
        assert_eq!(["ArrowUp", "PageUp", "Home"].map(|key| after(key, 5)), [Some(4), Some(0), Some(0)]);
        assert_eq!((after("ArrowDown", 99), after("ArrowUp", 0)), (Some(99), Some(0)));
        assert_eq!((after("a", 5), row_after_key("End", 0, 0, 10)), (None, None));
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
