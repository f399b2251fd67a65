//! Words of the questions one by one, and of their filters.

use crate::state::evaluation::{Change, Filter, Mistake};

/// An answer that is empty.
pub const NO_ANSWER: &str = "no answer";
/// Mark of a question that was trained on.
pub const SEEN: &str = "seen in training";
/// Mark of a question that leaves no room for the text.
pub const UNREAD: &str = "too long";
/// Shows more lines.
pub const MORE: &str = "Show more";
/// A filter without a line.
pub const NONE_SHOWN: &str = "No question of this kind.";
/// Name of the table of questions.
pub const QUESTIONS: &str = "Questions";
/// Name of the filters' group.
pub const FILTERS: &str = "Which questions are shown";
/// Name of the filters by mistakes, which stands before them.
pub const MISTAKES: &str = "Wrong answers:";
/// A column of the table of questions.
pub const BEFORE: &str = "Before";
/// A column of the table of questions.
pub const AFTER: &str = "After";
/// The same where before and after are one.
pub const ANSWER: &str = "Answer";
/// The column of what was marked.
pub const MARKED: &str = "Marked answer";
/// Columns of the table of questions.
pub const QUESTION_COLUMNS: [&str; 6] = ["", "Question", MARKED, BEFORE, AFTER, "EM / F1"];

/// The marked answers of one question, each text once.
pub fn gold(texts: &[String]) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for text in texts.iter().map(|text| if text.is_empty() { NO_ANSWER } else { text.as_str() }) {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen.join(" / ")
}

/// Exact match and F1 of one question, in percent.
pub fn question_score(exact_match: f64, f1: f64) -> String {
    format!("{:.0} / {:.0}", 100.0 * exact_match, 100.0 * f1)
}

/// Name of a filter.
pub fn filter(filter: Filter) -> &'static str {
    match filter {
        Filter::All => "All",
        Filter::Change(Change::Fixed) => "Fixed",
        Filter::Change(Change::Broken) => "Broken",
        Filter::Change(Change::BothWrong) => "Both wrong",
        Filter::Change(Change::BothRight) => "Both right",
        Filter::Mistake(Mistake::TooLong) => "Too long",
        Filter::Mistake(Mistake::TooShort) => "Too short",
        Filter::Mistake(Mistake::Beside) => "Partly off",
        Filter::Mistake(Mistake::Elsewhere) => "Elsewhere",
        Filter::Mistake(Mistake::Missing) => "Not answered",
        Filter::Mistake(Mistake::Invented) => "Nothing to answer",
    }
}

/// What a filter by mistakes shows, for whoever points at it.
pub fn mistake(mistake: Mistake) -> &'static str {
    match mistake {
        Mistake::TooLong => "The answer holds the marked one, and more.",
        Mistake::TooShort => "The answer is a part of the marked one.",
        Mistake::Beside => "The answer has some words of the marked one, and others.",
        Mistake::Elsewhere => "The answer has no word of the marked one.",
        Mistake::Missing => "No answer was given where one is marked.",
        Mistake::Invented => "An answer was given where the text has none.",
    }
}

/// What became of a question, with a sign that does not depend on colour.
pub fn change(change: Change) -> &'static str {
    match change {
        Change::Fixed => "▲ fixed",
        Change::Broken => "▼ broken",
        Change::BothWrong => "✕ wrong",
        Change::BothRight => "✓ right",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_answers_are_listed_once() {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(gold(&texts(&["5-1", "5-1", "5-1 on aggregate"])), "5-1 / 5-1 on aggregate");
        assert_eq!(gold(&texts(&[""])), "no answer");
        assert_eq!(question_score(0.0, 2.0 / 3.0), "0 / 67");
    }
}
