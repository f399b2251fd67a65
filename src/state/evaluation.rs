//! An evaluation before and after, as the Evaluate view shows it.

use crate::metrics::Scores;
use crate::protocol::{EvaluatedQuestion, Event};

/// The newest evaluation.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Evaluation {
    /// None was asked for.
    #[default]
    Idle,
    /// Under way.
    Running {
        /// Questions answered.
        loaded: u64,
        /// Of how many, before and after together.
        total: Option<u64>,
    },
    /// Done.
    Done(Measured),
    /// Could not be done, or was stopped.
    Failed {
        /// What happened, and what to do.
        message: String,
    },
}

/// Scores before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The model as it was loaded.
    pub before: Scores,
    /// The model as it is now.
    pub after: Scores,
    /// One entry a question.
    pub questions: Vec<EvaluatedQuestion>,
}

impl Evaluation {
    /// Takes a reply to the request.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Progress { loaded, total, .. } => *self = Self::Running { loaded, total },
            Event::Evaluated { before, after, questions } => {
                *self = Self::Done(Measured { before, after, questions });
            }
            Event::Failed { message } => *self = Self::Failed { message },
            _ => {}
        }
    }
}

/// What changed, in numbers of questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Right now.
    pub right: usize,
    /// Right before.
    pub right_before: usize,
    /// Wrong before, right now.
    pub fixed: usize,
    /// Right before, wrong now.
    pub broken: usize,
    /// Trained on in this page.
    pub seen: usize,
    /// All of them.
    pub total: usize,
}

impl Measured {
    /// Counts what changed; right is an exact match.
    pub fn changes(&self) -> Changes {
        let mut changes = Changes { total: self.questions.len(), ..Changes::default() };
        for question in &self.questions {
            let (before, after) = (question.before.exact_match > 0.5, question.after.exact_match > 0.5);
            changes.right += usize::from(after);
            changes.right_before += usize::from(before);
            changes.fixed += usize::from(after && !before);
            changes.broken += usize::from(before && !after);
            changes.seen += usize::from(question.seen_in_training);
        }
        changes
    }
}

impl Changes {
    /// Whether chance alone gives such a change, or a greater one, more often than one time in twenty: the exact sign test over
    /// the questions that changed.
    pub fn is_too_few_to_tell(&self) -> bool {
        let changed = (self.fixed + self.broken) as i32;
        let most = self.fixed.max(self.broken) as i32;
        let mut ways = 1.0f64;
        let mut tail = 0.0;
        for k in 0..=changed {
            if k >= most {
                tail += ways;
            }
            ways *= f64::from(changed - k) / f64::from(k + 1);
        }
        (2.0 * tail / 2f64.powi(changed)).min(1.0) > 0.05
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::QuestionScore;

    fn question(before: bool, after: bool) -> EvaluatedQuestion {
        let score =
            |right: bool| QuestionScore { prediction: String::new(), exact_match: f64::from(u8::from(right)), f1: 0.5 };
        EvaluatedQuestion {
            id: "1".to_owned(),
            question: "?".to_owned(),
            gold: Vec::new(),
            before: score(before),
            after: score(after),
            seen_in_training: after,
        }
    }

    #[test]
    fn counts_fixed_and_broken() {
        let questions =
            vec![question(false, true), question(true, false), question(true, true), question(false, false)];
        let measured = Measured { before: Scores::default(), after: Scores::default(), questions };
        let expected = Changes { right: 2, right_before: 2, fixed: 1, broken: 1, seen: 2, total: 4 };
        assert_eq!(measured.changes(), expected);
        assert!(expected.is_too_few_to_tell());
    }

    /// Six of six in one direction happen by chance 2 times in 64, five of five 2 in 32.
    #[test]
    fn tells_chance_from_change() {
        let fixed = |fixed, broken| Changes { fixed, broken, ..Changes::default() };
        assert!(!fixed(6, 0).is_too_few_to_tell());
        assert!(fixed(5, 0).is_too_few_to_tell());
        assert!(fixed(0, 0).is_too_few_to_tell());
        assert!(!fixed(0, 22).is_too_few_to_tell());
        assert!(fixed(12, 9).is_too_few_to_tell());
    }
}
