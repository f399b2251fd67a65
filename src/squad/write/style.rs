//! How a JSON file was written, so that what was not changed is written to the same bytes.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use serde_json::ser::Formatter;
use serde_json::{Map, Value};

use crate::squad::schema::Dataset;

/// The style of a `SQuAD` file, or of one of the short form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
pub struct Style {
    spacing: Spacing,
    /// What separates a field's name from its value.
    colon: String,
    /// Whether every character beyond ASCII is escaped.
    is_ascii: bool,
    /// Whether slashes are escaped, as PHP does.
    escapes_slashes: bool,
    /// What precedes and follows the JSON.
    ends: [String; 2],
    /// Whether it is a list of paragraphs, without documents around them.
    is_short: bool,
    has_ids: bool,
    is_version_number: bool,
    /// Fields that the dataset, documents, paragraphs, questions and answers have, in their order, once for each set of them.
    shapes: [Vec<Vec<String>>; 5],
}

/// White space between the parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Spacing {
    /// None.
    #[default]
    Compact,
    /// A space after commas and colons, as Python writes.
    Spaced,
    /// A line for each.
    Lines {
        /// What ends the line before.
        end: String,
        /// What a line begins with for each level.
        indent: String,
        /// What a comma at a line's end is written as.
        comma: String,
    },
}

/// Most sets of fields of a level: files whose objects differ more are written by no style.
const SHAPES_MAX: usize = 32;
/// Names of the lists on the way from the dataset down to the answers.
const LISTS: [&str; 4] = ["data", "paragraphs", "qas", "answers"];
/// Levels of [`Style::shapes`].
const PARAGRAPH: usize = 2;
const QUESTION: usize = 3;

impl Style {
    /// The style of the file that a dataset was read from; `None` where the dataset cannot be written to the same bytes.
    pub fn of(text: &str, dataset: &Dataset) -> Option<Self> {
        let start = text.find(['{', '['])?;
        let end = text.rfind(['}', ']'])? + 1;
        let json = text.get(start..end)?;
        let value: Value = serde_json::from_str(json).ok()?;
        let colon = colon(json)?;
        let mut style = Self {
            spacing: Spacing::of(json, colon),
            colon: colon.to_owned(),
            is_ascii: json.is_ascii(),
            escapes_slashes: escapes_slashes(json),
            ends: [text[..start].to_owned(), text[end..].to_owned()],
            is_short: value.is_array(),
            is_version_number: value.get("version").is_some_and(Value::is_number),
            ..Self::default()
        };
        style.note(&value, if style.is_short { PARAGRAPH } else { 0 });
        style.has_ids = style.shapes[QUESTION].iter().flatten().any(|field| field == "id");
        let mut same = Same(text.as_bytes());
        let is_same = style.write_to(dataset, &mut same).is_ok() && same.0.is_empty();
        is_same.then_some(style)
    }

    /// Takes down what fields a value at this level, and all below, have, and in what order.
    fn note(&mut self, value: &Value, level: usize) {
        if let Some(items) = value.as_array() {
            items.iter().for_each(|item| self.note(item, level));
            return;
        }
        let Some(object) = value.as_object() else { return };
        let shapes = &mut self.shapes[level];
        if shapes.len() < SHAPES_MAX && !shapes.iter().any(|shape| shape.iter().eq(object.keys())) {
            shapes.push(object.keys().cloned().collect());
        }
        if let Some(items) = LISTS.get(level).and_then(|list| object.get(*list)) {
            self.note(items, level + 1);
        }
    }

    /// Writes a dataset in this style.
    pub fn write(&self, dataset: &Dataset) -> String {
        let mut out = Vec::new();
        // Writing into memory does not fail, and what is written is UTF-8.
        let _ = self.write_to(dataset, &mut out);
        String::from_utf8(out).unwrap_or_default()
    }

    fn write_to(&self, dataset: &Dataset, out: &mut impl Write) -> io::Result<()> {
        // Maps with string keys, strings, numbers and JSON values: turning them into a value cannot fail.
        let mut value = serde_json::to_value(dataset).unwrap_or_default();
        if self.is_version_number
            && let Some(number) = dataset.version.as_deref().and_then(|version| serde_json::from_str(version).ok())
        {
            value["version"] = Value::Number(number);
        }
        // A list of paragraphs has no place for what a dataset and documents say of themselves.
        let says_nothing = dataset.version.is_none() && dataset.extra.is_empty() && dataset.data.len() <= 1;
        let is_short = self.is_short && says_nothing && dataset.data.iter().all(|document| document.title.is_empty());
        if is_short {
            let mut paragraphs = Vec::new();
            for document in value["data"].as_array_mut().into_iter().flatten() {
                paragraphs.append(document["paragraphs"].as_array_mut().unwrap_or(&mut Vec::new()));
            }
            value = Value::Array(paragraphs);
        }
        self.arrange(&mut value, if is_short { PARAGRAPH } else { 0 });
        out.write_all(self.ends[0].as_bytes())?;
        let format = Format { style: self, depth: 0, is_empty: true };
        value.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, format))?;
        out.write_all(self.ends[1].as_bytes())
    }

    /// The order of the fields of an object: that of one with the same fields, of one that lacks only what is empty here, or of the one
    /// that has most in common.
    fn shape(&self, given: &Map<String, Value>, level: usize) -> &[String] {
        let shapes = &self.shapes[level];
        let common = |shape: &[String]| shape.iter().filter(|field| given.contains_key(*field)).count();
        let has_no_other = |shape: &[String]| common(shape) == shape.len();
        let same = shapes.iter().find(|shape| shape.len() == given.len() && has_no_other(shape));
        let lacks_nothing =
            |shape: &[String]| given.iter().all(|(field, value)| is_nothing(value) || shape.contains(field));
        let fuller = || shapes.iter().find(|shape| has_no_other(shape) && lacks_nothing(shape));
        let nearest = || shapes.iter().max_by_key(|shape| common(shape));
        same.or_else(fuller).or_else(nearest).map(Vec::as_slice).unwrap_or_default()
    }

    /// Puts the fields of a value at this level, and of all below, into their order.
    fn arrange(&self, value: &mut Value, level: usize) {
        if let Some(items) = value.as_array_mut() {
            items.iter_mut().for_each(|item| self.arrange(item, level));
            return;
        }
        let Some(object) = value.as_object_mut() else { return };
        let mut given = std::mem::take(object);
        if level == QUESTION && !self.has_ids {
            given.shift_remove("id");
        }
        for field in self.shape(&given, level) {
            if let Some(value) = given.shift_remove(field) {
                object.insert(field.clone(), value);
            }
        }
        object.extend(given.into_iter().filter(|(_, value)| !is_nothing(value)));
        if let Some(items) = LISTS.get(level).and_then(|list| object.get_mut(*list)) {
            self.arrange(items, level + 1);
        }
    }
}

/// Takes what is expected and nothing else, so that nothing is written twice to find out whether two files are the same.
struct Same<'a>(&'a [u8]);

impl Write for Same<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.strip_prefix(bytes) {
            Some(rest) => self.0 = rest,
            None => return Err(io::ErrorKind::InvalidData.into()),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a slash is escaped somewhere: what follows a backslash belongs to it, another backslash too.
fn escapes_slashes(json: &str) -> bool {
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'\\' && bytes.next() == Some(b'/') {
            return true;
        }
    }
    false
}

/// The first colon with the white space around it.
fn colon(json: &str) -> Option<&str> {
    let name = json.find('"')? + 1;
    // Names of fields at a file's beginning hold no quotes.
    let rest = &json[name + json[name..].find('"')? + 1..];
    let value = rest.find(|c: char| c != ':' && !c.is_ascii_whitespace())?;
    Some(&rest[..value])
}

/// Whether a field with this value may as well be missing.
fn is_nothing(value: &Value) -> bool {
    value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty)
}

impl Spacing {
    fn of(json: &str, colon: &str) -> Self {
        let rest = &json[1..];
        let inner = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        let space = &rest[..rest.len() - inner.len()];
        let end = if space.starts_with("\r\n") { "\r\n" } else { "\n" };
        match space.strip_prefix(end) {
            Some(indent) => {
                // Old versions of Python leave a space there.
                let comma = if json.contains(&format!(", {end}")) { ", " } else { "," };
                Self::Lines { end: end.to_owned(), indent: indent.to_owned(), comma: comma.to_owned() }
            }
            // Whoever sets colons apart does so with commas.
            None if colon.contains(' ') => Self::Spaced,
            None => Self::Compact,
        }
    }
}

/// Writes JSON in a style.
struct Format<'a> {
    style: &'a Style,
    depth: usize,
    /// Whether the list or object that is being written has nothing in it so far.
    is_empty: bool,
}

impl Format<'_> {
    fn line<W: ?Sized + Write>(&self, out: &mut W) -> io::Result<()> {
        if let Spacing::Lines { end, indent, .. } = &self.style.spacing {
            out.write_all(end.as_bytes())?;
            (0..self.depth).try_for_each(|_| out.write_all(indent.as_bytes()))?;
        }
        Ok(())
    }

    fn open<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.is_empty = true;
        out.write_all(bracket)
    }

    fn close<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if !self.is_empty {
            self.line(out)?;
        }
        self.is_empty = false;
        out.write_all(bracket)
    }

    fn next<W: ?Sized + Write>(&self, out: &mut W, is_first: bool) -> io::Result<()> {
        if !is_first {
            let comma = match &self.style.spacing {
                Spacing::Compact => ",",
                Spacing::Spaced => ", ",
                Spacing::Lines { comma, .. } => comma,
            };
            out.write_all(comma.as_bytes())?;
        }
        self.line(out)
    }
}

impl Formatter for Format<'_> {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.is_empty = false;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(self.style.colon.as_bytes())
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.is_empty = false;
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let is_plain = |c: char| (c.is_ascii() || !self.style.is_ascii) && (c != '/' || !self.style.escapes_slashes);
        let mut rest = fragment;
        while let Some(at) = rest.find(|c| !is_plain(c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            let mut chars = rest[at..].chars();
            match chars.next() {
                Some('/') => out.write_all(b"\\/")?,
                Some(c) => c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))?,
                None => {}
            }
            rest = chars.as_str();
        }
        out.write_all(rest.as_bytes())
    }
}
