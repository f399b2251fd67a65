//! What of a run is drawn.

use super::layout::Curve;
use super::series::{SMOOTHING, smooth};
use crate::state::run::Run;
use crate::state::run::history::PastRun;
use crate::train::{Measurement, StepReport};

/// What the chart can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// Loss of each step, and smoothed.
    #[default]
    Loss,
    /// Exact match and F1 on what is held back.
    Evaluation,
    /// Learning rate as applied.
    LearningRate,
    /// Norm of the gradient before clipping, and smoothed.
    GradNorm,
    /// Tokens a second, and smoothed.
    Pace,
}

impl Quantity {
    /// All of them, in the order of the list.
    pub const ALL: [Self; 5] = [Self::Loss, Self::Evaluation, Self::LearningRate, Self::GradNorm, Self::Pace];

    /// The thin line of a run, as measured, and the thick one.
    pub fn lines(self, run: &Run) -> [Curve; 2] {
        match self {
            Self::Loss => smoothed(&run.steps, |report| report.loss),
            Self::LearningRate => {
                let line = each(&run.steps, |report| report.learning_rate);
                [line.clone(), line]
            }
            Self::GradNorm => smoothed(&run.steps, |report| report.grad_norm),
            Self::Pace => smoothed(&run.steps, |report| report.tokens_per_second),
            Self::Evaluation => [measured(&run.measurements, |made| made.scores.exact_match), f1(&run.measurements)],
        }
    }

    /// The line of an earlier run to compare with; empty where none is kept.
    pub fn line_of(self, past: &PastRun) -> Curve {
        match self {
            Self::Loss => past.curve.clone(),
            Self::Evaluation => f1(&past.measurements),
            Self::LearningRate | Self::GradNorm | Self::Pace => Curve::new(),
        }
    }

    /// Where the vertical axis ends, where that does not follow from the values.
    pub fn highest(self) -> Option<f64> {
        (self == Self::Evaluation).then_some(100.0)
    }
}

fn each(steps: &[StepReport], value: impl Fn(&StepReport) -> f64) -> Curve {
    steps.iter().map(|report| (report.step, value(report))).collect()
}

fn smoothed(steps: &[StepReport], value: impl Fn(&StepReport) -> f64) -> [Curve; 2] {
    let thin = each(steps, value);
    let thick = smooth(thin.iter().map(|(_, value)| *value), SMOOTHING);
    let thick = thin.iter().zip(thick).map(|((step, _), value)| (*step, value)).collect();
    [thin, thick]
}

fn measured(made: &[Measurement], value: impl Fn(&Measurement) -> f64) -> Curve {
    made.iter().map(|made| (made.step, value(made))).collect()
}

fn f1(made: &[Measurement]) -> Curve {
    measured(made, |made| made.scores.f1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Scores;
    use crate::state::run::tests::step;

    #[test]
    fn every_quantity_has_a_thin_and_a_thick_line() {
        let scores = Scores { exact_match: 40.0, f1: 55.0, ..Scores::default() };
        let mut run = Run::default();
        run.steps = vec![step(1, 3, 4.0), step(2, 3, 2.0)];
        run.measurements = vec![Measurement { step: 0, epoch: 0.0, scores }];
        let [thin, thick] = Quantity::Loss.lines(&run);
        assert_eq!((thin, thick[0]), (vec![(1, 4.0), (2, 2.0)], (1, 4.0)));
        assert!(thick[1].1 > 2.0 && thick[1].1 < 4.0);
        assert_eq!(Quantity::Evaluation.lines(&run), [vec![(0, 40.0)], vec![(0, 55.0)]]);
        assert_eq!(Quantity::LearningRate.lines(&run)[0], [(1, 5e-5), (2, 5e-5)]);
        assert_eq!(Quantity::Pace.lines(&run)[0], [(1, 901.0), (2, 902.0)]);
        assert_eq!(Quantity::GradNorm.lines(&run)[1].len(), 2);
    }
}
