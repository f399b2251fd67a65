//! Questions asked and their answers, as the Ask view shows them.

use std::ops::Range;

use crate::answer::{Answered, Span};
use crate::squad::offsets::slice;

/// Characters up to which a text is shown whole.
const WHOLE: usize = 1_200;
/// Characters of a passage on each side of the answer, at least, where the text goes on.
const AROUND: usize = 300;

/// What was asked, and what came back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asking {
    /// The question as typed.
    pub question: String,
    /// The text as pasted.
    pub context: String,
    /// Whether an answer is on its way.
    pub waiting: bool,
    /// The newest answer.
    pub answer: Option<Given>,
    /// Why there is none.
    pub error: Option<String>,
}

/// An answer with what it answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The question.
    pub question: String,
    /// The text that was looked in.
    pub context: String,
    /// Answers of the model as it is now, best first.
    pub now: Answered,
    /// Answers of the model as it was loaded.
    pub base: Option<Answered>,
    /// Milliseconds from the question to the answer.
    pub elapsed_ms: f64,
}

/// A passage with the answer in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Passage {
    /// What stands before the answer.
    pub before: String,
    /// The answer.
    pub answer: String,
    /// What stands after it.
    pub after: String,
}

/// The part of the text around a span: all of a short text, else some hundred characters to each side, cut between words.
pub fn passage(context: &str, span: &Span) -> Passage {
    let characters: Vec<char> = context.chars().collect();
    let shown = window(&characters, span.start, span.end);
    let part = |range: Range<usize>| slice(context, range.start, range.end).unwrap_or_default().to_owned();
    let mut before = part(shown.start..span.start);
    let mut after = part(span.end..shown.end);
    if shown.start > 0 {
        before.insert_str(0, "… ");
    }
    if shown.end < characters.len() {
        after.push_str(" …");
    }
    Passage { before, answer: part(span.start..span.end), after }
}

/// Characters that are shown around `start..end`.
fn window(characters: &[char], start: usize, end: usize) -> Range<usize> {
    if characters.len() <= WHOLE {
        return 0..characters.len();
    }
    let from = start.saturating_sub(AROUND);
    let to = (end + AROUND).min(characters.len());
    let is_space = |at: usize| characters[at].is_whitespace();
    // Between two words, where one ends within the part; a text without spaces is cut anywhere.
    let first = if from == 0 { 0 } else { (from..start).find(|at| is_space(*at)).map_or(from, |at| at + 1) };
    let last = if to == characters.len() { to } else { (end..to).rev().find(|at| is_space(*at)).unwrap_or(to) };
    first..last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(context: &str, text: &str) -> Span {
        let start = context[..context.find(text).unwrap()].chars().count();
        let end = start + text.chars().count();
        Span { text: text.to_owned(), start, end, score: 1.0, probability: 1.0, start_logit: 0.5, end_logit: 0.5 }
    }

    #[test]
    fn a_short_text_is_shown_whole() {
        let context = "Poznań 🏟️ won 5-1.";
        let shown = passage(context, &span(context, "5-1"));
        assert_eq!(
            (shown.before.as_str(), shown.answer.as_str(), shown.after.as_str()),
            ("Poznań 🏟️ won ", "5-1", ".")
        );
    }

    #[test]
    fn a_long_text_is_cut_between_words() {
        let filler = "wórd é👩‍🚒 ".repeat(400);
        let context = format!("{filler}the answer{filler}");
        let shown = passage(&context, &span(&context, "the answer"));
        assert_eq!(shown.answer, "the answer");
        assert!(shown.before.starts_with("… ") && shown.after.ends_with(" …"));
        let around = shown.before.chars().count() + shown.after.chars().count();
        assert!((500..=620).contains(&around), "{around} characters around");
        let first = shown.before.trim_start_matches("… ").split(' ').next().unwrap();
        assert!(first == "wórd" || first == "é👩‍🚒", "cut inside a word: {first}");
    }

    #[test]
    fn a_text_without_spaces_is_cut_all_the_same() {
        let filler = "字".repeat(2_000);
        let context = format!("{filler}答案{filler}");
        let shown = passage(&context, &span(&context, "答案"));
        assert_eq!(shown.answer, "答案");
        assert!(shown.before.chars().count() <= AROUND + 2);
    }
}
