//! Word and position embeddings: a gather, and a sparse scatter on the way back.

use std::ops::Range;

use rayon::prelude::*;

use super::ROWS_PER_TASK;
use super::math::axpy;

/// `x[i] = word[ids[i]] + position[i within its sequence]`; returns `[tokens, dim]`.
///
/// # Panics
/// Where an id or a position lies outside its table; the batch is checked before (see `Model`).
pub fn forward(ids: &[u32], positions: &[u32], word: &[f32], position: &[f32], dim: usize) -> Vec<f32> {
    let mut x = vec![0.0; ids.len() * dim];
    x.par_chunks_mut(dim * ROWS_PER_TASK)
        .zip(ids.par_chunks(ROWS_PER_TASK))
        .zip(positions.par_chunks(ROWS_PER_TASK))
        .for_each(|((x, ids), positions)| {
            for ((x, id), at) in x.chunks_exact_mut(dim).zip(ids).zip(positions) {
                x.copy_from_slice(&word[row(*id, dim)]);
                axpy(1.0, &position[row(*at, dim)], x);
            }
        });
    x
}

/// Adds each row of `dx` `[tokens, dim]` to the gradients of its word and its position, in the order of the tokens. The word
/// `pad` gets none, as with PyTorch's `padding_idx`.
pub fn backward(
    dx: &[f32],
    ids: &[u32],
    positions: &[u32],
    word: &mut [f32],
    position: &mut [f32],
    [dim, pad]: [usize; 2],
) {
    for ((dx, id), at) in dx.chunks_exact(dim).zip(ids).zip(positions) {
        if *id as usize != pad {
            axpy(1.0, dx, &mut word[row(*id, dim)]);
        }
        axpy(1.0, dx, &mut position[row(*at, dim)]);
    }
}

fn row(index: u32, dim: usize) -> Range<usize> {
    index as usize * dim..(index as usize + 1) * dim
}
