//! How likely a model finds what is marked.

use super::AnswerError;
use super::pipeline::{Reader, window_logits};
use crate::text::features::{TrainFeature, Window};

/// Log-likelihood of the marked span of each feature, `log p(start) + log p(end)` over the tokens of its window; features without an answer
/// are left out. In nats.
///
/// # Errors
/// Where a window does not fit the model, or the device fails.
pub fn span_log_likelihoods(model: &impl Reader, features: &[TrainFeature]) -> Result<Vec<f64>, AnswerError> {
    let marked: Vec<&TrainFeature> = features.iter().filter(|feature| !feature.is_negative()).collect();
    let windows: Vec<Window> = marked.iter().map(|feature| feature.window.clone()).collect();
    let made = window_logits(model, &windows)?;
    let of_one = |((feature, start), end): ((&&TrainFeature, &Vec<f32>), &Vec<f32>)| {
        log_softmax_at(start, feature.start as usize) + log_softmax_at(end, feature.end as usize)
    };
    Ok(marked.iter().zip(&made.start).zip(&made.end).map(of_one).collect())
}

fn log_softmax_at(logits: &[f32], token: usize) -> f64 {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|logit| f64::from(logit - highest).exp()).sum();
    f64::from(logits[token] - highest) - sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_softmax_is_that_of_the_definition() {
        let logits = [1000.0, 1001.0, 999.0];
        let total: f64 = logits.iter().map(|logit| f64::from(logit - 1000.0f32).exp()).sum();
        assert!((log_softmax_at(&logits, 1) - (1.0 - total.ln())).abs() < 1e-9);
    }
}
