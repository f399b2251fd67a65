//! The head's loss: cross-entropy of the start and of the end over the tokens of each sequence, halved.

use super::math::exp_of;

/// One sequence: `logits` `[tokens, 2]` (start, end), labels as rows within it. Returns its loss and writes
/// `weight * d loss / d logits` into `gradient` `[tokens, 2]`.
pub fn forward_backward(logits: &[f32], labels: [usize; 2], weight: f32, gradient: &mut [f32]) -> f64 {
    let mut loss = 0.0;
    for (column, label) in labels.into_iter().enumerate() {
        let max = logits.iter().skip(column).step_by(2).copied().fold(f32::NEG_INFINITY, f32::max);
        let mut total = 0.0f64;
        for (logit, gradient) in logits.iter().zip(gradient.iter_mut()).skip(column).step_by(2) {
            *gradient = exp_of(logit - max);
            total += f64::from(*gradient);
        }
        let scale = 0.5 * weight / total as f32;
        gradient.iter_mut().skip(column).step_by(2).for_each(|gradient| *gradient *= scale);
        gradient[2 * label + column] -= 0.5 * weight;
        loss += 0.5 * (total.ln() + f64::from(max) - f64::from(logits[2 * label + column]));
    }
    loss
}
