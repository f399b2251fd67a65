//! Reading of every accepted form of dataset, told apart by content:
//! `SQuAD` 1.1 and 2.0 (Haystack's exports among them), the short form, Hugging Face rows (a list, under `data`, or JSON lines) and
//! doccano's span lines.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::offsets::slice;
use super::schema::{Answer, Dataset, Document, Paragraph, Question};

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
        "{path} is no known form of dataset: {message}. Known are SQuAD, its short form, Hugging Face rows and doccano's lines"
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
        /// JSON path of the field.
        path: String,
        /// What should be there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
}

type Object = Map<String, Value>;

/// Reads a dataset; ids are made where the file has none.
///
/// # Errors
/// Where the file is no dataset: what is wrong, and where.
pub fn read(bytes: &[u8]) -> Result<Dataset, ReadError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| ReadError::Utf8(error.valid_up_to()))?;
    let mut dataset = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(object)) => from_object(object)?,
        Ok(Value::Array(items)) => from_items(items, "", Dataset::default())?,
        Ok(other) => return Err(form("the file", &format!("it holds {}", kind(&other)))),
        Err(error) => from_lines(text).unwrap_or_else(|| Err(ReadError::Json(error.to_string())))?,
    };
    make_ids(&mut dataset);
    Ok(dataset)
}

fn form(path: &str, message: &str) -> ReadError {
    ReadError::Form { path: path.to_owned(), message: message.to_owned() }
}

/// JSON lines; `None` where the first line is no object, since then the file is no such thing.
fn from_lines(text: &str) -> Option<Result<Dataset, ReadError>> {
    let lines: Vec<(usize, &str)> = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).collect();
    serde_json::from_str::<Object>(lines.first()?.1).ok()?;
    let parse = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| ReadError::Line { line: number + 1, message: error.to_string() })
    };
    let items: Result<Vec<Value>, ReadError> = lines.into_iter().map(parse).collect();
    Some(items.and_then(|items| from_items(items, "", Dataset::default())))
}

fn from_object(mut object: Object) -> Result<Dataset, ReadError> {
    match object.remove("data") {
        Some(Value::Array(items)) => {
            let version = match object.remove("version") {
                Some(Value::String(version)) => Some(version),
                Some(other) => Some(other.to_string()),
                None => None,
            };
            from_items(items, "data", Dataset { version, data: Vec::new(), extra: object })
        }
        Some(other) => Err(field("data".to_owned(), "a list", Some(&other))),
        // One row alone: a file of JSON lines with a single line.
        None => from_items(vec![Value::Object(object)], "", Dataset::default()).map_err(|error| match error {
            ReadError::Form { message, .. } => form("the file", &message),
            other => other,
        }),
    }
}

/// A list of documents, of paragraphs or of rows; the first item tells which.
fn from_items(items: Vec<Value>, path: &str, mut dataset: Dataset) -> Result<Dataset, ReadError> {
    let has = |key: &str| items.first().is_some_and(|item| item.get(key).is_some());
    let spans = ["label", "labels", "entities"].into_iter().find(|key| has(key)).filter(|_| has("text"));
    if items.is_empty() {
        return Ok(dataset);
    } else if has("paragraphs") {
        for (i, item) in items.into_iter().enumerate() {
            dataset.data.push(document(item, &at(path, i))?);
        }
    } else if has("context") && has("qas") {
        let mut paragraphs = Vec::new();
        for (i, item) in items.into_iter().enumerate() {
            paragraphs.push(paragraph(item, &at(path, i))?);
        }
        dataset.data.push(Document { paragraphs, ..Document::default() });
    } else if has("context") && has("question") {
        let mut rows = Rows::default();
        for (i, item) in items.into_iter().enumerate() {
            row(item, &at(path, i), &mut rows)?;
        }
        dataset.data = rows.documents;
    } else if let Some(key) = spans {
        let mut paragraphs = Vec::new();
        for (i, item) in items.into_iter().enumerate() {
            paragraphs.push(span_line(item, &at(path, i), key)?);
        }
        dataset.data.push(Document { paragraphs, ..Document::default() });
    } else {
        return Err(form(
            &at(path, 0),
            "it has neither 'paragraphs', nor 'context' with 'qas' or 'question', nor 'text' with 'label'",
        ));
    }
    Ok(dataset)
}

fn at(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(value) => format!("the text \"{}\"", value.chars().take(40).collect::<String>()),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

fn field(path: String, expected: &'static str, found: Option<&Value>) -> ReadError {
    ReadError::Field { path, expected, found: found.map_or_else(|| "nothing".to_owned(), kind) }
}

fn object(value: Value, path: &str) -> Result<Object, ReadError> {
    match value {
        Value::Object(object) => Ok(object),
        other => Err(field(path.to_owned(), "an object", Some(&other))),
    }
}

fn text(object: &mut Object, key: &str, path: &str) -> Result<String, ReadError> {
    match object.remove(key) {
        Some(Value::String(text)) => Ok(text),
        other => Err(field(format!("{path}.{key}"), "a text", other.as_ref())),
    }
}

/// A text that may be missing or null.
fn optional_text(object: &mut Object, key: &str, path: &str) -> Result<String, ReadError> {
    match object.remove(key) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text),
        Some(Value::Number(number)) => Ok(number.to_string()),
        other => Err(field(format!("{path}.{key}"), "a text", other.as_ref())),
    }
}

fn list(object: &mut Object, key: &str, path: &str) -> Result<Vec<Value>, ReadError> {
    match object.remove(key) {
        Some(Value::Array(items)) => Ok(items),
        other => Err(field(format!("{path}.{key}"), "a list", other.as_ref())),
    }
}

fn whole(value: Option<&Value>, path: &str) -> Result<usize, ReadError> {
    let number = value.and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| field(path.to_owned(), "a whole number, 0 or more", value))
}

fn document(value: Value, path: &str) -> Result<Document, ReadError> {
    let mut object = object(value, path)?;
    let title = optional_text(&mut object, "title", path)?;
    let items = list(&mut object, "paragraphs", path)?.into_iter().enumerate();
    let paragraphs = items.map(|(i, item)| paragraph(item, &at(&format!("{path}.paragraphs"), i)));
    Ok(Document { title, paragraphs: paragraphs.collect::<Result<_, _>>()?, extra: object })
}

fn paragraph(value: Value, path: &str) -> Result<Paragraph, ReadError> {
    let mut object = object(value, path)?;
    let context = text(&mut object, "context", path)?;
    let items = list(&mut object, "qas", path)?.into_iter().enumerate();
    let qas = items.map(|(i, item)| question(item, &at(&format!("{path}.qas"), i)));
    Ok(Paragraph { context, qas: qas.collect::<Result<_, _>>()?, extra: object })
}

fn question(value: Value, path: &str) -> Result<Question, ReadError> {
    let mut object = object(value, path)?;
    let id = optional_text(&mut object, "id", path)?;
    let asked = text(&mut object, "question", path)?;
    let is_impossible = match object.remove("is_impossible") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(value)) => Some(value),
        Some(other) => return Err(field(format!("{path}.is_impossible"), "true or false", Some(&other))),
    };
    let answers = match object.remove("answers") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => {
            let path = format!("{path}.answers");
            items.into_iter().enumerate().map(|(i, item)| answer(item, &at(&path, i))).collect::<Result<_, _>>()?
        }
        Some(Value::Object(columns)) => return columns_question(columns, id, asked, is_impossible, object, path),
        Some(other) => return Err(field(format!("{path}.answers"), "a list", Some(&other))),
    };
    Ok(Question { id, question: asked, answers, is_impossible, extra: object })
}

fn answer(value: Value, path: &str) -> Result<Answer, ReadError> {
    let mut object = object(value, path)?;
    let answer_text = text(&mut object, "text", path)?;
    let start = object.remove("answer_start");
    Ok(Answer {
        text: answer_text,
        answer_start: whole(start.as_ref(), &format!("{path}.answer_start"))?,
        extra: object,
    })
}

/// Answers as Hugging Face rows keep them: `{"text": […], "answer_start": […]}`.
fn columns_question(
    mut columns: Object,
    id: String,
    asked: String,
    is_impossible: Option<bool>,
    extra: Object,
    path: &str,
) -> Result<Question, ReadError> {
    let path = format!("{path}.answers");
    let (texts, starts) = (list(&mut columns, "text", &path)?, list(&mut columns, "answer_start", &path)?);
    if texts.len() != starts.len() {
        let found = format!("{} and {}", texts.len(), starts.len());
        return Err(ReadError::Field { path, expected: "as many texts as starts", found });
    }
    let mut answers = Vec::new();
    for (i, (text, start)) in texts.into_iter().zip(starts).enumerate() {
        let Value::String(text) = text else {
            return Err(field(format!("{path}.text[{i}]"), "a text", Some(&text)));
        };
        let answer_start = whole(Some(&start), &format!("{path}.answer_start[{i}]"))?;
        answers.push(Answer { text, answer_start, extra: Map::new() });
    }
    share_out(columns, &mut answers);
    // These rows have no flag: an empty list is how they say that the text has no answer.
    let is_impossible = is_impossible.or(answers.is_empty().then_some(true));
    Ok(Question { id, question: asked, answers, is_impossible, extra })
}

/// Gives each answer its value of the columns that nobody knows; what is no such column goes to all of them.
fn share_out(columns: Object, answers: &mut [Answer]) {
    let count = answers.len();
    for (key, column) in columns {
        let values = column.as_array().filter(|values| values.len() == count);
        for (i, answer) in answers.iter_mut().enumerate() {
            answer.extra.insert(key.clone(), values.map_or(&column, |values| &values[i]).clone());
        }
    }
}

/// Rows grouped by title and context, in the order of their first appearance.
#[derive(Default)]
struct Rows {
    documents: Vec<Document>,
    by_title: HashMap<String, usize>,
    by_context: HashMap<(usize, String), usize>,
}

fn row(value: Value, path: &str, rows: &mut Rows) -> Result<(), ReadError> {
    let mut object = object(value, path)?;
    let context = text(&mut object, "context", path)?;
    let title = optional_text(&mut object, "title", path)?;
    let question = question(Value::Object(object), path)?;
    let document = *rows.by_title.entry(title.clone()).or_insert_with(|| {
        rows.documents.push(Document { title, ..Document::default() });
        rows.documents.len() - 1
    });
    let paragraphs = &mut rows.documents[document].paragraphs;
    let paragraph = *rows.by_context.entry((document, context.clone())).or_insert_with(|| {
        paragraphs.push(Paragraph { context, ..Paragraph::default() });
        paragraphs.len() - 1
    });
    paragraphs[paragraph].qas.push(question);
    Ok(())
}

/// doccano's `{"text", "label": [[start, end, "…"]]}`: each labelled span answers the question that its label asks.
fn span_line(value: Value, path: &str, key: &str) -> Result<Paragraph, ReadError> {
    let mut object = object(value, path)?;
    let context = text(&mut object, "text", path)?;
    let mut qas: Vec<Question> = Vec::new();
    for (i, span) in list(&mut object, key, path)?.into_iter().enumerate() {
        let path = at(&format!("{path}.{key}"), i);
        let part = |index: usize, name: &str| span.get(index).or_else(|| span.get(name));
        let (start, end) = (whole(part(0, "start_offset"), &path)?, whole(part(1, "end_offset"), &path)?);
        let Some(Value::String(label)) = part(2, "label") else {
            return Err(field(path, "a label after start and end", part(2, "label")));
        };
        let Some(text) = slice(&context, start, end).filter(|_| start <= end) else {
            let found = format!("{start} to {end} of {}", context.chars().count());
            return Err(ReadError::Field { path, expected: "a span inside the text", found });
        };
        let mut extra = span.as_object().cloned().unwrap_or_default();
        ["start_offset", "end_offset", "label"].iter().for_each(|key| drop(extra.remove(*key)));
        let answer = Answer { text: text.to_owned(), answer_start: start, extra };
        match qas.iter_mut().find(|question| question.question == *label) {
            Some(question) => question.answers.push(answer),
            None => qas.push(Question { question: label.clone(), answers: vec![answer], ..Question::default() }),
        }
    }
    Ok(Paragraph { context, qas, extra: object })
}

/// Gives every question without an id one that nobody else has.
fn make_ids(dataset: &mut Dataset) {
    let mut taken: HashSet<String> = dataset.questions().map(|(_, _, question)| question.id.clone()).collect();
    let mut next = 1;
    let questions = dataset.data.iter_mut().flat_map(|document| &mut document.paragraphs);
    for question in questions.flat_map(|paragraph| &mut paragraph.qas).filter(|question| question.id.is_empty()) {
        question.id = fresh_id(&taken, &mut next);
        taken.insert(question.id.clone());
    }
}

/// The next id of the form `question-N` that is not taken.
pub fn fresh_id(taken: &HashSet<String>, next: &mut usize) -> String {
    loop {
        let id = format!("question-{next}");
        *next += 1;
        if !taken.contains(&id) {
            return id;
        }
    }
}
