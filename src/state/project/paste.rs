//! Text that the person pastes: a dataset, or paragraphs.

use serde::de::IgnoredAny;
use serde_json::from_str;

use super::spans::excerpt;

/// Longest title that is made of a text's beginning.
const TITLE_CHARS: usize = 60;

/// Whether a text is JSON or JSON lines, and so is read as a dataset.
pub fn is_json(text: &str) -> bool {
    let text = text.trim();
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

/// A title for a document made of these paragraphs.
pub fn title(paragraphs: &[String]) -> String {
    paragraphs.first().map(|first| excerpt(first, TITLE_CHARS)).unwrap_or_default()
}

/// Name for a downloaded file: the project's, without the end that it came with and without what file systems refuse.
pub fn file_name(name: &str, extension: &str) -> String {
    let name = name.trim();
    let known = [".json", ".jsonl", ".ndjson", ".txt"];
    let stem = known.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let mut out = String::new();
    for c in stem.to_lowercase().chars().take(80) {
        if c.is_alphanumeric() || matches!(c, '.' | '_') {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    let stem = out.trim_matches(['-', '.']);
    format!("{}.{extension}", if stem.is_empty() { "dataset" } else { stem })
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

    #[test]
    fn titles_are_short() {
        assert_eq!(title(&paragraphs("Lech Poznań\n\nIt was founded in 1922.")), "Lech Poznań");
        assert!(title(&["word ".repeat(50)]).chars().count() <= TITLE_CHARS + 1);
        assert_eq!(title(&[]), "");
    }

    #[test]
    fn file_names_are_safe_and_readable() {
        assert_eq!(file_name("Lech Poznań", "json"), "lech-poznań.json");
        assert_eq!(file_name("squad v1.1.json", "json"), "squad-v1.1.json");
        assert_eq!(file_name("../../etc/passwd", "json"), "etc-passwd.json");
        assert_eq!(file_name(" ?", "json"), "dataset.json");
    }
}
