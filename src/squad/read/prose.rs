//! Texts without questions: cut at blank lines.

use serde::de::IgnoredAny;
use serde_json::from_str;

use super::error::ReadError;
use crate::squad::schema::{Dataset, Document, Paragraph};

/// The text of a file, without the mark that some programs put first.
///
/// # Errors
/// Where it is no UTF-8.
pub fn text(bytes: &[u8]) -> Result<&str, ReadError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| ReadError::Utf8(error.valid_up_to()))
}

/// A document of a text's paragraphs.
pub fn read(title: &str, text: &str) -> Dataset {
    let paragraphs = paragraphs(text).into_iter().map(|context| Paragraph { context, ..Paragraph::default() });
    of_documents(vec![Document { title: title.to_owned(), paragraphs: paragraphs.collect(), ..Document::default() }])
}

/// A dataset of the documents that have any text.
pub(super) fn of_documents(documents: Vec<Document>) -> Dataset {
    let data = documents.into_iter().filter(|document| !document.paragraphs.is_empty()).collect();
    Dataset { data, ..Dataset::default() }
}

/// Whether a text is JSON or JSON lines, and so is read as a dataset.
pub fn is_json(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim();
    // A bare number or word in quotes is JSON too, but no dataset.
    if !text.starts_with(['{', '[']) {
        return false;
    }
    let is_object = |line: &str| line.starts_with('{') && from_str::<IgnoredAny>(line.trim()).is_ok();
    from_str::<IgnoredAny>(text).is_ok() || text.lines().next().is_some_and(is_object) || looks_like_a_dataset(text)
}

/// JSON that was cut off or mistyped is to be reported as such, not to become a paragraph.
fn looks_like_a_dataset(text: &str) -> bool {
    ["\"context\"", "\"paragraphs\"", "\"qas\""].into_iter().any(|key| text.contains(key))
}

/// The paragraphs of a text: cut at blank lines, without the white space around them.
pub fn paragraphs(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut current = String::new();
    for line in text.split_inclusive('\n') {
        if line.trim().is_empty() {
            finish(&mut current, &mut out);
        } else {
            current.push_str(line);
        }
    }
    finish(&mut current, &mut out);
    out
}

fn finish(current: &mut String, out: &mut Vec<String>) {
    let text = current.trim();
    if !text.is_empty() {
        out.push(text.to_owned());
    }
    current.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_cut_paragraphs() {
        let text = "\n  First line\r\nsecond line\r\n \t\r\n\r\nThird 🐢\n\n\n";
        assert_eq!(paragraphs(text), ["First line\r\nsecond line", "Third 🐢"]);
        assert!(paragraphs(" \n\n").is_empty());
        assert_eq!(paragraphs("one"), ["one"]);
    }

    #[test]
    fn datasets_are_told_from_text() {
        assert!(is_json(" {\"data\": []} ") && is_json("[]"));
        assert!(is_json("{\"context\": 1}\n{\"context\": 2}\n"), "JSON lines");
        assert!(is_json("{\"data\": [{\"paragraphs\": ["), "cut off: the reader says so");
        assert!(!is_json("[1] The first reference") && !is_json("12") && !is_json("{braces} in prose") && !is_json(""));
    }
}
