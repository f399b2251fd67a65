//! Places in a dataset, written as JSON paths: `data[3].paragraphs[0].qas[2].answers[1]`.

use std::fmt;

/// A paragraph, a question or an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    /// Index of the document.
    pub document: usize,
    /// Index of the paragraph in its document.
    pub paragraph: usize,
    /// Index of the question in its paragraph.
    pub question: Option<usize>,
    /// Index of the answer in its question.
    pub answer: Option<usize>,
}

impl Location {
    /// A paragraph.
    pub fn paragraph(document: usize, paragraph: usize) -> Self {
        Self { document, paragraph, question: None, answer: None }
    }

    /// A question of this paragraph.
    #[must_use]
    pub fn question(self, question: usize) -> Self {
        Self { question: Some(question), answer: None, ..self }
    }

    /// An answer of this question.
    #[must_use]
    pub fn answer(self, answer: usize) -> Self {
        Self { answer: Some(answer), ..self }
    }

    /// Reads a JSON path as far as it names a place; what follows is not looked at.
    pub fn parse(path: &str) -> Option<Self> {
        let (document, rest) = index_after(path, "data[")?;
        let (paragraph, rest) = index_after(rest, ".paragraphs[")?;
        let Some((question, rest)) = index_after(rest, ".qas[") else {
            return Some(Self::paragraph(document, paragraph));
        };
        let answer = index_after(rest, ".answers[").map(|(answer, _)| answer);
        Some(Self { document, paragraph, question: Some(question), answer })
    }
}

fn index_after<'a>(path: &'a str, name: &str) -> Option<(usize, &'a str)> {
    let (index, rest) = path.strip_prefix(name)?.split_once(']')?;
    Some((index.parse().ok()?, rest))
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "data[{}].paragraphs[{}]", self.document, self.paragraph)?;
        if let Some(question) = self.question {
            write!(f, ".qas[{question}]")?;
        }
        match self.answer {
            Some(answer) => write!(f, ".answers[{answer}]"),
            None => Ok(()),
        }
    }
}

impl From<Location> for String {
    fn from(location: Location) -> Self {
        location.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Location;

    #[test]
    fn paths_are_read_as_they_are_written() {
        let paragraph = Location::paragraph(3, 12);
        for location in [paragraph, paragraph.question(0), paragraph.question(7).answer(1)] {
            assert_eq!(Location::parse(&location.to_string()), Some(location));
        }
        assert_eq!(Location::parse("data[1].paragraphs[2].context"), Some(Location::paragraph(1, 2)));
        for path in ["", "version", "data[1]", "data[x].paragraphs[0]", "data[1].paragraphs[0"] {
            assert_eq!(Location::parse(path), None, "{path}");
        }
    }
}
