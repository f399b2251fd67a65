//! Sums over rows, in fixed chunks added in order.

use rayon::prelude::*;

use super::math::axpy;

const ROWS: usize = 128;

/// `out[j] += sum_i x[i, j]`; `x` is `[rows, cols]`.
pub fn add_column_sums(x: &[f32], cols: usize, out: &mut [f32]) {
    let partials: Vec<Vec<f32>> = x
        .par_chunks(cols * ROWS)
        .map(|block| {
            let mut partial = vec![0.0; cols];
            block.chunks_exact(cols).for_each(|row| axpy(1.0, row, &mut partial));
            partial
        })
        .collect();
    partials.iter().for_each(|partial| axpy(1.0, partial, out));
}

/// Sum of squares in f64.
pub fn sum_of_squares(values: &[f32]) -> f64 {
    let partials: Vec<f64> = values
        .par_chunks(1 << 16)
        .map(|chunk| {
            let mut sums = [0.0f64; 8];
            for group in chunk.chunks(8) {
                for (sum, value) in sums.iter_mut().zip(group) {
                    *sum += f64::from(*value) * f64::from(*value);
                }
            }
            sums.iter().sum()
        })
        .collect();
    partials.iter().sum()
}
