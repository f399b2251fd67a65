//! The learning rate of each step.

use super::settings::{Schedule, TrainSettings};

/// Learning rate of step `step` (from 0) of `total`: linear warm-up from 0, then linear decay to 0 or constant.
///
/// Source: `get_linear_schedule_with_warmup` of transformers; the warm-up takes `ceil(warmup_ratio * total)` steps.
pub fn learning_rate(settings: &TrainSettings, step: usize, total: usize) -> f64 {
    let warmup = (settings.warmup_ratio * total as f64).ceil() as usize;
    let factor = if step < warmup {
        step as f64 / warmup as f64
    } else {
        match settings.schedule {
            Schedule::Linear => total.saturating_sub(step) as f64 / (total - warmup).max(1) as f64,
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
}
