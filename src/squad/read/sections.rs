//! Paragraphs under the headings of a document.

use serde_json::{Map, Value};

use crate::squad::schema::{Document, Paragraph};

/// Field of a paragraph that names the headings above it.
pub const HEADING: &str = "heading";
/// Field of a paragraph that names its page, from 1.
pub const PAGE: &str = "page";

/// Puts paragraphs together in the order of the document.
#[derive(Default)]
pub struct Sections {
    document: Document,
    /// Level and text of the headings that the next paragraph is under.
    headings: Vec<(u8, String)>,
    /// Items of a list, which make one paragraph: the answer to a question is often the whole list.
    items: String,
}

impl Sections {
    pub fn new(title: &str) -> Self {
        Self { document: Document { title: title.to_owned(), ..Document::default() }, ..Self::default() }
    }

    /// Begins a section; it ends those of the same and of deeper levels.
    pub fn heading(&mut self, level: u8, text: &str) {
        self.end_list();
        self.headings.retain(|(above, _)| *above < level);
        let text = text.trim();
        if !text.is_empty() {
            self.headings.push((level, text.to_owned()));
        }
    }

    /// A paragraph.
    pub fn paragraph(&mut self, text: &str) {
        self.end_list();
        self.add(text);
    }

    /// An item of a list.
    pub fn item(&mut self, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            if !self.items.is_empty() {
                self.items.push('\n');
            }
            self.items.push_str(text);
        }
    }

    pub fn end_list(&mut self) {
        let items = std::mem::take(&mut self.items);
        self.add(&items);
    }

    fn add(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let mut extra = Map::new();
        if !self.headings.is_empty() {
            let path: Vec<&str> = self.headings.iter().map(|(_, text)| text.as_str()).collect();
            extra.insert(HEADING.to_owned(), Value::String(path.join(" › ")));
        }
        self.document.paragraphs.push(Paragraph { context: text.to_owned(), extra, ..Paragraph::default() });
    }

    pub fn finish(mut self) -> Document {
        self.end_list();
        self.document
    }
}
