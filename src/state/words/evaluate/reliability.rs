//! Words of the reliability diagram.

use crate::state::evaluation::Reliability;
use crate::state::evaluation::reliability::{Bin, Trust};
use crate::state::evaluation::stats::Interval;
use crate::state::format::whole;

/// Heading of the reliability diagram.
pub const RELIABILITY: &str = "Can its probabilities be trusted?";
/// How the diagram is read.
pub const RELIABILITY_HINT: &str = "Each bar holds the answers whose probability lies in that range; its height is the share of them that is right. \
    Where a bar ends on the dashed line, the model is right as often as it says. The thin lines are 95 % intervals.";
/// Its axes: across, upwards.
pub const RELIABILITY_AXES: [&str; 2] = ["probability that the model gives, %", "right, %"];
/// The fold with the table behind it.
pub const RELIABILITY_TABLE: &str = "The same as a table";
/// The table's columns.
pub const RELIABILITY_COLUMNS: [&str; 5] = ["Probability", "Answers", "Mean probability", "Right", "95 % interval"];

/// What the probabilities come to, in one sentence.
pub fn trust(reliability: &Reliability) -> String {
    let [says, right] = [reliability.probability, reliability.right].map(share);
    let verdict = match reliability.trust {
        Trust::TooFew => "too few to tell",
        Trust::Fits => "no difference that could not be chance",
        Trust::TooSure => "surer than it should be",
        Trust::TooModest => "better than it says",
    };
    format!("The model gives its answers {says} on average, and {right} of them are right: {verdict}.")
}

/// The caption of the table behind the diagram.
pub fn calibration_error(reliability: &Reliability) -> String {
    format!("Expected calibration error: {}, the mean distance of the two", share(reliability.error))
}

/// The range of a bar.
pub fn bin_range(bin: &Bin) -> String {
    format!("{:.0} to {:.0} %", 100.0 * bin.low, 100.0 * bin.high)
}

/// The columns of a bar after its range: answers, mean probability, right ones with their interval.
pub fn bin_cells(bin: &Bin) -> [String; 4] {
    let count = whole(bin.questions);
    match bin.share().zip(bin.interval()) {
        Some((right, Interval { low, high })) => {
            [count, share(bin.probability), share(right), format!("{:.0} to {:.0} %", 100.0 * low, 100.0 * high)]
        }
        None => [count, String::new(), String::new(), String::new()],
    }
}

/// `64 %`.
fn share(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::evaluation::reliability::tests::answers;

    #[test]
    fn probabilities_are_compared_with_what_is_right() {
        let made = |probability, count, right| Reliability::new(&answers(probability, count, right)).unwrap();
        assert_eq!(
            trust(&made(0.9, 20, 8)),
            "The model gives its answers 90 % on average, and 40 % of them are right: surer than it should be."
        );
        assert!(trust(&made(0.9, 9, 0)).ends_with("too few to tell."));
        let made = made(0.9, 20, 10);
        assert_eq!(calibration_error(&made), "Expected calibration error: 40 %, the mean distance of the two");
        assert_eq!(bin_range(&made.bins[4]), "80 to 100 %");
        assert_eq!(bin_cells(&made.bins[4]), ["20", "90 %", "50 %", "30 to 70 %"]);
        assert_eq!(bin_cells(&made.bins[0]), ["0", "", "", ""]);
    }
}
