//! Words of the Evaluate view.

mod questions;
mod reliability;
mod result;

pub use questions::*;
pub use reliability::*;
pub use result::*;

use crate::state::evaluation::{Evaluation, MeasureOn, Status};
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
/// Before the first evaluation.
pub const EMPTY: &str = "No result yet. It says first in words how many answers are right, before and after training.";
/// Name of the progress bar.
pub const PROGRESS: &str = "Questions measured";
/// The fold with what is wrong with a file.
pub const FINDINGS: &str = "What was found";
/// A file was read.
pub const READ: &str = "Read, nothing wrong with it.";

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::evaluation::summary::tests::questions;
    use crate::state::evaluation::tests::{evaluated, subject};

    #[test]
    fn the_status_counts_questions() {
        let mut evaluation = Evaluation::default();
        evaluation.start(subject(74));
        assert_eq!(status(&evaluation), "0 of 74 questions");
        evaluation.apply(evaluated(questions(1, 1, 1, 14)), true);
        assert_eq!(status(&evaluation), "Measured on 17 questions");
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
