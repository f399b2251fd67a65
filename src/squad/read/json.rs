//! JSON of every accepted form, told apart by content.

use serde_json::Value;

use super::error::ReadError;
use super::fields::{Object, at, field, form, kind};
use super::ids::make_ids;
use super::label_studio;
use super::prose::text;
use super::rows::{Rows, row};
use super::spans::span_line;
use super::squad::{document, paragraph};
use crate::squad::schema::{Dataset, Document};

/// Reads a dataset; ids are made where the file has none.
///
/// # Errors
/// Where the file is no dataset: what is wrong, and where.
pub fn read(bytes: &[u8]) -> Result<Dataset, ReadError> {
    let text = text(bytes)?;
    let mut dataset = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(object)) => from_object(object)?,
        Ok(Value::Array(items)) => from_items(items, "", Dataset::default())?,
        Ok(other) => return Err(form("the file", &format!("it holds {}", kind(&other)))),
        Err(error) => from_lines(text).unwrap_or_else(|| Err(ReadError::Json(error.to_string())))?,
    };
    make_ids(&mut dataset);
    Ok(dataset)
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

/// A list of documents, of paragraphs, of tasks or of rows; the first item tells which.
fn from_items(items: Vec<Value>, path: &str, mut dataset: Dataset) -> Result<Dataset, ReadError> {
    let Some(first) = items.first() else { return Ok(dataset) };
    let has = |key: &str| first.get(key).is_some();
    let spans = ["label", "labels", "entities"].into_iter().find(|key| has(key)).filter(|_| has("text"));
    let alone = |paragraphs| vec![Document { paragraphs, ..Document::default() }];
    dataset.data = if has("paragraphs") {
        each(items, path, document)?
    } else if has("context") && has("qas") {
        alone(each(items, path, paragraph)?)
    } else if has("context") && has("question") {
        grouped(items, path, row)?
    } else if label_studio::is_task(first) {
        grouped(items, path, label_studio::task)?
    } else if label_studio::is_short_task(first) {
        grouped(items, path, label_studio::short_task)?
    } else if let Some(key) = spans {
        alone(each(items, path, |item, path| span_line(item, path, key))?)
    } else {
        return Err(form(
            &at(path, 0),
            "it has neither 'paragraphs', nor 'context' with 'qas' or 'question', nor 'text' with 'label', nor 'data' with \
             'annotations'",
        ));
    };
    Ok(dataset)
}

fn each<T>(
    items: Vec<Value>,
    path: &str,
    read: impl Fn(Value, &str) -> Result<T, ReadError>,
) -> Result<Vec<T>, ReadError> {
    items.into_iter().enumerate().map(|(i, item)| read(item, &at(path, i))).collect()
}

fn grouped(
    items: Vec<Value>,
    path: &str,
    read: impl Fn(Value, &str, &mut Rows) -> Result<(), ReadError>,
) -> Result<Vec<Document>, ReadError> {
    let mut rows = Rows::default();
    for (i, item) in items.into_iter().enumerate() {
        read(item, &at(path, i), &mut rows)?;
    }
    Ok(rows.documents)
}
