//! Words of the result: the sentence, the verdict, the warnings, the scores.

use super::UNREAD;
use crate::state::evaluation::stats::Interval;
use crate::state::evaluation::summary::{Measured, Summary, Verdict};
use crate::state::format::{counted, whole};

/// A result of before the newest run.
pub const STALE: &str = "The model has changed since this was measured. Evaluate again for the model as it is now.";
/// Saves the predictions.
pub const SAVE: &str = "Save predictions";
/// What is in them.
pub const SAVE_HINT: &str = "predictions.json: the answers of the model as it is now, by the question's id.";
/// Heading of the scores' table.
pub const SCORES: &str = "Scores";
/// Columns of the scores' table: before, after, difference, each with its interval.
pub const SCORE_COLUMNS: [&str; 6] =
    ["Before", "95 % interval", "After", "95 % interval", "Difference", "95 % interval"];
/// The same where before and after are one.
pub const SCORE_COLUMNS_OF_ONE: [&str; 2] = ["Score", "95 % interval"];
/// A score.
pub const EXACT_MATCH: &str = "Exact match, %";
/// A score.
pub const F1: &str = "F1, %";
/// Name of the result's region.
pub const RESULT: &str = "Result";
/// The fold that explains the figures.
pub const METHOD_TITLE: &str = "How this is measured";
/// How intervals and verdicts come about.
pub const METHOD: &str = "Right is an exact match: the same words after lower-casing, without punctuation and articles. F1 is the share of \
    common words. Intervals (95 %) come from drawing as many questions from these again and again (bootstrap); whether a difference could be chance, from \
    the exact sign test on the fixed and the broken ones (McNemar).";

/// What the scores are about.
pub fn scores_caption(name: &str, questions: usize) -> String {
    let counted = counted(questions, "question", "questions");
    if name.is_empty() { counted } else { format!("{name}: {counted}") }
}

/// A score of the questions that have an answer.
pub fn has_answer(score: &str, total: usize) -> String {
    format!("{score}: {} with an answer", whole(total))
}

/// A score of the questions that have none.
pub fn no_answer(score: &str, total: usize) -> String {
    format!("{score}: {} without an answer", whole(total))
}

/// The result in one sentence.
pub fn headline(summary: &Summary) -> String {
    let Summary { total, right_before, right_after, fixed, broken, .. } = summary;
    let (after, total) = (whole(*right_after), whole(*total));
    if summary.verdict == Verdict::SameModel {
        return format!("{after} of {total} right");
    }
    let changes = match (fixed, broken) {
        (0, 0) => "none changed".to_owned(),
        _ => format!("{} fixed, {} broken", whole(*fixed), whole(*broken)),
    };
    format!("{after} of {total} right, {} before: {changes}", whole(*right_before))
}

/// What the result means.
pub fn verdict(summary: &Summary) -> String {
    match summary.verdict {
        Verdict::SameModel => "The model is as it was loaded: before and after are the same.".to_owned(),
        Verdict::TooFew => format!(
            "Too few to tell: with {} one or two decide everything. Ten are the least, some hundreds are good.",
            counted(summary.total, "question", "questions")
        ),
        Verdict::Chance { .. } if summary.fixed + summary.broken == 0 => {
            "No answer went from wrong to right or back: no difference to tell.".to_owned()
        }
        Verdict::Chance { p } => {
            format!("Too few to tell: chance alone gives such a difference {}.", how_often(p))
        }
        Verdict::Better { p } => format!("Better on these questions: chance alone gives this {}.", how_often(p)),
        Verdict::Worse { p } => format!("Worse on these questions: chance alone gives this {}.", how_often(p)),
    }
}

/// A p-value in words.
fn how_often(p: f64) -> String {
    match p {
        p if p < 0.001 => "less than once in 1,000 times".to_owned(),
        p if p < 0.1 => format!("once in {} times", whole((1.0 / p).round() as usize)),
        p => format!("{:.0} times in 100", 100.0 * p),
    }
}

/// A warning where questions leave no room for the text.
pub fn unread(summary: &Summary) -> Option<String> {
    let counts = match summary.unread {
        0 => return None,
        1 => "1 question leaves no room for the text and counts as not answered. Shorten it".to_owned(),
        unread => {
            format!("{} questions leave no room for the text and count as not answered. Shorten them", whole(unread))
        }
    };
    Some(format!("{counts}: marked \"{UNREAD}\" in the table."))
}

/// A warning where questions were trained on.
pub fn seen(summary: &Summary) -> Option<String> {
    let (seen, total) = (summary.seen, summary.total);
    match seen {
        0 => None,
        _ if seen == total => {
            Some("All of these questions were seen in training: the scores show what was memorised.".to_owned())
        }
        _ => Some(format!(
            "{} of {} questions were seen in training: the scores flatter the model as it is now.",
            whole(seen),
            whole(total)
        )),
    }
}

/// `77.3`.
pub fn percent(value: f64) -> String {
    format!("{value:.1}")
}

/// `+22.7`.
pub fn difference(value: f64) -> String {
    // No "-0.0".
    let rounded = (value * 10.0).round() / 10.0 + 0.0;
    format!("{rounded:+.1}")
}

/// `59.1 to 90.9`, or why there is none.
pub fn interval(measured: &Measured) -> String {
    match measured.interval {
        Some(Interval { low, high }) => format!("{low:.1} to {high:.1}"),
        None => "all alike".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::evaluation::summary::tests::questions;

    #[test]
    fn the_result_comes_first_in_words() {
        let summary = Summary::new(&questions(6, 1, 4, 11), true);
        assert_eq!(headline(&summary), "17 of 22 right, 12 before: 6 fixed, 1 broken");
        assert_eq!(verdict(&summary), "Too few to tell: chance alone gives such a difference 13 times in 100.");
        assert_eq!(headline(&Summary::new(&questions(0, 0, 5, 17), false)), "17 of 22 right");
        assert_eq!(headline(&Summary::new(&questions(0, 0, 5, 17), true)), "17 of 22 right, 17 before: none changed");
        let better = verdict(&Summary::new(&questions(6, 0, 4, 12), true));
        assert_eq!(better, "Better on these questions: chance alone gives this once in 32 times.");
        let few = verdict(&Summary::new(&questions(4, 0, 0, 5), true));
        assert!(few.starts_with("Too few to tell: with 9 questions"), "{few}");
        let sure = verdict(&Summary::new(&questions(0, 30, 0, 0), true));
        assert_eq!(sure, "Worse on these questions: chance alone gives this less than once in 1,000 times.");
    }

    #[test]
    fn seen_questions_are_warned_about() {
        let mut list = questions(1, 0, 0, 1);
        assert_eq!(seen(&Summary::new(&list, true)), None);
        list[0].seen_in_training = true;
        assert!(seen(&Summary::new(&list, true)).unwrap().starts_with("1 of 2 questions"));
        list[1].seen_in_training = true;
        assert!(seen(&Summary::new(&list, true)).unwrap().starts_with("All"));
    }

    #[test]
    fn questions_without_room_for_the_text_are_warned_about() {
        let mut list = questions(1, 0, 1, 1);
        assert_eq!(unread(&Summary::new(&list, true)), None);
        list[0].probabilities = None;
        assert!(unread(&Summary::new(&list, true)).unwrap().starts_with("1 question leaves no room"));
        list[1].probabilities = None;
        assert!(unread(&Summary::new(&list, true)).unwrap().starts_with("2 questions leave no room"));
    }

    #[test]
    fn scores_are_rounded_to_what_is_known() {
        assert_eq!(
            [percent(77.272), difference(22.727), difference(-0.04), difference(-5.0)],
            ["77.3", "+22.7", "+0.0", "-5.0"]
        );
        let flat = Measured { value: 100.0, interval: None };
        assert_eq!(interval(&flat), "all alike");
        assert_eq!(interval(&Measured { value: 5.0, interval: Some(Interval { low: 1.0, high: 9.04 }) }), "1.0 to 9.0");
    }
}
