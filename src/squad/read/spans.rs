//! doccano's lines.

use serde_json::Value;

use super::error::ReadError;
use super::fields::{at, field, list, object, text, whole};
use crate::squad::offsets::slice;
use crate::squad::schema::{Answer, Paragraph, Question};

/// `{"text", "label": [[start, end, "…"]]}`: each labelled span answers the question that its label asks.
pub fn span_line(value: Value, path: &str, key: &str) -> Result<Paragraph, ReadError> {
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
        add_answer(&mut qas, label, answer);
    }
    Ok(Paragraph { context, qas, extra: object })
}

/// Adds an answer to the question with these words, which is made where it is not there.
pub fn add_answer(qas: &mut Vec<Question>, words: &str, answer: Answer) {
    match qas.iter_mut().find(|question| question.question == words) {
        Some(question) => question.answers.push(answer),
        None => qas.push(Question { question: words.to_owned(), answers: vec![answer], ..Question::default() }),
    }
}
