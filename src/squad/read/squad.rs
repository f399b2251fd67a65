//! `SQuAD`'s documents, paragraphs, questions and answers.

use serde_json::{Map, Value};

use super::error::ReadError;
use super::fields::{Object, at, field, list, object, optional_text, text, whole};
use crate::squad::schema::{Answer, Document, Paragraph, Question};

pub fn document(value: Value, path: &str) -> Result<Document, ReadError> {
    let mut object = object(value, path)?;
    let title = optional_text(&mut object, "title", path)?;
    let items = list(&mut object, "paragraphs", path)?.into_iter().enumerate();
    let paragraphs = items.map(|(i, item)| paragraph(item, &at(&format!("{path}.paragraphs"), i)));
    Ok(Document { title, paragraphs: paragraphs.collect::<Result<_, _>>()?, extra: object })
}

pub fn paragraph(value: Value, path: &str) -> Result<Paragraph, ReadError> {
    let mut object = object(value, path)?;
    let context = text(&mut object, "context", path)?;
    let items = list(&mut object, "qas", path)?.into_iter().enumerate();
    let qas = items.map(|(i, item)| question(item, &at(&format!("{path}.qas"), i)));
    Ok(Paragraph { context, qas: qas.collect::<Result<_, _>>()?, extra: object })
}

pub fn question(value: Value, path: &str) -> Result<Question, ReadError> {
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
        Some(Value::Object(columns)) => {
            let answers = columns_answers(columns, &format!("{path}.answers"))?;
            // These rows have no flag: an empty list is how they say that the text has no answer.
            let is_impossible = is_impossible.or(answers.is_empty().then_some(true));
            return Ok(Question { id, question: asked, answers, is_impossible, extra: object });
        }
        Some(other) => return Err(field(format!("{path}.answers"), "a list", Some(&other))),
    };
    Ok(Question { id, question: asked, answers, is_impossible, extra: object })
}

pub fn answer(value: Value, path: &str) -> Result<Answer, ReadError> {
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
pub fn columns_answers(mut columns: Object, path: &str) -> Result<Vec<Answer>, ReadError> {
    let (texts, starts) = (list(&mut columns, "text", path)?, list(&mut columns, "answer_start", path)?);
    if texts.len() != starts.len() {
        let found = format!("{} and {}", texts.len(), starts.len());
        return Err(ReadError::Field { path: path.to_owned(), expected: "as many texts as starts", found });
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
    Ok(answers)
}

/// Gives each answer its value of the columns that nobody knows; what is no such column goes to all of them.
pub fn share_out(columns: Object, answers: &mut [Answer]) {
    let count = answers.len();
    for (key, column) in columns {
        let values = column.as_array().filter(|values| values.len() == count);
        for (i, answer) in answers.iter_mut().enumerate() {
            answer.extra.insert(key.clone(), values.map_or(&column, |values| &values[i]).clone());
        }
    }
}
