//! Low-rank adapters: the weight's change as a product of two thin matrices, `scale B A`.

use super::gemm::{self, View, product};

/// Adds `scale B A` to a weight; `a` `[rank, d_in]`, `b` `[d_out, rank]`, `weight` `[d_out, d_in]`.
///
/// # Panics
/// Where the shapes do not fit each other.
pub fn add_product(a: &[f32], b: &[f32], d_in: usize, scale: f32, weight: &mut [f32]) {
    let rank = a.len() / d_in;
    let d_out = b.len() / rank;
    assert_eq!(weight.len(), d_out * d_in, "the adapter belongs to another weight");
    gemm::add_product(weight, View::new(b, d_out, rank), View::new(a, rank, d_in), scale);
}

/// Adds the gradients of `a` and `b` for an input `x` `[tokens, d_in]` and a gradient `dy` `[tokens, d_out]` of the layer's result:
/// `dB += scale dy^T (x A^T)`, `dA += scale (dy B)^T x`. The weight's own gradient is never made.
pub fn backward(x: View, dy: View, [a, b]: [&[f32]; 2], scale: f32, a_grad: &mut [f32], b_grad: &mut [f32]) {
    let (tokens, d_in, d_out) = (x.rows(), x.cols(), dy.cols());
    let rank = a.len() / d_in;
    let projected = product(x, View::new(a, rank, d_in).t(), None, true);
    gemm::add_product(b_grad, dy.t(), View::new(&projected, tokens, rank), scale);
    let projected = product(dy, View::new(b, d_out, rank), None, true);
    gemm::add_product(a_grad, View::new(&projected, tokens, rank).t(), x, scale);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(len: usize, seed: usize) -> Vec<f32> {
        (0..len).map(|i| ((i * 7 + seed * 13) % 23) as f32 / 11.0 - 1.0).collect()
    }

    /// The two gradients follow from that of the whole weight, `dW = dy^T x`: `dA = scale B^T dW`, `dB = scale dW A^T`.
    #[test]
    fn gradients_agree_with_those_of_the_whole_weight() {
        let (tokens, d_in, d_out, rank, scale) = (19, 12, 10, 3, 0.75f32);
        let (x, dy) = (counted(tokens * d_in, 1), counted(tokens * (d_out + 5), 2));
        let (a, b) = (counted(rank * d_in, 3), counted(d_out * rank, 4));
        let (mut a_grad, mut b_grad) = (vec![1.0; a.len()], vec![1.0; b.len()]);
        let dy_view = View::strided(&dy, tokens, d_out, d_out + 5);
        backward(View::new(&x, tokens, d_in), dy_view, [&a, &b], scale, &mut a_grad, &mut b_grad);
        let weight_grad = |o: usize, i: usize| -> f64 {
            (0..tokens).map(|t| f64::from(dy[t * (d_out + 5) + o]) * f64::from(x[t * d_in + i])).sum()
        };
        for r in 0..rank {
            for i in 0..d_in {
                let sum: f64 = (0..d_out).map(|o| f64::from(b[o * rank + r]) * weight_grad(o, i)).sum();
                let (got, want) = (f64::from(a_grad[r * d_in + i]), 1.0 + f64::from(scale) * sum);
                assert!((got - want).abs() < 1e-4, "A[{r}][{i}]: got {got}, expected {want}");
            }
            for o in 0..d_out {
                let sum: f64 = (0..d_in).map(|i| f64::from(a[r * d_in + i]) * weight_grad(o, i)).sum();
                let (got, want) = (f64::from(b_grad[o * rank + r]), 1.0 + f64::from(scale) * sum);
                assert!((got - want).abs() < 1e-4, "B[{o}][{r}]: got {got}, expected {want}");
            }
        }
        let mut weight = vec![2.0; d_out * d_in];
        add_product(&a, &b, d_in, scale, &mut weight);
        let sum: f32 = (0..rank).map(|r| b[rank + r] * a[r * d_in + 2]).sum();
        assert!((weight[d_in + 2] - (2.0 + scale * sum)).abs() < 1e-5);
    }
}
