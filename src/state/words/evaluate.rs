//! Words of the Evaluate view.

use crate::state::evaluation::reliability::{Bin, Trust};
use crate::state::evaluation::stats::Interval;
use crate::state::evaluation::summary::{Measured, Summary, Verdict};
use crate::state::evaluation::{Change, Evaluation, Filter, MeasureOn, Mistake, Reliability, Status};
use crate::state::format::{counted, whole};

/// Heading of the choice.
pub const ON: &str = "Measure on";
/// The file input.
pub const FILE: &str = "Held-out file";
/// Its gloss.
pub const FILE_HINT: &str =
    "Questions with answers that are never trained on: SQuAD JSON, one of its other forms, or a table.";
/// The primary button.
pub const EVALUATE: &str = "Evaluate";
/// Ends the evaluation.
pub const STOP: &str = "Stop evaluating";
/// What the button does.
pub const GLOSS: &str = "Asks every question of the model as it was loaded and as it is now, and compares the answers with the marked ones.";
/// Measuring on the questions that were trained on.
pub const WARNING: &str =
    "These questions are seen in training. The scores show what was memorised, not how new questions fare.";
/// Nothing to measure on.
pub const NO_QUESTIONS: &str =
    "There are no questions with a known answer here. Choose a held-out file, or mark answers under Data.";
/// A table whose columns have other names.
pub fn unclear_columns(headers: &[String]) -> String {
    format!(
        "It is not clear which columns hold text, question and answer; there are {}. Name them context, question and answer.",
        headers.join(", ")
    )
}

/// While a run goes on.
pub const TRAINING: &str = "A run is going on. Wait for it, or stop it under Train.";
/// A result of before the newest run.
pub const STALE: &str = "The model has changed since this was measured. Evaluate again for the model as it is now.";
/// Before the first evaluation.
pub const EMPTY: &str = "No result yet. It says first in words how many answers are right, before and after training.";
/// Saves the predictions.
pub const SAVE: &str = "Save predictions";
/// What is in them.
pub const SAVE_HINT: &str = "predictions.json: the answers of the model as it is now, by the question's id.";
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
/// Name of the table of questions.
pub const QUESTIONS: &str = "Questions";
/// Name of the filters' group.
pub const FILTERS: &str = "Which questions are shown";
/// Name of the filters by mistakes, which stands before them.
pub const MISTAKES: &str = "Wrong answers:";
/// Heading of the reliability diagram.
pub const RELIABILITY: &str = "Can its probabilities be trusted?";
/// How the diagram is read.
pub const RELIABILITY_HINT: &str = "Each bar holds the answers whose probability lies in that range; its height is the share of them that is right. \
    Where a bar ends on the dashed line, the model is right as often as it says. The thin lines are 95 % intervals.";
/// Its axes: across, upwards.
pub const RELIABILITY_AXES: [&str; 2] = ["probability that the model gives, %", "right, %"];
/// The fold with the table behind it.
pub const RELIABILITY_TABLE: &str = "The same as a table";
/// The table's columns.
pub const RELIABILITY_COLUMNS: [&str; 5] = ["Probability", "Answers", "Mean probability", "Right", "95 % interval"];
/// Name of the progress bar.
pub const PROGRESS: &str = "Questions measured";
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
/// The fold with what is wrong with a file.
pub const FINDINGS: &str = "What was found";
/// A file was read.
pub const READ: &str = "Read, nothing wrong with it.";
/// The fold that explains the figures.
pub const METHOD_TITLE: &str = "How this is measured";
/// How intervals and verdicts come about.
pub const METHOD: &str = "Right is an exact match: the same words after lower-casing, without punctuation and articles. F1 is the share of \
    common words. Intervals (95 %) come from drawing as many questions from these again and again (bootstrap); whether a difference could be chance, from \
    the exact sign test on the fixed and the broken ones (McNemar).";

/// Name of a choice.
pub fn on_label(on: MeasureOn) -> &'static str {
    match on {
        MeasureOn::HeldOut => "Held-out questions",
        MeasureOn::Training => "Training questions",
    }
}

/// One sentence on a choice.
pub fn on_sentence(on: MeasureOn, name: &str, (known, waiting): (usize, usize)) -> String {
    let waits = match waiting {
        0 => String::new(),
        _ => format!(" {} without a marked answer left out.", counted(waiting, "question", "questions")),
    };
    match (on, known + waiting) {
        (MeasureOn::HeldOut, 0) => "None yet: choose a file below.".to_owned(),
        (MeasureOn::Training, 0) => "None yet: mark answers under Data.".to_owned(),
        (MeasureOn::HeldOut, _) => {
            format!("{name}: {}, kept from training.{waits}", counted(known, "question", "questions"))
        }
        (MeasureOn::Training, _) => format!("{}, seen in training.{waits}", counted(known, "question", "questions")),
    }
}

/// A file is on its way.
pub fn reading(name: &str) -> String {
    format!("Reading {name}")
}

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

/// What the file reader found.
pub fn file_findings(count: usize) -> String {
    format!("{} in the file", counted(count, "finding", "findings"))
}

/// Where the evaluation stands.
pub fn status(evaluation: &Evaluation) -> String {
    match &evaluation.status {
        Status::Idle => EMPTY.to_owned(),
        Status::Running { stopping: true, .. } => "Stopping".to_owned(),
        Status::Running { loaded, total, .. } => {
            format!("{} of {}", whole(*loaded), counted(*total, "question", "questions"))
        }
        Status::Done => match &evaluation.report {
            Some(report) => format!("Measured on {}", counted(report.questions.len(), "question", "questions")),
            None => String::new(),
        },
        Status::Stopped => "Stopped before there was a result.".to_owned(),
        Status::Failed { message } => format!("The evaluation could not be made: {message}"),
    }
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

/// What the probabilities come to, in one sentence.
pub fn trust(reliability: &Reliability) -> String {
    let [says, right] = [reliability.probability, reliability.right].map(share);
    let verdict = match reliability.trust {
        Trust::TooFew => "too few to tell",
        Trust::Fits => "no difference that could not be chance",
        Trust::TooSure => "surer than it should be",
        Trust::TooModest => "better than it says",
    };
    format!("The model gives its answers {says} on average, and {right} of them are right: {verdict}.")
}

/// The caption of the table behind the diagram.
pub fn calibration_error(reliability: &Reliability) -> String {
    format!("Expected calibration error: {}, the mean distance of the two", share(reliability.error))
}

/// The range of a bar.
pub fn bin_range(bin: &Bin) -> String {
    format!("{:.0} to {:.0} %", 100.0 * bin.low, 100.0 * bin.high)
}

/// The columns of a bar after its range: answers, mean probability, right ones with their interval.
pub fn bin_cells(bin: &Bin) -> [String; 4] {
    let count = whole(bin.questions);
    match bin.share().zip(bin.interval()) {
        Some((right, Interval { low, high })) => {
            [count, share(bin.probability), share(right), format!("{:.0} to {:.0} %", 100.0 * low, 100.0 * high)]
        }
        None => [count, String::new(), String::new(), String::new()],
    }
}

/// `64 %`.
fn share(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
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
    use crate::state::evaluation::reliability::tests::answers;
    use crate::state::evaluation::summary::tests::questions;
    use crate::state::evaluation::tests::{evaluated, subject};

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
    fn the_status_counts_questions() {
        let mut evaluation = Evaluation::default();
        evaluation.start(subject(74));
        assert_eq!(status(&evaluation), "0 of 74 questions");
        evaluation.apply(evaluated(questions(1, 1, 1, 14)), true);
        assert_eq!(status(&evaluation), "Measured on 17 questions");
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
    fn probabilities_are_compared_with_what_is_right() {
        let made = |probability, count, right| Reliability::new(&answers(probability, count, right)).unwrap();
        assert_eq!(
            trust(&made(0.9, 20, 8)),
            "The model gives its answers 90 % on average, and 40 % of them are right: surer than it should be."
        );
        assert!(trust(&made(0.9, 9, 0)).ends_with("too few to tell."));
        let made = made(0.9, 20, 10);
        assert_eq!(calibration_error(&made), "Expected calibration error: 40 %, the mean distance of the two");
        assert_eq!(bin_range(&made.bins[4]), "80 to 100 %");
        assert_eq!(bin_cells(&made.bins[4]), ["20", "90 %", "50 %", "30 to 70 %"]);
        assert_eq!(bin_cells(&made.bins[0]), ["0", "", "", ""]);
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

    #[test]
    fn marked_answers_are_listed_once() {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(gold(&texts(&["5-1", "5-1", "5-1 on aggregate"])), "5-1 / 5-1 on aggregate");
        assert_eq!(gold(&texts(&[""])), "no answer");
        assert_eq!(question_score(0.0, 2.0 / 3.0), "0 / 67");
    }

    #[test]
    fn choices_say_how_many_questions_they_have() {
        assert_eq!(on_sentence(MeasureOn::HeldOut, "dev.json", (10, 0)), "dev.json: 10 questions, kept from training.");
        assert_eq!(
            on_sentence(MeasureOn::Training, "mine", (22, 1)),
            "22 questions, seen in training. 1 question without a marked answer left out."
        );
        assert!(on_sentence(MeasureOn::HeldOut, "", (0, 0)).contains("choose a file"));
    }
}
