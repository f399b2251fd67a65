//! What an evaluation comes to: counts, scores with their intervals, and whether the difference means anything.

use super::stats::{Interval, bootstrap, sign_test};
use crate::protocol::EvaluatedQuestion;

/// Below this many questions nothing can be told.
pub const QUESTIONS_LEAST: usize = 10;
/// A difference that chance gives more often than this means nothing.
pub const CHANCE: f64 = 0.05;
/// Seed of the bootstrap: the figures of an evaluation do not change when it is looked at again.
pub const SEED: u64 = 42;

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Wrong before, right after.
    Fixed,
    /// Right before, wrong after.
    Broken,
    /// Wrong before and after.
    BothWrong,
    /// Right before and after.
    BothRight,
}

impl Change {
    /// What became of this one. Right means an exact match.
    pub fn of(question: &EvaluatedQuestion) -> Self {
        match (question.before.exact_match > 0.5, question.after.exact_match > 0.5) {
            (false, true) => Self::Fixed,
            (true, false) => Self::Broken,
            (false, false) => Self::BothWrong,
            (true, true) => Self::BothRight,
        }
    }
}

/// A score with its interval, in percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The score.
    pub value: f64,
    /// Where it would lie with other questions of this kind, 19 times in 20; `None` where all questions score the same.
    pub interval: Option<Interval>,
}

/// One score, before and after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The model as it was loaded.
    pub before: Measured,
    /// The model as it is now.
    pub after: Measured,
    /// After less before.
    pub difference: Measured,
}

/// Whether the difference means anything.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Before and after are the same model.
    SameModel,
    /// There are too few questions to tell.
    TooFew,
    /// Chance alone gives such a difference this often.
    Chance {
        /// The p-value of the sign test.
        p: f64,
    },
    /// The model got better at these questions.
    Better {
        /// The p-value of the sign test.
        p: f64,
    },
    /// The model got worse at these questions.
    Worse {
        /// The p-value of the sign test.
        p: f64,
    },
}

/// All that is said above the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Number of questions.
    pub total: usize,
    /// Right before.
    pub right_before: usize,
    /// Right after.
    pub right_after: usize,
    /// Wrong before, right after.
    pub fixed: usize,
    /// Right before, wrong after.
    pub broken: usize,
    /// Wrong before and after.
    pub both_wrong: usize,
    /// Questions that were seen in training.
    pub seen: usize,
    /// Questions that leave no room for the text.
    pub unread: usize,
    /// Exact match.
    pub exact_match: Pair,
    /// F1.
    pub f1: Pair,
    /// Whether the difference means anything.
    pub verdict: Verdict,
}

impl Summary {
    /// Of these questions; `is_trained` says whether before and after can differ at all.
    pub fn new(questions: &[EvaluatedQuestion], is_trained: bool) -> Self {
        let count = |wanted| questions.iter().filter(|question| Change::of(question) == wanted).count();
        let (fixed, broken, both_right) = (count(Change::Fixed), count(Change::Broken), count(Change::BothRight));
        let [exact_match, f1] = pairs(questions);
        Self {
            total: questions.len(),
            right_before: both_right + broken,
            right_after: both_right + fixed,
            fixed,
            broken,
            both_wrong: count(Change::BothWrong),
            seen: questions.iter().filter(|question| question.seen_in_training).count(),
            unread: questions.iter().filter(|question| question.is_unread()).count(),
            exact_match,
            f1,
            verdict: verdict(questions.len(), fixed, broken, is_trained),
        }
    }
}

fn verdict(total: usize, fixed: usize, broken: usize, is_trained: bool) -> Verdict {
    let p = sign_test(fixed, broken);
    match () {
        () if !is_trained => Verdict::SameModel,
        () if total < QUESTIONS_LEAST => Verdict::TooFew,
        () if p >= CHANCE => Verdict::Chance { p },
        () if fixed > broken => Verdict::Better { p },
        () => Verdict::Worse { p },
    }
}

/// Exact match and F1. The intervals of before, after and their difference come from the same draws of questions.
fn pairs(questions: &[EvaluatedQuestion]) -> [Pair; 2] {
    let row = |question: &EvaluatedQuestion| {
        let (before, after) = (&question.before, &question.after);
        let [em, f1] = [[before.exact_match, after.exact_match], [before.f1, after.f1]];
        [em[0], em[1], em[1] - em[0], f1[0], f1[1], f1[1] - f1[0]].map(|share| 100.0 * share)
    };
    let rows: Vec<[f64; 6]> = questions.iter().map(row).collect();
    let intervals = bootstrap(&rows, SEED);
    let measured = |column: usize| {
        let value = rows.iter().map(|row| row[column]).sum::<f64>() / rows.len().max(1) as f64;
        Measured { value, interval: intervals[column] }
    };
    let pair = |first| Pair { before: measured(first), after: measured(first + 1), difference: measured(first + 2) };
    [pair(0), pair(3)]
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::metrics::QuestionScore;

    pub(crate) fn question(id: &str, before: bool, after: bool) -> EvaluatedQuestion {
        let score = |right: bool, prediction: &str| QuestionScore {
            prediction: prediction.to_owned(),
            exact_match: f64::from(u8::from(right)),
            f1: if right { 1.0 } else { 0.5 },
        };
        EvaluatedQuestion {
            id: id.to_owned(),
            question: format!("question {id}"),
            gold: vec!["5-1".to_owned()],
            before: score(before, "before"),
            after: score(after, "after"),
            seen_in_training: false,
            probabilities: Some([0.5, 0.75]),
        }
    }

    /// So many questions of each kind.
    pub(crate) fn questions(fixed: usize, broken: usize, wrong: usize, right: usize) -> Vec<EvaluatedQuestion> {
        let kinds = [(fixed, false, true), (broken, true, false), (wrong, false, false), (right, true, true)];
        let all = kinds.into_iter().flat_map(|(count, before, after)| std::iter::repeat_n((before, after), count));
        all.enumerate().map(|(index, (before, after))| question(&index.to_string(), before, after)).collect()
    }

    #[test]
    fn questions_are_counted_by_what_became_of_them() {
        let summary = Summary::new(&questions(6, 1, 4, 11), true);
        assert_eq!((summary.total, summary.right_before, summary.right_after), (22, 12, 17));
        assert_eq!((summary.fixed, summary.broken, summary.both_wrong, summary.seen), (6, 1, 4, 0));
        let em = summary.exact_match;
        assert!((em.after.value - 100.0 * 17.0 / 22.0).abs() < 1e-9);
        assert!((em.difference.value - 100.0 * 5.0 / 22.0).abs() < 1e-9);
        let interval = em.after.interval.unwrap();
        assert!(interval.low < em.after.value && em.after.value < interval.high && interval.high <= 100.0);
        // A wrong answer has half an F1 here: 17 + 5 / 2 of 22.
        assert!((summary.f1.after.value - 100.0 * 19.5 / 22.0).abs() < 1e-9);
    }

    #[test]
    fn a_difference_is_told_only_where_chance_does_not_give_it() {
        let verdict = |fixed, broken, wrong, right, trained| {
            Summary::new(&questions(fixed, broken, wrong, right), trained).verdict
        };
        assert_eq!(verdict(0, 0, 5, 17, false), Verdict::SameModel);
        assert_eq!(verdict(9, 0, 0, 0, true), Verdict::TooFew);
        // 6 against 1: chance gives it once in eight times.
        assert!(matches!(verdict(6, 1, 4, 11, true), Verdict::Chance { p } if (p - 0.125).abs() < 1e-12));
        assert!(matches!(verdict(6, 0, 4, 12, true), Verdict::Better { p } if (p - 0.03125).abs() < 1e-12));
        assert!(matches!(verdict(1, 9, 4, 12, true), Verdict::Worse { p } if p < 0.05));
    }

    #[test]
    fn no_questions_and_questions_that_are_all_right_have_no_interval() {
        let none = Summary::new(&[], true);
        assert_eq!((none.total, none.f1.after), (0, Measured { value: 0.0, interval: None }));
        let all = Summary::new(&questions(0, 0, 0, 10), true);
        assert_eq!(all.exact_match.after, Measured { value: 100.0, interval: None });
    }
}
