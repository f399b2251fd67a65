//! Whether the probabilities that a model gives its answers can be trusted: of answers that it calls 80 % probable, 80 in 100 should be right.
//!
//! Source: Guo et al., On calibration of modern neural networks (ICML 2017), for the diagram and the expected calibration error; Wilson,
//! Probable inference (1927), for the intervals of its bars.

use super::stats::{Interval, bootstrap, wilson};
use super::summary::{QUESTIONS_LEAST, SEED};
use crate::protocol::EvaluatedQuestion;

/// Bars of the diagram where there are few questions, and where there are many.
const BINS: [usize; 2] = [5, 10];
/// Questions from which on there are many.
const MANY: usize = 200;

/// Answers whose probabilities lie in one range.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Where the range begins, 0 to 1.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
    /// Answers.
    pub questions: usize,
    /// Of these, right ones.
    pub right: usize,
    /// Mean probability, 0 to 1; 0 without an answer.
    pub probability: f64,
}

impl Bin {
    /// Share of right answers, 0 to 1; `None` without an answer.
    pub fn share(&self) -> Option<f64> {
        (self.questions > 0).then(|| self.right as f64 / self.questions as f64)
    }

    /// Where the share would lie with other answers of this kind, 19 times in 20; `None` without an answer.
    pub fn interval(&self) -> Option<Interval> {
        (self.questions > 0).then(|| wilson(self.right, self.questions))
    }
}

/// How probabilities and right answers go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// There are too few questions to tell.
    TooFew,
    /// Chance alone may have made the difference.
    Fits,
    /// Probabilities are too high.
    TooSure,
    /// Probabilities are too low.
    TooModest,
}

/// The answers of the model as it is now, by their probabilities.
#[derive(Clone, Debug, PartialEq)]
pub struct Reliability {
    /// From the improbable to the probable, without a gap.
    pub bins: Vec<Bin>,
    /// Mean probability, 0 to 1.
    pub probability: f64,
    /// Share of right answers, 0 to 1.
    pub right: f64,
    /// Expected calibration error: mean distance of probability and share of right answers over the bins, weighed by their answers, 0 to 1.
    pub error: f64,
    /// What it comes to.
    pub trust: Trust,
}

impl Reliability {
    /// Of these questions, without those that were not read; `None` where none was.
    pub fn new(questions: &[EvaluatedQuestion]) -> Option<Self> {
        let answer = |question: &EvaluatedQuestion| {
            let [_, probability] = question.probabilities?;
            Some((f64::from(probability), question.after.exact_match > 0.5))
        };
        let answers: Vec<(f64, bool)> = questions.iter().filter_map(answer).collect();
        let count = answers.len() as f64;
        if answers.is_empty() {
            return None;
        }
        let bins = bins(&answers);
        let distance =
            |bin: &Bin| bin.questions as f64 / count * (bin.share().unwrap_or_default() - bin.probability).abs();
        let probability = answers.iter().map(|(probability, _)| probability).sum::<f64>() / count;
        let right = answers.iter().filter(|(_, right)| *right).count() as f64 / count;
        let error = bins.iter().map(distance).sum();
        Some(Self { trust: trust(&answers), bins, probability, right, error })
    }
}

fn bins(answers: &[(f64, bool)]) -> Vec<Bin> {
    let count = BINS[usize::from(answers.len() >= MANY)];
    let edge = |index: usize| index as f64 / count as f64;
    let mut bins: Vec<Bin> =
        (0..count).map(|index| Bin { low: edge(index), high: edge(index + 1), ..Bin::default() }).collect();
    for (probability, right) in answers {
        let bin = &mut bins[((probability * count as f64) as usize).min(count - 1)];
        bin.questions += 1;
        bin.right += usize::from(*right);
        bin.probability += probability;
    }
    for bin in bins.iter_mut().filter(|bin| bin.questions > 0) {
        bin.probability /= bin.questions as f64;
    }
    bins
}

/// Of at least one answer: whether the share of right answers differs from the mean probability by more than other questions of this kind would change.
fn trust(answers: &[(f64, bool)]) -> Trust {
    let lacks: Vec<[f64; 1]> =
        answers.iter().map(|(probability, right)| [f64::from(u8::from(*right)) - probability]).collect();
    let [interval] = bootstrap(&lacks, SEED);
    // All of them lack the same.
    let Interval { low, high } = interval.unwrap_or(Interval { low: lacks[0][0], high: lacks[0][0] });
    match () {
        () if answers.len() < QUESTIONS_LEAST => Trust::TooFew,
        () if high < 0.0 => Trust::TooSure,
        () if low > 0.0 => Trust::TooModest,
        () => Trust::Fits,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::summary::tests::question;
    use super::*;

    /// So many answers of one probability, so many of them right.
    pub(crate) fn answers(probability: f32, count: usize, right: usize) -> Vec<EvaluatedQuestion> {
        let answer = |index: usize| {
            let made = question(&index.to_string(), false, index < right);
            EvaluatedQuestion { probabilities: Some([0.01, probability]), ..made }
        };
        (0..count).map(answer).collect()
    }

    #[test]
    fn answers_are_counted_by_their_probabilities() {
        let list = [answers(0.25, 4, 1), answers(1.0, 6, 3)].concat();
        let made = Reliability::new(&list).unwrap();
        let counts: Vec<(usize, usize)> = made.bins.iter().map(|bin| (bin.questions, bin.right)).collect();
        assert_eq!(counts, [(0, 0), (4, 1), (0, 0), (0, 0), (6, 3)]);
        assert_eq!((made.bins[1].low, made.bins[1].high), (0.2, 0.4));
        assert_eq!((made.bins[1].share(), made.bins[0].share(), made.bins[0].interval()), (Some(0.25), None, None));
        // The improbable ones are right as often as they say, six certain ones half of the time.
        assert!((made.error - 0.6 * 0.5).abs() < 1e-12 && (made.right - 0.4).abs() < 1e-12);
        assert!((made.probability - 0.7).abs() < 1e-12);
        assert_eq!(Reliability::new(&answers(0.5, MANY, 7)).unwrap().bins.len(), 10);
    }

    #[test]
    fn a_difference_is_told_only_where_other_questions_would_not_undo_it() {
        let trust = |list: &[EvaluatedQuestion]| Reliability::new(list).unwrap().trust;
        assert_eq!(trust(&answers(0.9, 9, 0)), Trust::TooFew);
        assert_eq!(trust(&answers(0.9, 20, 17)), Trust::Fits);
        assert_eq!(trust(&answers(0.9, 20, 8)), Trust::TooSure);
        assert_eq!(trust(&answers(0.9, 20, 0)), Trust::TooSure);
        assert_eq!(trust(&answers(0.3, 20, 15)), Trust::TooModest);
    }

    #[test]
    fn what_was_not_read_says_nothing() {
        let mut list = answers(0.5, 10, 5);
        list.iter_mut().skip(2).for_each(|question| question.probabilities = None);
        let made = Reliability::new(&list).unwrap();
        assert_eq!(made.bins.iter().map(|bin| bin.questions).sum::<usize>(), 2);
        list.iter_mut().for_each(|question| question.probabilities = None);
        assert_eq!(Reliability::new(&list), None);
    }
}
