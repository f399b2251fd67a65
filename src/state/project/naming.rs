//! Names for what the person brings: titles of texts, names of files.

use super::spans::excerpt;

/// Longest title that is made of a text's beginning.
const TITLE_CHARS: usize = 60;

/// A title for a document made of these paragraphs.
pub fn title(paragraphs: &[String]) -> String {
    paragraphs.first().map(|first| excerpt(first, TITLE_CHARS)).unwrap_or_default()
}

/// A name for files that become one dataset; `None` where there are none.
pub fn of_files(names: &[String]) -> Option<String> {
    let (first, others) = names.split_first()?;
    Some(if others.is_empty() { first.clone() } else { format!("{first} and {} more", others.len()) })
}

/// Name for a downloaded file: the project's, without the end that it came with and without what file systems refuse.
pub fn file_name(name: &str, extension: &str) -> String {
    let name = name.trim();
    let known = [".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".txt", ".md", ".docx"];
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
    fn titles_are_short() {
        assert_eq!(title(&["Lech Poznań".to_owned(), "It was founded in 1922.".to_owned()]), "Lech Poznań");
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
