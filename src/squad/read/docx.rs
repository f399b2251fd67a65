//! Documents of word processors (Office Open XML): a zip that holds the text as XML.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use quick_xml::Reader as XmlReader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::error::ReadError;
use super::markdown::CELL;
use super::prose::of_documents;
use super::sections::Sections;
use crate::squad::schema::Dataset;

/// Most megabytes that are unpacked: a small file may claim to hold terabytes.
const LIMIT_MB: u64 = 256;
/// Deepest nesting of paragraphs: text boxes and tables in tables.
const DEPTH_MAX: usize = 32;
const NOT_WHOLE: ReadError = ReadError::NotWhole { what: "Word document" };

/// A document of the paragraphs, lists and tables of a file, each with the headings above it.
///
/// # Errors
/// Where the file is no such document, is damaged, or unpacks to more than 256 MB.
pub fn read(title: &str, bytes: &[u8]) -> Result<Dataset, ReadError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| NOT_WHOLE)?;
    let levels = match part(&mut archive, "word/styles.xml") {
        Ok(styles) => heading_styles(&styles)?,
        Err(error @ ReadError::TooLarge { .. }) => return Err(error),
        // Without styles no paragraph is a heading.
        Err(_) => HashMap::new(),
    };
    let body = part(&mut archive, "word/document.xml")?;
    let mut reader = Reader { levels, sections: Sections::new(title), ..Reader::default() };
    each_event(&body, |event| reader.take(&event))?;
    Ok(of_documents(vec![reader.sections.finish()]))
}

/// A part of the document as text.
fn part(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<String, ReadError> {
    let file = archive.by_name(name).map_err(|_| NOT_WHOLE)?;
    let mut out = String::new();
    file.take((LIMIT_MB << 20) + 1).read_to_string(&mut out).map_err(|_| NOT_WHOLE)?;
    if out.len() as u64 > LIMIT_MB << 20 { Err(ReadError::TooLarge { limit: LIMIT_MB }) } else { Ok(out) }
}

/// What matters of an event of the XML: names are without their prefix.
enum Piece<'a> {
    Start(&'a BytesStart<'a>),
    /// An element without content.
    Empty(&'a BytesStart<'a>),
    End(&'a str),
    Text(&'a str),
}

fn each_event(xml: &str, mut take: impl FnMut(Piece) -> Option<()>) -> Result<(), ReadError> {
    let mut reader = XmlReader::from_str(xml);
    let mut depth = 0usize;
    loop {
        let taken = match reader.read_event().map_err(|_| NOT_WHOLE)? {
            Event::Start(start) => {
                depth += 1;
                take(Piece::Start(&start))
            }
            Event::Empty(start) => take(Piece::Empty(&start)),
            Event::End(end) => {
                // The reader has seen to it that something is open.
                depth = depth.saturating_sub(1);
                take(Piece::End(end.local_name().as_ref()))
            }
            Event::Text(text) => take(Piece::Text(&text)),
            Event::CData(text) => take(Piece::Text(&text)),
            Event::GeneralRef(name) => {
                let number = name.resolve_char_ref().map_err(|_| NOT_WHOLE)?;
                let named = match &*name {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => None,
                };
                let text = number.or(named).ok_or(NOT_WHOLE)?;
                take(Piece::Text(text.encode_utf8(&mut [0; 4])))
            }
            Event::Eof => return if depth == 0 { Ok(()) } else { Err(NOT_WHOLE) },
            _ => Some(()),
        };
        taken.ok_or(NOT_WHOLE)?;
    }
}

/// The value of an attribute, whatever its prefix.
fn attribute(start: &BytesStart, name: &str) -> Option<String> {
    let mut attributes = start.attributes().flatten();
    let found = attributes.find(|attribute| attribute.key.local_name().as_ref() == name)?;
    Some(found.value.into_owned())
}

/// The level of a heading by the name that every language's Word gives its style.
fn level_of(style_name: &str) -> Option<u8> {
    let name = style_name.to_lowercase();
    if name == "title" {
        return Some(0);
    }
    name.strip_prefix("heading ")?.parse().ok().filter(|level| (1..=9).contains(level))
}

/// Levels of the styles that are headings, by the styles' ids.
fn heading_styles(xml: &str) -> Result<HashMap<String, u8>, ReadError> {
    let mut levels = HashMap::new();
    let mut id = None;
    each_event(xml, |piece| {
        if let Piece::Start(start) | Piece::Empty(start) = piece {
            let level = match start.local_name().as_ref() {
                "style" => {
                    id = attribute(start, "styleId");
                    None
                }
                "name" => attribute(start, "val").and_then(|name| level_of(&name)),
                "outlineLvl" => outline_level(start),
                _ => None,
            };
            if let (Some(level), Some(id)) = (level, &id) {
                levels.entry(id.clone()).or_insert(level);
            }
        }
        Some(())
    })?;
    Ok(levels)
}

/// Levels are counted from 0; 9 is running text.
fn outline_level(start: &BytesStart) -> Option<u8> {
    attribute(start, "val")?.parse().ok().filter(|level: &u8| *level < 9).map(|level| level + 1)
}

/// A paragraph that is being read.
#[derive(Default)]
struct Block {
    text: String,
    level: Option<u8>,
    is_item: bool,
}

#[derive(Default)]
struct Reader {
    levels: HashMap<String, u8>,
    sections: Sections,
    /// Paragraphs in paragraphs: text boxes.
    blocks: Vec<Block>,
    /// Tables in tables; each holds its rows so far.
    tables: Vec<String>,
    /// Elements deep in something that is said elsewhere, too, or not to be read.
    skipped: usize,
    /// Whether text is text of the document.
    is_text: bool,
}

impl Reader {
    fn take(&mut self, piece: &Piece) -> Option<()> {
        if self.skipped > 0 {
            match piece {
                Piece::Start(_) => self.skipped += 1,
                Piece::End(_) => self.skipped -= 1,
                _ => {}
            }
            return Some(());
        }
        match piece {
            Piece::Start(start) => self.start(start),
            Piece::Empty(start) => {
                self.mark(start);
                Some(())
            }
            Piece::End(name) => {
                self.end(name);
                Some(())
            }
            Piece::Text(text) => {
                if let Some(block) = self.blocks.last_mut().filter(|_| self.is_text) {
                    block.text.push_str(text);
                }
                Some(())
            }
        }
    }

    fn start(&mut self, start: &BytesStart) -> Option<()> {
        match start.local_name().as_ref() {
            "p" => self.blocks.push(Block::default()),
            "t" => self.is_text = true,
            "tbl" => {
                if self.tables.is_empty() {
                    self.sections.end_list();
                }
                self.tables.push(String::new());
            }
            "tc" => self.begin_cell(),
            // The same again for older programs, text that was deleted, and what only moves elsewhere.
            "Fallback" | "del" | "moveFrom" => self.skipped = 1,
            _ => self.mark(start),
        }
        (self.blocks.len() + self.tables.len() <= DEPTH_MAX).then_some(())
    }

    /// What an element says of the paragraph that it is in.
    fn mark(&mut self, start: &BytesStart) {
        let Some(block) = self.blocks.last_mut() else { return };
        match start.local_name().as_ref() {
            "pStyle" => {
                let level = attribute(start, "val").and_then(|id| self.levels.get(&id).copied());
                block.level = block.level.or(level);
            }
            "outlineLvl" => block.level = outline_level(start).or(block.level),
            "numPr" => block.is_item = true,
            "tab" if !block.text.is_empty() => block.text.push('\t'),
            "br" | "cr" => block.text.push('\n'),
            "noBreakHyphen" => block.text.push('-'),
            _ => {}
        }
    }

    /// Cells of a row are told apart, those of a row without text too.
    fn begin_cell(&mut self) {
        if let Some(table) = self.tables.last_mut().filter(|table| !table.is_empty() && !table.ends_with('\n')) {
            table.push_str(CELL);
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "t" => self.is_text = false,
            "p" => {
                let block = self.blocks.pop().unwrap_or_default();
                self.finish(&block);
            }
            "tr" => {
                if let Some(table) = self.tables.last_mut().filter(|table| !table.is_empty()) {
                    table.push('\n');
                }
            }
            "tbl" => {
                let table = self.tables.pop().unwrap_or_default();
                match self.tables.last_mut() {
                    Some(outer) => outer.push_str(table.trim()),
                    None => self.sections.paragraph(&table),
                }
            }
            _ => {}
        }
    }

    fn finish(&mut self, block: &Block) {
        let text = block.text.trim();
        if let Some(table) = self.tables.last_mut() {
            if !table.is_empty() && !table.ends_with([' ', '\n']) && !text.is_empty() {
                table.push(' ');
            }
            table.push_str(text);
        } else if let Some(level) = block.level.filter(|_| !text.is_empty()) {
            self.sections.heading(level, text);
        } else if block.is_item {
            self.sections.item(text);
        } else if !text.is_empty() {
            self.sections.paragraph(text);
        }
    }
}
