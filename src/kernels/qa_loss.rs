//! The head's loss: cross-entropy of the start and of the end over the tokens of each sequence, halved.

use super::math::exp_of;

/// What a sequence's cross-entropy counts for, and against what it is taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Criterion {
    /// Each sequence's share of the loss.
    pub weight: f32,
    /// Share of each label that is spread evenly over all tokens of its sequence, 0 up to 1.
    ///
    /// Source: Szegedy et al., Rethinking the Inception architecture for computer vision (CVPR 2016), section 7.
    pub label_smoothing: f32,
}

impl Criterion {
    /// Labels as they are.
    pub fn sharp(weight: f32) -> Self {
        Self { weight, label_smoothing: 0.0 }
    }
}

/// One sequence: `logits` `[tokens, 2]` (start, end), labels as rows within it. Returns its loss and writes
/// `weight * d loss / d logits` into `gradient` `[tokens, 2]`.
pub fn forward_backward(logits: &[f32], labels: [usize; 2], criterion: Criterion, gradient: &mut [f32]) -> f64 {
    let Criterion { weight, label_smoothing } = criterion;
    let (spread, tokens) = (f64::from(label_smoothing), logits.len() / 2);
    let of_each = 0.5 * weight * label_smoothing / tokens as f32;
    let mut loss = 0.0;
    for (column, label) in labels.into_iter().enumerate() {
        let max = logits.iter().skip(column).step_by(2).copied().fold(f32::NEG_INFINITY, f32::max);
        let (mut total, mut sum) = (0.0f64, 0.0f64);
        for (logit, gradient) in logits.iter().zip(gradient.iter_mut()).skip(column).step_by(2) {
            *gradient = exp_of(logit - max);
            total += f64::from(*gradient);
            sum += f64::from(*logit);
        }
        let scale = 0.5 * weight / total as f32;
        gradient.iter_mut().skip(column).step_by(2).for_each(|gradient| *gradient = *gradient * scale - of_each);
        gradient[2 * label + column] -= 0.5 * weight * (1.0 - label_smoothing);
        let target = (1.0 - spread) * f64::from(logits[2 * label + column]) + spread * sum / tokens as f64;
        loss += 0.5 * (total.ln() + f64::from(max) - target);
    }
    loss
}
