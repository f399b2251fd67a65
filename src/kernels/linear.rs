//! The linear layer: `y = x W^T + b`, with `W` as the checkpoint stores it, `[out, in]`.

use rayon::prelude::*;

use super::ROWS_PER_TASK;
use super::gemm::{View, gemm};
use super::reduce::add_column_sums;

/// `y = x W^T + b`; `x` `[rows, d_in]`, `weight` `[d_out, d_in]`, `bias` `[d_out]`; returns `[rows, d_out]`.
pub fn forward(x: &[f32], weight: &[f32], bias: &[f32], d_in: usize) -> Vec<f32> {
    let (rows, d_out) = (x.len() / d_in, bias.len());
    let mut y = vec![0.0; rows * d_out];
    y.par_chunks_mut(d_out * ROWS_PER_TASK)
        .for_each(|block| block.chunks_exact_mut(d_out).for_each(|row| row.copy_from_slice(bias)));
    gemm(&mut y, d_out, View::new(x, rows, d_in), View::new(weight, d_out, d_in).t(), true, true);
    y
}

/// `dx = dy W`; returns `[rows, d_in]`.
pub fn backward_input(dy: &[f32], weight: &[f32], d_in: usize) -> Vec<f32> {
    let mut dx = vec![0.0; dy.len() * d_in / (weight.len() / d_in)];
    input_gradient(dy, weight, d_in, &mut dx, false);
    dx
}

/// `dx += dy W`; `dx` `[rows, d_in]`.
pub fn add_backward_input(dy: &[f32], weight: &[f32], d_in: usize, dx: &mut [f32]) {
    input_gradient(dy, weight, d_in, dx, true);
}

fn input_gradient(dy: &[f32], weight: &[f32], d_in: usize, dx: &mut [f32], accumulate: bool) {
    let (rows, d_out) = (dx.len() / d_in, weight.len() / d_in);
    gemm(dx, d_in, View::new(dy, rows, d_out), View::new(weight, d_out, d_in), accumulate, true);
}

/// `dW += dy^T x` and `db += column sums of dy`.
pub fn backward_parameters(dy: &[f32], x: &[f32], weight_grad: &mut [f32], bias_grad: &mut [f32]) {
    let d_out = bias_grad.len();
    let (rows, d_in) = (dy.len() / d_out, weight_grad.len() / d_out);
    gemm(weight_grad, d_in, View::new(dy, rows, d_out).t(), View::new(x, rows, d_in), true, true);
    add_column_sums(dy, d_out, bias_grad);
}
