//! Label Studio's tasks: its JSON export (`data` with `annotations`) and its short one, whose fields stand side by side.

use serde_json::{Map, Value};

use super::error::ReadError;
use super::fields::{Object, at, field, list, object, plain, whole};
use super::rows::Rows;
use super::spans::add_answer;
use crate::squad::offsets::{char_from_utf16, slice};
use crate::squad::schema::{Answer, Question};

/// Names under which tasks keep the text that is labelled.
const TEXTS: [&str; 6] = ["text", "context", "passage", "paragraph", "document", "content"];
/// The same for the question.
const QUESTIONS: [&str; 2] = ["question", "query"];
/// Fields of a task that only Label Studio has use for.
const BOOKKEEPING: [&str; 9] = [
    "annotator",
    "annotation_id",
    "created_at",
    "updated_at",
    "lead_time",
    "completed_by",
    "agreement",
    "inner_id",
    "drafts",
];

/// Whether an item of a list is a task with its annotations.
pub fn is_task(item: &Value) -> bool {
    item.get("data").is_some_and(Value::is_object) && annotations_key(item).is_some()
}

/// Whether an item of a list is a task of the short export.
pub fn is_short_task(item: &Value) -> bool {
    item.as_object().is_some_and(|task| task.contains_key("annotation_id") || task.values().any(holds_regions))
}

fn annotations_key(item: &Value) -> Option<&'static str> {
    ["annotations", "completions"].into_iter().find(|key| item.get(key).is_some_and(Value::is_array))
}

/// Whether it is a list of labelled regions.
fn holds_regions(value: &Value) -> bool {
    let is_region = |value: &Value| value.get("labels").is_some() && value.get("start").is_some();
    value.as_array().is_some_and(|regions| !regions.is_empty() && regions.iter().all(is_region))
}

/// What annotators say of a task.
#[derive(Default)]
struct Said {
    answers: Vec<(String, Answer)>,
    /// Whether somebody finished it without marking anything.
    is_empty: bool,
}

/// Adds a task with its annotations. Those that were cancelled count for nothing; one that was finished without a region says that the
/// text has no answer, where the task asks a question.
///
/// # Errors
/// Where a field is missing or of the wrong type.
pub fn task(value: Value, path: &str, rows: &mut Rows) -> Result<(), ReadError> {
    let key = annotations_key(&value).unwrap_or("annotations");
    let mut task = object(value, path)?;
    let data = object(task.remove("data").unwrap_or_default(), &format!("{path}.data"))?;
    let (context, rest) = text_of(data, &format!("{path}.data"))?;
    let mut said = Said::default();
    for (i, annotation) in list(&mut task, key, path)?.into_iter().enumerate() {
        let path = at(&format!("{path}.{key}"), i);
        let mut annotation = object(annotation, &path)?;
        if annotation.get("was_cancelled") == Some(&Value::Bool(true)) {
            continue;
        }
        let mut is_empty = true;
        for (j, region) in list(&mut annotation, "result", &path)?.into_iter().enumerate() {
            // Choices, ratings and written remarks are no spans.
            let Some(value) = region.get("value").filter(|value| value.get("labels").is_some() || has_label(value))
            else {
                continue;
            };
            said.answers.push(answer(value, &context, &format!("{}.value", at(&format!("{path}.result"), j)))?);
            is_empty = false;
        }
        said.is_empty |= is_empty;
    }
    add(rows, context, task.get("id").map(plain), rest, said);
    Ok(())
}

/// Adds a task of the short export.
///
/// # Errors
/// Where a field is missing or of the wrong type.
pub fn short_task(value: Value, path: &str, rows: &mut Rows) -> Result<(), ReadError> {
    let task = object(value, path)?;
    let (context, mut rest) = text_of(task, path)?;
    let mut said = Said::default();
    let keys: Vec<String> = rest.iter().filter(|(_, value)| holds_regions(value)).map(|(key, _)| key.clone()).collect();
    said.is_empty = keys.is_empty();
    for key in keys {
        for (i, region) in list(&mut rest, &key, path)?.iter().enumerate() {
            said.answers.push(answer(region, &context, &at(&format!("{path}.{key}"), i))?);
        }
    }
    BOOKKEEPING.iter().for_each(|key| drop(rest.shift_remove(*key)));
    let id = rest.shift_remove("id").as_ref().map(plain);
    add(rows, context, id, rest, said);
    Ok(())
}

/// Label Studio's other kinds of labels on text keep them under their own names.
fn has_label(value: &Value) -> bool {
    value.get("hypertextlabels").is_some() || value.get("paragraphlabels").is_some()
}

/// The text that is labelled, and the other fields.
fn text_of(mut data: Object, path: &str) -> Result<(String, Object), ReadError> {
    let key = TEXTS.into_iter().find(|key| data.get(*key).is_some_and(Value::is_string));
    match key.and_then(|key| data.shift_remove(key)) {
        Some(Value::String(text)) => Ok((text, data)),
        _ => Err(field(path.to_owned(), "a text under 'text', 'context' or 'passage'", None)),
    }
}

/// A region with the label that it was given.
fn answer(region: &Value, context: &str, path: &str) -> Result<(String, Answer), ReadError> {
    let labels = ["labels", "hypertextlabels", "paragraphlabels"].into_iter().find_map(|key| region.get(key));
    let label = labels.and_then(|labels| labels.get(0)).map(plain).unwrap_or_default();
    // Regions of formatted text begin at elements; their places in the whole text stand beside.
    let places = region.get("globalOffsets").unwrap_or(region);
    let start = whole(places.get("start"), &format!("{path}.start"))?;
    let end = whole(places.get("end"), &format!("{path}.end"))?;
    let chars = |at| char_from_utf16(context, at).unwrap_or(at);
    let text = match region.get("text") {
        Some(Value::String(text)) => text.clone(),
        _ => slice(context, chars(start), chars(end)).unwrap_or_default().to_owned(),
    };
    // It runs in a browser, where a text is counted in UTF-16 units, but newer versions count characters.
    let is_at = |start: usize| slice(context, start, start + text.chars().count()) == Some(text.as_str());
    let answer_start = if is_at(start) { start } else { Some(chars(start)).filter(|at| is_at(*at)).unwrap_or(start) };
    Ok((label, Answer { text, answer_start, extra: Map::new() }))
}

/// A task that asks has one question; in one that does not, labels are the questions.
fn add(rows: &mut Rows, context: String, id: Option<String>, mut rest: Object, said: Said) {
    let mut take = |keys: &[&str]| {
        let key = keys.iter().find(|key| rest.get(**key).is_some_and(Value::is_string))?;
        rest.shift_remove(*key).as_ref().map(plain)
    };
    let (words, title) = (take(&QUESTIONS), take(&["title"]).unwrap_or_default());
    let paragraph = rows.paragraph(title, context);
    let Some(words) = words else {
        said.answers.into_iter().for_each(|(label, answer)| add_answer(&mut paragraph.qas, &label, answer));
        paragraph.extra.extend(rest);
        return;
    };
    let mut answers: Vec<Answer> = Vec::new();
    for (_, answer) in said.answers {
        // Several annotators often mark the same.
        if !answers.contains(&answer) {
            answers.push(answer);
        }
    }
    let is_impossible = (answers.is_empty() && said.is_empty).then_some(true);
    let id = id.unwrap_or_default();
    paragraph.qas.push(Question { id, question: words, answers, is_impossible, extra: rest });
}
