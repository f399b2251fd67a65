//! Reading of every accepted form of dataset and of document.
//!
//! JSON is told apart by content ([`json`]): `SQuAD` 1.1 and 2.0 (Haystack's exports among them), the short form, Hugging Face rows (a
//! list, under `data`, or JSON lines), doccano's lines and Label Studio's tasks. Tables ([`table`]) are told by the file's name; texts
//! ([`prose`]), Markdown ([`markdown`]), Word's files ([`docx`]) and PDFs become paragraphs without questions.

pub mod docx;
mod error;
mod fields;
mod ids;
pub mod json;
mod label_studio;
pub mod markdown;
#[cfg(feature = "pdf")]
mod pdf;
pub mod prose;
mod python;
mod rows;
mod sections;
mod spans;
mod squad;
pub mod table;

pub use error::ReadError;
pub(super) use fields::plain;
pub use ids::fresh_id;
pub use json::read;
pub use sections::{HEADING, PAGE};
pub use table::{Columns, Preview, Table};

use super::schema::Dataset;

/// What kind of file something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// JSON, or JSON lines.
    Json,
    /// Rows with columns, separated by commas, semicolons or tabs.
    Table,
    /// Text.
    Text,
    /// Text with Markdown's marks.
    Markdown,
    /// A document of a word processor.
    Docx,
    /// Pages that are laid out.
    Pdf,
}

impl Kind {
    /// Whether it holds a text without questions.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Markdown | Self::Docx | Self::Pdf)
    }

    /// What a file is, by its content where that says so, else by the end of its name.
    ///
    /// # Errors
    /// Where it is something that cannot be read.
    pub fn of(name: &str, bytes: &[u8]) -> Result<Self, ReadError> {
        let end = name.rsplit_once('.').map(|(_, end)| end.to_lowercase()).unwrap_or_default();
        if bytes.starts_with(b"PK\x03\x04") {
            let is_other = ["odt", "xlsx", "pptx", "zip", "epub", "ods"].contains(&end.as_str());
            return if is_other { Err(ReadError::Kind { what: end, remedy: remedy(name) }) } else { Ok(Self::Docx) };
        }
        if bytes.starts_with(b"%PDF-") {
            return Ok(Self::Pdf);
        }
        match end.as_str() {
            "csv" | "tsv" | "tab" => Ok(Self::Table),
            "md" | "markdown" => Ok(Self::Markdown),
            "json" | "jsonl" | "ndjson" => Ok(Self::Json),
            "docx" => Err(ReadError::NotWhole { what: "Word document" }),
            "pdf" => Err(ReadError::NotWhole { what: "PDF" }),
            "doc" | "odt" | "rtf" | "xlsx" | "xls" | "html" | "htm" | "epub" | "pages" => {
                Err(ReadError::Kind { remedy: remedy(&end), what: end })
            }
            _ if prose::text(bytes).is_ok_and(prose::is_json) => Ok(Self::Json),
            _ => Ok(Self::Text),
        }
    }
}

/// What to do about a file of a kind that is not read.
fn remedy(end: &str) -> &'static str {
    match end.rsplit('.').next().unwrap_or_default() {
        "xlsx" | "xls" | "ods" => "Save the sheet as CSV",
        "zip" => "Unpack it, and choose the files in it",
        _ => "Save it as DOCX or as plain text",
    }
}

/// Reads a file: a dataset, or a document that becomes paragraphs. `columns` says what a table's columns hold; without it they are
/// found by their names.
///
/// # Errors
/// Where the file can be neither: what is wrong, where, and what to do.
pub fn read_file(name: &str, bytes: &[u8], columns: Option<Columns>) -> Result<Dataset, ReadError> {
    match Kind::of(name, bytes)? {
        Kind::Json => read(bytes),
        Kind::Table => {
            let table = Table::parse(bytes)?;
            table.dataset(columns.unwrap_or_else(|| table.guess()))
        }
        Kind::Text => Ok(prose::read(stem(name), prose::text(bytes)?)),
        Kind::Markdown => Ok(markdown::read(stem(name), prose::text(bytes)?)),
        Kind::Docx => docx::read(stem(name), bytes),
        #[cfg(feature = "pdf")]
        Kind::Pdf => pdf::read(stem(name), bytes),
        #[cfg(not(feature = "pdf"))]
        Kind::Pdf => Err(ReadError::Kind { what: "pdf".to_owned(), remedy: remedy("pdf") }),
    }
}

/// A file's name without its end.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
