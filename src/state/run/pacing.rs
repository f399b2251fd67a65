//! How long the next run will take: by the pace of the run before, or by two seconds of computing that the worker is asked for.

use crate::nn::Choice;
use crate::protocol::Plan;
use crate::train::blend::readings;
use crate::train::{Pace, TrainSettings};

/// Answering reads a token once, training three times over.
const ANSWERING: f64 = 3.0;

/// All that a pace depends on, the computer apart.
#[derive(Clone, Debug, PartialEq)]
pub struct PaceKey {
    /// Trainable numbers of the model: the pace of one size says nothing of another.
    pub parameters: usize,
    /// What of the model is trained.
    pub trained: Choice,
    /// Windows a step.
    pub batch_size: usize,
    /// Tokens of a micro-batch.
    pub micro_batch_tokens: Option<usize>,
    /// Longest window.
    pub max_seq_length: usize,
}

impl PaceKey {
    /// What the pace of a run with these settings depends on.
    pub fn new(parameters: usize, settings: &TrainSettings) -> Self {
        let TrainSettings { batch_size, micro_batch_tokens, max_seq_length, .. } = *settings;
        Self { parameters, trained: settings.trained.clone(), batch_size, micro_batch_tokens, max_seq_length }
    }
}

/// What is known of the pace.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Pacing {
    /// Nothing was asked.
    #[default]
    Unknown,
    /// The worker measures.
    Asked(PaceKey),
    /// It has measured; or a run has, which computed for longer.
    Known {
        /// What for.
        key: PaceKey,
        /// How fast.
        pace: Pace,
        /// Whether a run has shown it.
        is_of_run: bool,
    },
    /// It could not.
    Failed(PaceKey),
}

impl Pacing {
    /// Whether this key was asked for already.
    pub fn is_about(&self, wanted: &PaceKey) -> bool {
        match self {
            Self::Unknown => false,
            Self::Asked(key) | Self::Known { key, .. } | Self::Failed(key) => key == wanted,
        }
    }

    /// The pace for a key, and whether a run has shown it.
    pub fn pace(&self, wanted: &PaceKey) -> Option<(Pace, bool)> {
        match self {
            Self::Known { key, pace, is_of_run } if key == wanted => Some((*pace, *is_of_run)),
            _ => None,
        }
    }

    /// Takes the worker's answer; one to a question that is not asked any more is dropped.
    pub fn answer(&mut self, wanted: &PaceKey, answer: Option<Pace>) {
        if matches!(self, Self::Asked(key) if key == wanted) {
            *self = match answer {
                Some(pace) => Self::Known { key: wanted.clone(), pace, is_of_run: false },
                None => Self::Failed(wanted.clone()),
            };
        }
    }

    /// Takes what a run has shown: tokens a second of all its steps.
    pub fn learn(&mut self, key: PaceKey, training: f64) {
        let answering = self.pace(&key).map_or(ANSWERING * training, |(pace, _)| pace.answering);
        *self = Self::Known { key, pace: Pace { training, answering }, is_of_run: true };
    }
}

/// Milliseconds that a run of this plan takes at a pace, measured in between on so many questions.
pub fn predicted_ms(plan: &Plan, settings: &TrainSettings, pace: &Pace, held_out: usize) -> f64 {
    let an_epoch = plan.windows.div_ceil(settings.batch_size).max(1);
    let epochs = settings.steps_total(plan.windows) as f64 / an_epoch as f64;
    let training = plan.tokens_per_epoch as f64 * epochs / pace.training.max(f64::MIN_POSITIVE);
    // Questions that are held back are taken to be as long as those that are not.
    let a_question = plan.tokens_per_epoch as f64 / plan.windows.max(1) as f64;
    let measurements = match settings.watch.every_epochs {
        0 => 0.0,
        every => 1.0 + (epochs / every as f64).ceil(),
    };
    let read = measurements * held_out as f64 + readings(plan.questions, settings) as f64;
    1000.0 * (training * settings.runs() + read * a_question / pace.answering.max(f64::MIN_POSITIVE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::run::tests::plan;
    use crate::train::Watch;

    const PACE: Pace = Pace { training: 1710.0, answering: 3420.0 };

    #[test]
    fn time_is_tokens_by_pace_and_the_measurements_in_between() {
        let settings = TrainSettings { epochs: 50, ..TrainSettings::default() };
        assert_eq!(predicted_ms(&plan(150), &settings, &PACE, 10), 100_000.0);
        let steps = TrainSettings { max_steps: Some(75), ..settings.clone() };
        assert_eq!(predicted_ms(&plan(75), &steps, &PACE, 10), 50_000.0);
        // Eleven measurements of 11 questions, half as many tokens as an epoch has.
        let watch = Watch { every_epochs: 5, ..Watch::default() };
        assert_eq!(predicted_ms(&plan(150), &TrainSettings { watch, ..settings }, &PACE, 11), 105_500.0);
    }

    #[test]
    fn folds_take_as_long_as_their_parts_and_as_all_that_is_read_again() {
        let settings = TrainSettings { epochs: 50, folds: 4, ..TrainSettings::default() };
        // 22 questions are read ten times, an epoch's tokens each.
        assert_eq!(predicted_ms(&plan(150), &settings, &PACE, 0), 410_000.0);
        let steps = TrainSettings { max_steps: Some(150), ..settings };
        assert_eq!(predicted_ms(&plan(150), &steps, &PACE, 0), 510_000.0);
    }

    #[test]
    fn the_newest_pace_of_the_same_kind_is_known() {
        let key = |parameters| PaceKey::new(parameters, &TrainSettings::default());
        let mut pacing = Pacing::Asked(key(1));
        pacing.answer(&key(2), Some(PACE));
        assert!(pacing.pace(&key(2)).is_none() && pacing.is_about(&key(1)));
        pacing.answer(&key(1), Some(PACE));
        assert_eq!(pacing.pace(&key(1)), Some((PACE, false)));
        pacing.learn(key(1), 900.0);
        assert_eq!(pacing.pace(&key(1)), Some((Pace { training: 900.0, answering: 3420.0 }, true)));
        pacing.learn(key(3), 100.0);
        assert_eq!(pacing.pace(&key(3)).map(|(pace, _)| pace.answering), Some(300.0));
        let mut failed = Pacing::Asked(key(1));
        failed.answer(&key(1), None);
        assert!(failed.is_about(&key(1)) && failed.pace(&key(1)).is_none());
    }
}
