//! The text of PDFs, page by page.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pdf_extract::extract_text_from_mem_by_pages;
use serde_json::{Map, json};

use super::error::ReadError;
use super::prose::{of_documents, paragraphs};
use super::sections::PAGE;
use crate::squad::schema::{Dataset, Document, Paragraph};

/// A document of a file's paragraphs, each with its page. Scanned pages have no text.
///
/// # Errors
/// Where the file is no PDF, is damaged, or has a password.
pub fn read(title: &str, bytes: &[u8]) -> Result<Dataset, ReadError> {
    // The library gives up on some damaged files with a panic. In a browser that ends the worker, and the page says so.
    let pages = catch_unwind(AssertUnwindSafe(|| extract_text_from_mem_by_pages(bytes)));
    let pages = pages.map_err(|_| ReadError::Pdf("it is damaged".to_owned()))?;
    let pages = pages.map_err(|error| ReadError::Pdf(error.to_string()))?;
    let on_page = |(page, text): (usize, &String)| {
        let paragraphs = paragraphs(text).into_iter().map(move |block| {
            let extra = Map::from_iter([(PAGE.to_owned(), json!(page + 1))]);
            Paragraph { context: unwrapped(&block), extra, ..Paragraph::default() }
        });
        paragraphs.collect::<Vec<_>>()
    };
    let paragraphs = pages.iter().enumerate().flat_map(on_page).collect();
    Ok(of_documents(vec![Document { title: title.to_owned(), paragraphs, ..Document::default() }]))
}

/// Lines of a paragraph in one, words that were hyphenated at a line's end whole again.
fn unwrapped(block: &str) -> String {
    let mut out = String::with_capacity(block.len());
    for line in block.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let is_hyphenated = out.strip_suffix('-').is_some_and(|before| before.ends_with(char::is_alphabetic))
            && line.starts_with(char::is_lowercase);
        if is_hyphenated {
            out.pop();
        } else if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_hyphenated_words_made_whole() {
        assert_eq!(
            unwrapped("The goal-\nkeeper of\n Lech-\nPoznań won 5-\n1."),
            "The goalkeeper of Lech- Poznań won 5- 1."
        );
        assert_eq!(unwrapped("\n one \n\n"), "one");
    }
}
