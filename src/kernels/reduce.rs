//! Sums over rows, in fixed chunks added in order.

use rayon::prelude::*;

use super::math::axpy;

const ROWS: usize = 128;

/// `out[j] += sum_i x[i, j]`; `x` is `[rows, cols]`.
pub fn add_column_sums(x: &[f32], cols: usize, out: &mut [f32]) {
    let mut partials = vec![0.0; x.len().div_ceil(cols * ROWS) * cols];
    x.par_chunks(cols * ROWS)
        .zip(partials.par_chunks_mut(cols))
        .for_each(|(block, partial)| block.chunks_exact(cols).for_each(|row| axpy(1.0, row, partial)));
    partials.chunks_exact(cols).for_each(|partial| axpy(1.0, partial, out));
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
