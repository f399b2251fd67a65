//! Markdown: what a reader sees of it, without the marks.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::prose::of_documents;
use super::sections::Sections;
use crate::squad::schema::Dataset;

/// Between the cells of a row.
pub(super) const CELL: &str = " | ";

/// A document of a text's paragraphs, lists, tables and code, each with the headings above it.
pub fn read(title: &str, text: &str) -> Dataset {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut reader = Reader { sections: Sections::new(title), ..Reader::default() };
    Parser::new_ext(text, options).for_each(|event| reader.take(event));
    reader.flush();
    of_documents(vec![reader.sections.finish()])
}

#[derive(Default)]
struct Reader {
    sections: Sections,
    /// The block that is being read.
    block: String,
    /// Lists that the block is in.
    lists: usize,
    /// Whether what comes is about the file, not part of its text.
    is_metadata: bool,
}

impl Reader {
    fn take(&mut self, event: Event) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                if !self.is_metadata {
                    self.block.push_str(&text);
                }
            }
            Event::SoftBreak => self.block.push(' '),
            Event::HardBreak => self.block.push('\n'),
            // Marks for programs: HTML, boxes of task lists, rules, numbers of notes.
            Event::Html(_)
            | Event::InlineHtml(_)
            | Event::FootnoteReference(_)
            | Event::Rule
            | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: &Tag) {
        match tag {
            Tag::List(_) => {
                self.flush();
                self.lists += 1;
            }
            Tag::Item | Tag::Heading { .. } | Tag::Table(_) | Tag::CodeBlock(_) => self.flush(),
            Tag::MetadataBlock(_) => self.is_metadata = true,
            Tag::TableCell if !self.block.is_empty() && !self.block.ends_with('\n') => self.block.push_str(CELL),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => {
                let text = std::mem::take(&mut self.block);
                self.sections.heading(level as u8, &text);
            }
            TagEnd::TableHead | TagEnd::TableRow => self.block.push('\n'),
            TagEnd::Paragraph | TagEnd::Item | TagEnd::CodeBlock | TagEnd::Table => self.flush(),
            TagEnd::List(_) => {
                self.flush();
                self.lists -= 1;
                if self.lists == 0 {
                    self.sections.end_list();
                }
            }
            TagEnd::MetadataBlock(_) => self.is_metadata = false,
            _ => {}
        }
    }

    /// Ends the block.
    fn flush(&mut self) {
        let block = std::mem::take(&mut self.block);
        if self.lists > 0 {
            self.sections.item(&block);
        } else if !block.is_empty() {
            self.sections.paragraph(&block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(heading, text)` of every paragraph.
    fn paragraphs(text: &str) -> Vec<(String, String)> {
        let data = read("notes", text).data;
        let paragraphs = data.iter().flat_map(|document| &document.paragraphs);
        let heading =
            |paragraph: &crate::squad::Paragraph| paragraph.extra.get("heading").map(super::super::fields::plain);
        paragraphs.map(|paragraph| (heading(paragraph).unwrap_or_default(), paragraph.context.clone())).collect()
    }

    fn expect(text: &str, expected: &[(&str, &str)]) {
        let found = paragraphs(text);
        let found: Vec<(&str, &str)> = found.iter().map(|(heading, text)| (heading.as_str(), text.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn paragraphs_know_their_headings() {
        expect(
            "Before.\n\n# Rules\nA *long*\nline.\n\n## Cups\n\nSee [the list](x.html) and `code`.\n\n# Fees ##\n\n**3 zł**",
            &[("", "Before."), ("Rules", "A long line."), ("Rules › Cups", "See the list and code."), ("Fees", "3 zł")],
        );
    }

    #[test]
    fn lists_and_tables_stay_together() {
        expect(
            "Take:\n\n- two eggs\n- flour\n  - white\n  - sieved\n\n1. Stir.\n2. Bake.\n\n| Team | Won |\n|---|---|\n| Lech | 5-1 |\n",
            &[
                ("", "Take:"),
                ("", "two eggs\nflour\nwhite\nsieved"),
                ("", "Stir.\nBake."),
                ("", "Team | Won\nLech | 5-1"),
            ],
        );
    }

    #[test]
    fn marks_for_programs_are_left_out() {
        expect(
            "---\ntitle: x\n---\n\n<!-- note -->\n\nText<br>here.[^1]\n\n> Quoted\n\n```rust\nlet x = 1;\n```\n\n[^1]: A note.\n",
            &[("", "Texthere."), ("", "Quoted"), ("", "let x = 1;"), ("", "A note.")],
        );
        assert!(read("empty", "# Only a heading\n").data.is_empty());
    }
}
