//! GELU with the error function, as BERT's checkpoints were trained with: `x Phi(x)`.

use rayon::prelude::*;

use super::math::{map, normal};
use super::wide::wide;
use super::workspace::Workspace;

const CHUNK: usize = 1 << 13;

/// `gelu(u)`, elementwise; nobody keeps it.
pub fn forward(u: &[f32]) -> Workspace {
    let mut y = Workspace::take(u.len());
    y.par_chunks_mut(CHUNK).zip(u.par_chunks(CHUNK)).for_each(|(y, u)| {
        wide(|| map([y], [u], |_, [u]| [u * normal(u).0]));
    });
    y
}

/// `dy * gelu'(u)` in place of `dy`, where `gelu'(u) = Phi(u) + u phi(u)`, and `gelu(u)` in place of `u`.
pub fn backward(dy: &mut [f32], u: &mut [f32]) {
    dy.par_chunks_mut(CHUNK).zip(u.par_chunks_mut(CHUNK)).for_each(|(dy, u)| {
        wide(|| {
            map([dy, u], [], |[dy, u], []| {
                let (cumulative, density) = normal(u);
                [dy * u.mul_add(density, cumulative), u * cumulative]
            });
        });
    });
}
