//! Tables: rows with columns, separated by commas, semicolons or tabs (RFC 4180), the first row naming the columns.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::ReadError;
use super::ids::make_ids;
use super::prose::text;
use super::python::literal;
use super::rows::Rows;
use super::squad::columns_answers;
use crate::squad::offsets::byte_from_char;
use crate::squad::schema::{Answer, Dataset, Question};

/// Which column holds what, counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Columns {
    /// The text that answers are spans of.
    pub context: Option<usize>,
    /// What is asked; without it the texts come without questions.
    pub question: Option<usize>,
    /// The answer's words, or all answers as JSON or Python writes them.
    pub answer: Option<usize>,
    /// The answer's first character, counted from 0; without it the answer is looked for in the text.
    pub answer_start: Option<usize>,
    /// Title of the document.
    pub title: Option<usize>,
    /// Id of the question.
    pub id: Option<usize>,
    /// Whether the text has no answer: `true` or `false`.
    pub is_impossible: Option<usize>,
}

/// A role that a column can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name, as on the command line.
    pub name: &'static str,
    /// Names of columns that have it, in small letters and digits alone; the first that a table has counts.
    known: &'static [&'static str],
}

impl Columns {
    /// All roles, in the order of [`Self::slots`].
    pub const ROLES: [Role; 7] = [
        Role { name: "context", known: &["context", "text", "passage", "paragraph", "document", "content", "kontext"] },
        Role { name: "question", known: &["question", "query", "frage", "pytanie", "pregunta"] },
        Role {
            name: "answer",
            known: &["answer", "answers", "answertext", "answerstext", "antwort", "odpowiedz", "respuesta"],
        },
        Role { name: "answer_start", known: &["answerstart", "answersanswerstart", "start", "offset", "startoffset"] },
        Role { name: "title", known: &["title", "source", "titel"] },
        Role { name: "id", known: &["id", "questionid", "qid"] },
        Role { name: "is_impossible", known: &["isimpossible", "impossible", "unanswerable"] },
    ];

    /// The column of each role.
    pub fn slots(&mut self) -> [&mut Option<usize>; 7] {
        [
            &mut self.context,
            &mut self.question,
            &mut self.answer,
            &mut self.answer_start,
            &mut self.title,
            &mut self.id,
            &mut self.is_impossible,
        ]
    }

    /// Whether no question has to be asked: texts, questions and answers are known.
    pub fn are_clear(&self) -> bool {
        self.context.is_some() && self.question.is_some() && self.answer.is_some()
    }

    /// Columns by their names, for instance `context=Passage,question=Query`.
    ///
    /// # Errors
    /// Where a role is not known or the table has no such column.
    pub fn named(pairs: &[(String, String)], headers: &[String]) -> Result<Self, ReadError> {
        let mut columns = Self::default();
        for (role, name) in pairs {
            let found = || headers.to_vec();
            let column = headers.iter().position(|header| header == name);
            let column = column.ok_or_else(|| ReadError::NoColumn { name: name.clone(), found: found() })?;
            let slot = Self::ROLES.iter().position(|known| known.name == role);
            let slot = slot.ok_or_else(|| ReadError::Columns { found: found() })?;
            *columns.slots()[slot] = Some(column);
        }
        Ok(columns)
    }
}

/// The beginning of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// Names of the columns.
    pub headers: Vec<String>,
    /// The first rows, long cells cut off.
    pub rows: Vec<Vec<String>>,
    /// Number of all rows.
    pub count: usize,
    /// What the columns' names say.
    pub guess: Columns,
}

/// Rows of a preview, and characters of its cells.
const PREVIEW_ROWS: usize = 3;
const CELL_CHARS: usize = 60;

/// A table that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Names of the columns.
    pub headers: Vec<String>,
    /// Its rows; each has as many cells as there are columns.
    pub rows: Vec<Vec<String>>,
    /// Line of the file that each row begins on.
    lines: Vec<u64>,
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// Where it is no UTF-8 text, or a row has more or fewer cells than there are columns.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        let text = text(bytes)?;
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter(text)).from_reader(text.as_bytes());
        let failed = |error: &csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            let (expected, found) = match error.kind() {
                csv::ErrorKind::UnequalLengths { expected_len, len, .. } => (*expected_len, *len),
                _ => (0, 0),
            };
            ReadError::Field {
                path: format!("line {line}"),
                expected: "as many cells as there are columns",
                found: format!("{found} cells for {expected} columns. Put cells that hold the separator into quotes"),
            }
        };
        let headers = reader.headers().map_err(|error| failed(&error))?.iter().map(str::to_owned).collect();
        let mut table = Self { headers, rows: Vec::new(), lines: Vec::new() };
        for record in reader.records() {
            let record = record.map_err(|error| failed(&error))?;
            table.lines.push(record.position().map_or(0, csv::Position::line));
            table.rows.push(record.iter().map(str::to_owned).collect());
        }
        Ok(table)
    }

    /// The columns by their names.
    pub fn guess(&self) -> Columns {
        let plain = |name: &String| name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        let names: Vec<String> = self.headers.iter().map(plain).collect();
        let mut columns = Columns::default();
        for (role, slot) in Columns::ROLES.iter().zip(columns.slots()) {
            *slot = role.known.iter().find_map(|known| names.iter().position(|name| name == known));
        }
        columns
    }

    /// What a person needs to see to tell the columns.
    pub fn preview(&self) -> Preview {
        let cell = |cell: &String| cell.chars().take(CELL_CHARS).collect();
        let rows = self.rows.iter().take(PREVIEW_ROWS).map(|row| row.iter().map(cell).collect()).collect();
        Preview { headers: self.headers.clone(), rows, count: self.rows.len(), guess: self.guess() }
    }

    /// The dataset that the rows make. Rows of the same title and text become one paragraph; a row that repeats the id and the words of
    /// the one before it is another answer. Columns without a role are kept with the question.
    ///
    /// A row without an answer is not answered yet, unless the table says that the text has none.
    ///
    /// # Errors
    /// Where no column holds the texts, or a cell does not hold what it should.
    pub fn dataset(&self, mut columns: Columns) -> Result<Dataset, ReadError> {
        let context = columns.context.filter(|column| *column < self.headers.len());
        let context = context.ok_or_else(|| ReadError::Columns { found: self.headers.clone() })?;
        let roles: Vec<usize> = columns.slots().into_iter().filter_map(|slot| *slot).collect();
        let mut rows = Rows::default();
        for (row, line) in self.rows.iter().zip(&self.lines) {
            let cell = |column: Option<usize>| column.and_then(|column| row.get(column)).map_or("", String::as_str);
            let (title, context) = (cell(columns.title).to_owned(), row[context].clone());
            let words = cell(columns.question).trim();
            if words.is_empty() {
                // A text without a question is a text to ask about.
                rows.paragraph(title, context);
                continue;
            }
            let mut question = Question {
                id: cell(columns.id).to_owned(),
                question: words.to_owned(),
                is_impossible: Self::flag(cell(columns.is_impossible), *line)?,
                extra: self.others(row, &roles),
                ..Question::default()
            };
            Self::answers(&mut question, &context, cell(columns.answer), cell(columns.answer_start), *line)?;
            rows.add(title, context, question);
        }
        let mut dataset = Dataset { data: rows.documents, ..Dataset::default() };
        make_ids(&mut dataset);
        Ok(dataset)
    }

    fn flag(cell: &str, line: u64) -> Result<Option<bool>, ReadError> {
        match cell.trim().to_lowercase().as_str() {
            "" => Ok(None),
            "true" | "1" | "yes" => Ok(Some(true)),
            "false" | "0" | "no" => Ok(Some(false)),
            _ => Err(wrong(line, "is_impossible", "true or false", cell)),
        }
    }

    /// The answer of a row, or all of them where the cell holds a list. Words in brackets are words where they are no list of texts, and
    /// where they stand in the text as the start says.
    fn answers(question: &mut Question, context: &str, cell: &str, start: &str, line: u64) -> Result<(), ReadError> {
        if cell.trim().is_empty() {
            return Ok(());
        }
        let start = match start.trim() {
            "" => None,
            start => Some(start),
        };
        let place = start.and_then(whole_number);
        let stands_there = |place| byte_from_char(context, place).is_some_and(|byte| context[byte..].starts_with(cell));
        let list = Some(cell).filter(|cell| cell.starts_with(['{', '['])).and_then(literal).filter(is_list);
        if let Some(list) = list.filter(|_| !place.is_some_and(stands_there)) {
            return Self::list(question, context, list, start, line);
        }
        if let (Some(start), None) = (start, place) {
            return Err(wrong(line, "answer_start", "a whole number", start));
        }
        question.answers.push(Self::answer(context, cell, place));
        Ok(())
    }

    fn list(
        question: &mut Question,
        context: &str,
        list: Value,
        start: Option<&str>,
        line: u64,
    ) -> Result<(), ReadError> {
        let path = format!("line {line}, answer");
        match list {
            Value::Object(columns) => {
                question.answers = columns_answers(columns, &path)?;
                question.is_impossible = question.is_impossible.or(question.answers.is_empty().then_some(true));
            }
            Value::Array(texts) => {
                let starts = start.map(|start| {
                    let starts = literal(start).and_then(|starts| starts.as_array()?.iter().map(whole).collect());
                    let starts = starts.filter(|starts: &Vec<usize>| starts.len() == texts.len());
                    starts.ok_or_else(|| wrong(line, "answer_start", "a list of a whole number for each answer", start))
                });
                let starts = starts.transpose()?;
                for (i, text) in texts.iter().filter_map(Value::as_str).enumerate() {
                    let start = starts.as_ref().and_then(|starts| starts.get(i)).copied();
                    question.answers.push(Self::answer(context, text, start));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// An answer; one without a place is put where its words are first. Where they are nowhere, the check says so.
    fn answer(context: &str, text: &str, start: Option<usize>) -> Answer {
        let found = || context.find(text).map(|byte| context[..byte].chars().count());
        let answer_start = start.or_else(found).unwrap_or_default();
        Answer { text: text.to_owned(), answer_start, ..Answer::default() }
    }

    /// Cells of columns that have no role.
    fn others(&self, row: &[String], roles: &[usize]) -> Map<String, Value> {
        let cells = self.headers.iter().zip(row).enumerate();
        let others = cells.filter(|(column, (_, cell))| !roles.contains(column) && !cell.is_empty());
        others.map(|(_, (header, cell))| (header.clone(), Value::String(cell.clone()))).collect()
    }
}

/// Whether a value holds answers: texts alone, or the columns of Hugging Face's rows.
fn is_list(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(Value::is_string),
        Value::Object(columns) => columns.contains_key("text"),
        _ => false,
    }
}

/// A whole number; programs that know no gaps in a column write `217.0`.
fn whole(value: &Value) -> Option<usize> {
    let float = || value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..=9e15).contains(number));
    let number = value.as_u64().or_else(|| float().map(|number| number as u64));
    number.and_then(|number| usize::try_from(number).ok())
}

fn whole_number(text: &str) -> Option<usize> {
    text.parse().ok().or_else(|| literal(text).as_ref().and_then(whole))
}

fn wrong(line: u64, column: &str, expected: &'static str, found: &str) -> ReadError {
    let found = format!("\"{}\"", found.chars().take(40).collect::<String>());
    ReadError::Field { path: format!("line {line}, {column}"), expected, found }
}

/// The separator that the first row has most of, outside quotes.
fn delimiter(text: &str) -> u8 {
    let mut counts: HashMap<char, usize> = HashMap::new();
    let mut is_quoted = false;
    for c in text.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            '\n' if !is_quoted => break,
            ',' | ';' | '\t' if !is_quoted => *counts.entry(c).or_default() += 1,
            _ => {}
        }
    }
    // A comma where there is none of any.
    [',', ';', '\t']
        .into_iter()
        .rev()
        .max_by_key(|c| counts.get(c).copied().unwrap_or_default())
        .map_or(b',', |c| c as u8)
}
