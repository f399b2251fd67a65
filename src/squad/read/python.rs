//! Lists and dicts as Python prints them, which is how many programs write the answers of a row into one cell of a table.

use serde_json::{Map, Number, Value};

/// Deepest nesting that is read.
const DEPTH_MAX: usize = 8;

/// A literal of lists, dicts, texts and numbers, numpy's `array([…], dtype=…)` among them, or JSON; `None` where it is neither.
pub fn literal(text: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let mut parser = Parser { rest: text };
    let value = parser.value(0)?;
    parser.rest.trim().is_empty().then_some(value)
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            '[' => self.items(depth, '[', ']').map(Value::Array),
            '(' => self.items(depth, '(', ')').map(Value::Array),
            '{' => self.dict(depth),
            quote @ ('\'' | '"') => self.text(quote).map(Value::String),
            c if c.is_ascii_digit() || c == '-' => self.number(),
            _ => self.word(depth),
        }
    }

    /// Takes a character, after white space.
    fn take(&mut self, c: char) -> bool {
        let rest = self.rest.trim_start();
        let taken = rest.strip_prefix(c);
        self.rest = taken.unwrap_or(rest);
        taken.is_some()
    }

    fn items(&mut self, depth: usize, open: char, close: char) -> Option<Vec<Value>> {
        let mut items = Vec::new();
        self.take(open).then_some(())?;
        while !self.take(close) {
            items.push(self.value(depth + 1)?);
            // numpy writes lists without commas.
            self.take(',');
        }
        Some(items)
    }

    fn dict(&mut self, depth: usize) -> Option<Value> {
        let mut object = Map::new();
        self.take('{').then_some(())?;
        while !self.take('}') {
            let Value::String(key) = self.value(depth + 1)? else { return None };
            self.take(':').then_some(())?;
            object.insert(key, self.value(depth + 1)?);
            self.take(',');
        }
        Some(Value::Object(object))
    }

    fn text(&mut self, quote: char) -> Option<String> {
        let mut out = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => match chars.next()?.1 {
                    'n' => out.push('\n'),
                    't' => out.push('\t'),
                    'r' => out.push('\r'),
                    'x' => out.push(code(&mut chars, 2)?),
                    'u' => out.push(code(&mut chars, 4)?),
                    'U' => out.push(code(&mut chars, 8)?),
                    other => out.push(other),
                },
                c if c == quote => {
                    self.rest = &self.rest[at + c.len_utf8()..];
                    return Some(out);
                }
                c => out.push(c),
            }
        }
        None
    }

    fn number(&mut self) -> Option<Value> {
        let end =
            self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        number
            .parse::<i64>()
            .map(Number::from)
            .ok()
            .or_else(|| Number::from_f64(number.parse().ok()?))
            .map(Value::Number)
    }

    /// `None`, `True`, `False`, and `array([…], dtype=…)`.
    fn word(&mut self, depth: usize) -> Option<Value> {
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || "._".contains(c))).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "None" => Some(Value::Null),
            "True" => Some(Value::Bool(true)),
            "False" => Some(Value::Bool(false)),
            "array" | "np.array" | "numpy.array" => {
                self.take('(').then_some(())?;
                let value = self.value(depth + 1)?;
                if self.take(',') {
                    // The kind of its numbers changes nothing.
                    let close = self.rest.find(')')?;
                    self.rest = &self.rest[close..];
                }
                self.take(')').then_some(value)
            }
            _ => None,
        }
    }
}

/// A character by its number, in so many hexadecimal digits.
fn code(chars: &mut impl Iterator<Item = (usize, char)>, digits: usize) -> Option<char> {
    let hex: String = chars.take(digits).map(|(_, c)| c).collect();
    u32::from_str_radix(&hex, 16).ok().filter(|_| hex.len() == digits).and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_python_prints_is_read() {
        let expected = json!({"text": ["it's", "a \"b\"\nc"], "answer_start": [177, 3]});
        let printed = r#"{'text': ["it's", 'a "b"\nc'], 'answer_start': [177, 3]}"#;
        assert_eq!(literal(printed), Some(expected.clone()));
        let numpy =
            r#"{'text': array(["it's", 'a "b"\nc'], dtype=object), 'answer_start': array([177,   3], dtype=int32)}"#;
        assert_eq!(literal(numpy), Some(expected.clone()));
        assert_eq!(literal(&expected.to_string()), Some(expected));
        assert_eq!(literal(r"('\u017c\x41', None, True, -1.5)"), Some(json!(["żA", null, true, -1.5])));
        assert_eq!(literal("[1 2  3]"), Some(json!([1, 2, 3])));
    }

    #[test]
    fn anything_else_is_not() {
        for text in ["", "5-1", "in 1922", "[1", "{'a': }", "['a'] b", "{1: 2}", "'", "\\", "array(", r"'\u00'"] {
            assert_eq!(literal(text), None, "{text}");
        }
        assert_eq!(literal(&"[".repeat(100_000)), None, "deep nesting ends");
    }
}
