//! An evaluation before and after, as the Evaluate view shows it.

pub mod measure;
pub mod mistake;
pub mod reliability;
pub mod stats;
pub mod summary;

use serde_json::{Map, Value};

use crate::metrics::Scores;
use crate::protocol::{EvaluatedQuestion, Event};
use crate::state::model::Weights;

pub use measure::{Measurable, MeasureOn};
pub use mistake::Mistake;
pub use reliability::Reliability;
pub use summary::{Change, Summary};

/// Where an evaluation stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Status {
    /// None was asked for.
    #[default]
    Idle,
    /// Questions are answered.
    Running {
        /// Answered so far.
        loaded: usize,
        /// Of how many.
        total: usize,
        /// Whether it was asked to stop.
        stopping: bool,
    },
    /// There is a result.
    Done,
    /// It was stopped before there was one.
    Stopped,
    /// It could not be done.
    Failed {
        /// What happened, where, and what to do.
        message: String,
    },
}

/// What an evaluation is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subject {
    /// What was measured on.
    pub on: MeasureOn,
    /// Its name.
    pub name: String,
    /// How many questions were to be measured.
    pub total: usize,
    /// The weights that were measured: before and after differ only where they were trained.
    pub weights: Weights,
}

/// What an evaluation came to.
#[derive(Clone, Debug)]
pub struct Report {
    /// What it is about.
    pub subject: Subject,
    /// The worker's scores of the model as it was loaded, with the parts that `SQuAD` 2.0 tells apart.
    pub before: Scores,
    /// The same of the model as it is now.
    pub after: Scores,
    /// What is said above the table.
    pub summary: Summary,
    /// Whether the probabilities of the model as it is now can be trusted; `None` where no question was read.
    pub reliability: Option<Reliability>,
    /// One line a question.
    pub questions: Vec<EvaluatedQuestion>,
    /// In which way each of them is wrong: every filter asks for it, and it takes long to tell for thousands.
    mistakes: Vec<Option<Mistake>>,
}

impl Report {
    /// `predictions.json` of the model as it is now: `{id: text}`.
    pub fn predictions(&self) -> String {
        let text = |question: &EvaluatedQuestion| Value::String(question.after.prediction.clone());
        let map: Map<String, Value> =
            self.questions.iter().map(|question| (question.id.clone(), text(question))).collect();
        // A JSON value with string keys always serialises.
        serde_json::to_string_pretty(&Value::Object(map)).unwrap_or_default()
    }

    fn new(subject: Subject, before: Scores, after: Scores, questions: Vec<EvaluatedQuestion>) -> Self {
        let summary = Summary::new(&questions, subject.weights.is_trained);
        let reliability = Reliability::new(&questions);
        let mistakes = questions.iter().map(Mistake::of).collect();
        Self { subject, before, after, summary, reliability, questions, mistakes }
    }

    /// Indices of the questions that a filter shows.
    pub fn filtered(&self, filter: Filter) -> Vec<usize> {
        let is_shown = |index: &usize| match filter {
            Filter::All => true,
            Filter::Change(wanted) => Change::of(&self.questions[*index]) == wanted,
            Filter::Mistake(wanted) => self.mistakes[*index] == Some(wanted),
        };
        (0..self.questions.len()).filter(is_shown).collect()
    }
}

/// Which questions are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// All of them.
    #[default]
    All,
    /// Those of which this became.
    Change(Change),
    /// Those that are wrong in this way.
    Mistake(Mistake),
}

/// The newest evaluation, and the result of the one that last had one.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    /// Where it stands.
    pub status: Status,
    /// What it is about.
    pub subject: Subject,
    /// The newest result; stays while the next one is measured.
    pub report: Option<Report>,
    /// Results so far: what shows one need not look at it again until this changes.
    pub reports: usize,
}

impl Evaluation {
    /// An evaluation is asked for.
    pub fn start(&mut self, subject: Subject) {
        self.status = Status::Running { loaded: 0, total: subject.total, stopping: false };
        self.subject = subject;
    }

    /// Whether the worker is busy with it.
    pub fn is_active(&self) -> bool {
        matches!(self.status, Status::Running { .. })
    }

    /// Stop was asked for.
    pub fn ask_to_stop(&mut self) {
        if let Status::Running { stopping, .. } = &mut self.status {
            *stopping = true;
        }
    }

    /// Forgets the result; one that is being measured is asked to stop.
    pub fn forget(&mut self) {
        self.ask_to_stop();
        let status = if self.is_active() { self.status.clone() } else { Status::default() };
        *self = Self { status, ..Self::default() };
    }

    /// Takes a reply to the evaluation's request; `last` says that no other will come.
    pub fn apply(&mut self, event: Event, last: bool) {
        match event {
            Event::Progress { loaded, total, .. } => {
                if let Status::Running { loaded: so_far, total: of, .. } = &mut self.status {
                    *so_far = loaded as usize;
                    *of = total.map_or(*of, |total| total as usize);
                }
            }
            Event::Evaluated { before, after, questions } => {
                self.report = Some(Report::new(self.subject.clone(), before, after, questions));
                self.reports += 1;
                self.status = Status::Done;
            }
            // A worker that was told to stop says so as a failure.
            Event::Failed { .. } if matches!(self.status, Status::Running { stopping: true, .. }) => {
                self.status = Status::Stopped;
            }
            Event::Failed { message } => self.status = Status::Failed { message },
            _ if last && self.is_active() => self.status = Status::Stopped,
            _ => {}
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::summary::tests::questions;
    use super::*;

    pub(crate) fn evaluated(questions: Vec<EvaluatedQuestion>) -> Event {
        Event::Evaluated { before: Scores::default(), after: Scores::default(), questions }
    }

    fn progress(loaded: u64) -> Event {
        Event::Progress { what: "answering".to_owned(), loaded, total: Some(44), unit: "questions".to_owned() }
    }

    pub(crate) fn subject(total: usize) -> Subject {
        let weights = Weights { revision: 1, is_trained: true };
        Subject { name: "sample".to_owned(), total, weights, ..Subject::default() }
    }

    #[test]
    fn an_evaluation_goes_from_asked_for_to_done() {
        let mut evaluation = Evaluation::default();
        evaluation.start(subject(22));
        evaluation.apply(progress(17), false);
        assert_eq!(evaluation.status, Status::Running { loaded: 17, total: 44, stopping: false });
        evaluation.apply(evaluated(questions(6, 1, 4, 11)), true);
        assert_eq!(evaluation.status, Status::Done);
        let report = evaluation.report.as_ref().unwrap();
        assert_eq!(report.filtered(Filter::Change(Change::Broken)), [6]);
        assert_eq!(report.filtered(Filter::Change(Change::BothWrong)), [7, 8, 9, 10]);
        assert_eq!(report.filtered(Filter::Mistake(Mistake::Elsewhere)), [6, 7, 8, 9, 10]);
        assert!(report.filtered(Filter::Mistake(Mistake::TooLong)).is_empty());
        assert_eq!(report.filtered(Filter::All).len(), 22);
        assert_eq!(report.reliability.as_ref().unwrap().bins[3].questions, 22);
    }

    #[test]
    fn a_stopped_evaluation_leaves_the_result_from_before() {
        let mut evaluation = Evaluation::default();
        evaluation.start(subject(3));
        evaluation.apply(evaluated(questions(1, 0, 0, 2)), true);
        evaluation.start(subject(22));
        evaluation.apply(Event::Done, true);
        assert_eq!(evaluation.status, Status::Stopped);
        assert!(evaluation.report.is_some(), "the result from before stays");
        evaluation.start(subject(22));
        evaluation.ask_to_stop();
        evaluation.apply(Event::Failed { message: "The evaluation was stopped.".to_owned() }, true);
        assert_eq!(evaluation.status, Status::Stopped);
        assert!(evaluation.report.is_some());
    }

    #[test]
    fn what_is_forgotten_while_it_is_measured_has_no_result() {
        let mut evaluation = Evaluation::default();
        evaluation.start(subject(22));
        evaluation.apply(evaluated(questions(1, 0, 0, 2)), true);
        evaluation.forget();
        assert_eq!((evaluation.status.clone(), evaluation.reports), (Status::Idle, 0));
        evaluation.start(subject(22));
        evaluation.forget();
        assert!(matches!(evaluation.status, Status::Running { stopping: true, .. }) && evaluation.report.is_none());
        evaluation.apply(Event::Failed { message: "The evaluation was stopped.".to_owned() }, true);
        assert_eq!((evaluation.status.clone(), evaluation.report.is_none()), (Status::Stopped, true));
    }

    #[test]
    fn a_failure_is_shown() {
        let mut evaluation = Evaluation::default();
        evaluation.start(subject(1));
        evaluation.apply(Event::Failed { message: "no model".to_owned() }, true);
        assert_eq!(evaluation.status, Status::Failed { message: "no model".to_owned() });
        assert!(!evaluation.is_active());
    }

    #[test]
    fn predictions_are_those_of_the_model_as_it_is_now() {
        let mut evaluation = Evaluation::default();
        evaluation.start(subject(2));
        evaluation.apply(evaluated(questions(1, 1, 0, 0)), true);
        let text = evaluation.report.unwrap().predictions();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value, serde_json::json!({"0": "after", "1": "after"}));
    }
}
