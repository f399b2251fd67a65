//! Fields of JSON objects, and what is said where they are not as they should be.

use serde_json::{Map, Value};

use super::error::ReadError;

pub type Object = Map<String, Value>;

pub fn at(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

pub fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(value) => format!("the text \"{}\"", value.chars().take(40).collect::<String>()),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

pub fn field(path: String, expected: &'static str, found: Option<&Value>) -> ReadError {
    ReadError::Field { path, expected, found: found.map_or_else(|| "nothing".to_owned(), kind) }
}

pub fn object(value: Value, path: &str) -> Result<Object, ReadError> {
    match value {
        Value::Object(object) => Ok(object),
        other => Err(field(path.to_owned(), "an object", Some(&other))),
    }
}

pub fn text(object: &mut Object, key: &str, path: &str) -> Result<String, ReadError> {
    match object.remove(key) {
        Some(Value::String(text)) => Ok(text),
        other => Err(field(format!("{path}.{key}"), "a text", other.as_ref())),
    }
}

/// A text that may be missing or null.
pub fn optional_text(object: &mut Object, key: &str, path: &str) -> Result<String, ReadError> {
    match object.remove(key) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text),
        Some(Value::Number(number)) => Ok(number.to_string()),
        other => Err(field(format!("{path}.{key}"), "a text", other.as_ref())),
    }
}

pub fn list(object: &mut Object, key: &str, path: &str) -> Result<Vec<Value>, ReadError> {
    match object.remove(key) {
        Some(Value::Array(items)) => Ok(items),
        other => Err(field(format!("{path}.{key}"), "a list", other.as_ref())),
    }
}

pub fn whole(value: Option<&Value>, path: &str) -> Result<usize, ReadError> {
    let number = value.and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| field(path.to_owned(), "a whole number, 0 or more", value))
}

/// The error of what is no known form.
pub fn form(path: &str, message: &str) -> ReadError {
    ReadError::Form { path: path.to_owned(), message: message.to_owned() }
}

/// A value as a person would write it: a text without quotes.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
