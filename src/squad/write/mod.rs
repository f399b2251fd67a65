//! Datasets to files: `SQuAD` as it was read or as version 1.1, Hugging Face rows, tables.

mod rows;
mod style;
mod table;

pub use style::Style;

use super::schema::Dataset;

/// What a dataset is written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// `SQuAD` 2.0, or 1.1 where every question has an answer; as the file was that it came from.
    #[default]
    Squad,
    /// `SQuAD` 1.1: only questions with an answer, no flags.
    Squad1,
    /// Hugging Face rows, one a line.
    Rows,
    /// Comma-separated rows, one an answer.
    Table,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Squad, Self::Squad1, Self::Rows, Self::Table];

    /// End of such a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Squad | Self::Squad1 => "json",
            Self::Rows => "jsonl",
            Self::Table => "csv",
        }
    }

    /// What a file of this name is meant to be.
    pub fn of(name: &str) -> Self {
        match name.rsplit_once('.').map(|(_, end)| end.to_lowercase()).as_deref() {
            Some("jsonl" | "ndjson") => Self::Rows,
            Some("csv") => Self::Table,
            _ => Self::Squad,
        }
    }
}

/// Writes a dataset; `style` is that of the file it came from.
pub fn write(dataset: &Dataset, form: Form, style: Option<&Style>) -> String {
    match form {
        Form::Squad => style.map_or_else(|| to_json(dataset), |style| style.write(dataset)),
        Form::Squad1 => to_json(&version_1(dataset)),
        Form::Rows => rows::to_lines(dataset),
        Form::Table => table::to_csv(dataset),
    }
}

/// `SQuAD` JSON, indented by two; fields that Spanwise does not know are written as they were read.
pub fn to_json(dataset: &Dataset) -> String {
    // Maps with string keys, strings, numbers and JSON values: serialising them into a string cannot fail.
    serde_json::to_string_pretty(dataset).unwrap_or_default()
}

/// What version 1.1 can hold: its questions have answers.
fn version_1(dataset: &Dataset) -> Dataset {
    let mut out = dataset.clone();
    out.version = Some("1.1".to_owned());
    for paragraph in out.data.iter_mut().flat_map(|document| &mut document.paragraphs) {
        paragraph.qas.retain(|question| !question.answers.is_empty());
        for question in &mut paragraph.qas {
            question.is_impossible = None;
            question.extra.shift_remove("plausible_answers");
        }
    }
    out
}
