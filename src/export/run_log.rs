//! The log of a run as CSV.

use std::fmt::Write;

use crate::train::StepReport;

/// One line a step, under the names that the command line gives them.
pub fn csv(steps: &[StepReport]) -> String {
    let mut csv = String::from("step,epoch,loss,learning_rate,grad_norm,tokens_per_second\n");
    for step in steps {
        let StepReport { step, epoch, loss, learning_rate, grad_norm, tokens_per_second, .. } = step;
        // Writing to a string cannot fail.
        let _ = writeln!(csv, "{step},{epoch},{loss},{learning_rate},{grad_norm},{tokens_per_second}");
    }
    csv
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_as_they_were() {
        let step = StepReport {
            step: 3,
            steps_total: 9,
            epoch: 1.0 / 3.0,
            loss: 5.25,
            learning_rate: 5e-5,
            grad_norm: f64::INFINITY,
            tokens_per_second: 412.0,
            elapsed_ms: 0.0,
            left_ms: 0.0,
        };
        let text = csv(&[step]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0].split(',').count(), 6);
        let values: Vec<f64> = lines[1].split(',').map(|value| value.parse().unwrap()).collect();
        assert_eq!(values, [3.0, 1.0 / 3.0, 5.25, 5e-5, f64::INFINITY, 412.0]);
        assert_eq!((csv(&[]).lines().count(), lines.len()), (1, 2));
    }
}
