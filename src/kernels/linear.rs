//! The linear layer: `y = x W^T + b`, with `W` as the checkpoint stores it, `[out, in]`.

use super::gemm::{View, add_product, product};
use super::reduce::add_column_sums;

/// `y = x W^T + b`; `x` `[rows, d_in]`, `weight` `[d_out, d_in]`, `bias` `[d_out]`; returns `[rows, d_out]`.
pub fn forward(x: &[f32], weight: &[f32], bias: &[f32], d_in: usize) -> Vec<f32> {
    product(View::new(x, x.len() / d_in, d_in), View::new(weight, bias.len(), d_in).t(), Some(bias), true)
}

/// `dx = dy W`; returns `[rows, d_in]`.
pub fn backward_input(dy: &[f32], weight: &[f32], d_in: usize) -> Vec<f32> {
    let d_out = weight.len() / d_in;
    product(View::new(dy, dy.len() / d_out, d_out), View::new(weight, d_out, d_in), None, true)
}

/// `dx += dy W`; `dx` `[rows, d_in]`.
pub fn add_backward_input(dy: &[f32], weight: &[f32], d_in: usize, dx: &mut [f32]) {
    let (rows, d_out) = (dx.len() / d_in, weight.len() / d_in);
    add_product(dx, View::new(dy, rows, d_out), View::new(weight, d_out, d_in), 1.0);
}

/// `dW += dy^T x` and `db += column sums of dy`.
pub fn backward_parameters(dy: &[f32], x: &[f32], weight_grad: &mut [f32], bias_grad: &mut [f32]) {
    let d_out = bias_grad.len();
    let (rows, d_in) = (dy.len() / d_out, weight_grad.len() / d_out);
    add_product(weight_grad, View::new(dy, rows, d_out).t(), View::new(x, rows, d_in), 1.0);
    add_column_sums(dy, d_out, bias_grad);
}
