//! The learning rate of each step.

use super::settings::{Schedule, TrainSettings};

/// Learning rate of step `step` (from 0) of `total`: linear warm-up from 0, then linear or cosine decay to 0, or constant.
///
/// Source: `get_linear_schedule_with_warmup` and `get_cosine_schedule_with_warmup` of transformers; the warm-up takes `ceil(warmup_ratio * total)` steps.
pub fn learning_rate(settings: &TrainSettings, step: usize, total: usize) -> f64 {
    let warmup = (settings.warmup_ratio * total as f64).ceil() as usize;
    let factor = if step < warmup {
        step as f64 / warmup as f64
    } else {
        match settings.schedule {
            Schedule::Linear => total.saturating_sub(step) as f64 / (total - warmup).max(1) as f64,
            Schedule::Cosine => {
                let done = (step - warmup) as f64 / (total - warmup).max(1) as f64;
                0.5 * (1.0 + (std::f64::consts::PI * done.min(1.0)).cos())
            }
            Schedule::Constant => 1.0,
        }
    };
    settings.learning_rate * factor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warms_up_and_falls_as_transformers_does() {
        let settings = TrainSettings { learning_rate: 1.0, warmup_ratio: 0.2, ..TrainSettings::default() };
        let rates: Vec<f64> = (0..10).map(|step| learning_rate(&settings, step, 10)).collect();
        assert_eq!(rates, [0.0, 0.5, 1.0, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]);
        let constant = TrainSettings { schedule: Schedule::Constant, ..settings };
        assert_eq!(learning_rate(&constant, 1, 10), 0.5);
        assert_eq!(learning_rate(&constant, 9, 10), 1.0);
    }

    #[test]
    fn a_cosine_falls_as_transformers_does() {
        let settings = TrainSettings {
            learning_rate: 1.0,
            warmup_ratio: 0.2,
            schedule: Schedule::Cosine,
            ..TrainSettings::default()
        };
        // get_cosine_schedule_with_warmup(AdamW([p], lr=1.0), 2, 10)
        let expected =
            [0.0, 0.5, 1.0, 0.961_939_8, 0.853_553_4, 0.691_341_7, 0.5, 0.308_658_3, 0.146_446_6, 0.038_060_2];
        for (step, expected) in expected.into_iter().enumerate() {
            let rate = learning_rate(&settings, step, 10);
            assert!((rate - expected).abs() < 1e-7, "step {step}: {rate}, expected {expected}");
        }
    }
}
