//! `AdamW` with decoupled weight decay over flat buffers.
//!
//! Source: Loshchilov and Hutter, Decoupled weight decay regularization (ICLR 2019); order of operations as in PyTorch.

use rayon::prelude::*;

const CHUNK: usize = 1 << 14;

/// Numbers of one update.
#[derive(Clone, Copy, Debug)]
pub struct Update {
    /// Learning rate of this step.
    pub learning_rate: f32,
    /// Decay of the first moment.
    pub beta1: f32,
    /// Decay of the second moment.
    pub beta2: f32,
    /// Added to the root of the second moment.
    pub epsilon: f32,
    /// Decoupled weight decay; 0 for biases and LayerNorm.
    pub weight_decay: f32,
    /// `1 - beta1^step`.
    pub correction1: f32,
    /// `sqrt(1 - beta2^step)`.
    pub correction2_sqrt: f32,
    /// Factor on the gradient: clipping.
    pub gradient_scale: f32,
}

/// Updates `weights`, `first` and `second` from `gradient`, and clears the gradient for the next step.
pub fn step(update: Update, weights: &mut [f32], gradient: &mut [f32], first: &mut [f32], second: &mut [f32]) {
    let u = update;
    let keep = 1.0 - u.learning_rate * u.weight_decay;
    let rate = u.learning_rate / u.correction1;
    weights
        .par_chunks_mut(CHUNK)
        .zip(gradient.par_chunks_mut(CHUNK))
        .zip(first.par_chunks_mut(CHUNK))
        .zip(second.par_chunks_mut(CHUNK))
        .for_each(|(((weights, gradient), first), second)| {
            for (((w, gradient), m), v) in weights.iter_mut().zip(gradient).zip(first).zip(second) {
                let g = *gradient * u.gradient_scale;
                *gradient = 0.0;
                *m += (g - *m) * (1.0 - u.beta1);
                *v = *v * u.beta2 + g * g * (1.0 - u.beta2);
                *w = *w * keep - rate * (*m / (v.sqrt() / u.correction2_sqrt + u.epsilon));
            }
        });
}
