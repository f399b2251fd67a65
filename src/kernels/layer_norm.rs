//! LayerNorm over the last dimension, eps 1e-12 as in BERT.

use rayon::prelude::*;

use super::ROWS_PER_TASK;
use super::lane::Lane;
use super::math::{axpy, dot, map, sum};
use super::wide::wide;

/// Added to the variance.
pub const EPS: f32 = 1e-12;

/// What the backward pass needs.
#[derive(Debug)]
pub struct Saved {
    /// `(x - mean) / std`, `[rows, dim]`.
    pub normalised: Vec<f32>,
    /// `1 / std`, `[rows]`.
    pub inverse_std: Vec<f32>,
}

/// `y = (s - mean) / sqrt(var + eps) * weight + bias` of the sum `s = x + residual`; `x` `[rows, dim]` is turned into what is saved.
pub fn forward(mut x: Vec<f32>, residual: Option<&[f32]>, weight: &[f32], bias: &[f32]) -> (Vec<f32>, Saved) {
    let dim = weight.len();
    let mut y = vec![0.0; x.len()];
    let mut inverse_std = vec![0.0; x.len() / dim];
    let block = dim * ROWS_PER_TASK;
    let tasks = y.par_chunks_mut(block).zip(x.par_chunks_mut(block)).zip(inverse_std.par_chunks_mut(ROWS_PER_TASK));
    tasks.enumerate().for_each(|(task, ((y, x), inverse_std))| {
        wide(|| {
            if let Some(residual) = residual {
                axpy(1.0, &residual[task * block..][..x.len()], x);
            }
            for ((y, x), inverse_std) in y.chunks_exact_mut(dim).zip(x.chunks_exact_mut(dim)).zip(inverse_std) {
                let mean = Lane::splat(sum(x) / dim as f32);
                map([&mut *x], [], |[x], []| [x - mean]);
                *inverse_std = 1.0 / (dot(x, x) / dim as f32 + EPS).sqrt();
                let inverse_std = Lane::splat(*inverse_std);
                map([y, x], [weight, bias], |[_, x], [weight, bias]| {
                    let x = x * inverse_std;
                    [x.mul_add(weight, bias), x]
                });
            }
        });
    });
    (y, Saved { normalised: x, inverse_std })
}

/// The gradient of the sum in place of `dy`; adds to the gradients of weight and bias, where they are wanted.
pub fn backward(dy: &mut [f32], saved: &Saved, weight: &[f32], gradients: Option<[&mut [f32]; 2]>) {
    let dim = weight.len();
    let block = dim * ROWS_PER_TASK;
    // Those of weight and bias of each task.
    let mut partials = vec![0.0; dy.len().div_ceil(block) * 2 * dim];
    dy.par_chunks_mut(block)
        .zip(saved.normalised.par_chunks(block))
        .zip(saved.inverse_std.par_chunks(ROWS_PER_TASK))
        .zip(partials.par_chunks_mut(2 * dim))
        .for_each(|(((dy, normalised), inverse_std), partials)| {
            wide(|| {
                let (weight_partial, bias_partial) = partials.split_at_mut(dim);
                for ((dy, x), inverse_std) in
                    dy.chunks_exact_mut(dim).zip(normalised.chunks_exact(dim)).zip(inverse_std)
                {
                    axpy(1.0, dy, bias_partial);
                    map([&mut *weight_partial], [dy, x], |[partial], [dy, x]| [dy.mul_add(x, partial)]);
                    map([&mut *dy], [weight], |[dy], [weight]| [dy * weight]);
                    let means = [sum(dy), dot(dy, x)].map(|sum| sum / dim as f32);
                    let [mean, projection, inverse_std] = [means[0], means[1], *inverse_std].map(Lane::splat);
                    map([dy], [x], |[dy], [x]| [inverse_std * (dy - mean - x * projection)]);
                }
            });
        });
    let Some([weight_grad, bias_grad]) = gradients else { return };
    for partials in partials.chunks_exact(2 * dim) {
        axpy(1.0, &partials[..dim], weight_grad);
        axpy(1.0, &partials[dim..], bias_grad);
    }
}
