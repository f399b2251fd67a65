//! Why a file is no dataset.

/// Why a file is no dataset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Not text.
    #[error("the file is no UTF-8 text: byte {0} is not valid. Save it as UTF-8")]
    Utf8(usize),
    /// Not JSON.
    #[error("the file is no JSON: {0}. Check that it was saved whole")]
    Json(String),
    /// A line of a JSON lines file is no JSON.
    #[error("line {line} is no JSON: {message}. Each line must hold one object")]
    Line {
        /// Number of the line, from 1.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// JSON, but none of the known forms.
    #[error(
        "{path} is no known form of dataset: {message}. Known are SQuAD, its short form, Hugging Face rows, doccano's lines and \
         Label Studio's tasks"
    )]
    Form {
        /// Where.
        path: String,
        /// What was looked for.
        message: String,
    },
    /// A field is missing or of the wrong type.
    #[error("{path}: expected {expected}, found {found}")]
    Field {
        /// JSON path of the field, or the line and column of a table.
        path: String,
        /// What should be there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// No column of a table holds the texts.
    #[error(
        "no column is known to hold the texts; the table has {}. Say which: {}", .found.join(", "),
        "for example `context=Passage,question=Query,answer=Answer`"
    )]
    Columns {
        /// Names of the columns.
        found: Vec<String>,
    },
    /// A column that was named is not there.
    #[error("the table has no column \"{name}\"; it has {}. Name one of these", .found.join(", "))]
    NoColumn {
        /// The name.
        name: String,
        /// Names of the columns.
        found: Vec<String>,
    },
    /// A file of a kind that is not read.
    #[error("files of the kind {what} are not read. {remedy}, and choose that")]
    Kind {
        /// The end of its name.
        what: String,
        /// How it becomes one that is.
        remedy: &'static str,
    },
    /// A file that does not hold what such a file must.
    #[error("this is no whole {what}. Check that it was saved whole, or save it anew")]
    NotWhole {
        /// What it should be.
        what: &'static str,
    },
    /// A PDF that cannot be read.
    #[error("the PDF cannot be read: {0}. Save it anew without a password, or save its text as DOCX or plain text")]
    Pdf(String),
    /// A file that unpacks to more than any document.
    #[error("the document unpacks to more than {limit} MB, more than any text. Save it anew without what is not text")]
    TooLarge {
        /// Most that is unpacked, in MB.
        limit: u64,
    },
}
