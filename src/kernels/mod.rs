//! Hot loops over slices, forward and backward: no candle, no knowledge of the model.
//!
//! Matrices are row-major. Work is split by output rows or by (sequence, head), and every reduction over rows goes through
//! fixed chunks that are added in order, so that the number of threads changes the time and nothing else.
#![allow(unsafe_code)]
// The compiler turns loops into SIMD only where these small functions are part of them.
#![allow(clippy::inline_always)]

use rayon::prelude::*;

pub mod adamw;
pub mod attention;
pub mod dropout;
pub mod embedding;
pub mod gelu;
pub mod gemm;
mod lane;
pub mod layer_norm;
pub mod linear;
pub mod lora;
pub mod math;
pub mod qa_loss;
pub mod reduce;
mod wide;
pub mod workspace;

/// Rows that one task works on in elementwise kernels; fixed, so that results do not depend on the number of threads.
pub(crate) const ROWS_PER_TASK: usize = 64;

/// Values that one task copies.
const COPIED_AT_ONCE: usize = 1 << 14;

/// Large pieces of work are handed out one by one: a thread that took several at once would still be at them when the others have none.
pub(crate) const ONE_A_TASK: usize = 1;

/// A copy, made by all threads: one alone makes the others wait, most of all where the memory is fresh.
pub fn copied(values: &[f32]) -> Vec<f32> {
    let mut copy = Vec::with_capacity(values.len());
    let room = &mut copy.spare_capacity_mut()[..values.len()];
    room.par_chunks_mut(COPIED_AT_ONCE).zip(values.par_chunks(COPIED_AT_ONCE)).for_each(|(to, from)| {
        to.write_copy_of_slice(from);
    });
    // SAFETY: so many values were written.
    unsafe { copy.set_len(values.len()) };
    copy
}

/// Runs `work` on a thread of the pool: its parallel sections then begin at once, where a thread outside would have to wake
/// another for each, and be woken.
pub fn on_pool<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| work())
}

#[cfg(test)]
mod tests {
    use super::{COPIED_AT_ONCE, copied};

    #[test]
    fn copies_are_whole_around_the_size_of_a_piece() {
        for length in [0, 1, COPIED_AT_ONCE - 1, COPIED_AT_ONCE, COPIED_AT_ONCE + 1, 3 * COPIED_AT_ONCE + 7] {
            let values: Vec<f32> = (0..length).map(|index| index as f32).collect();
            assert_eq!(copied(&values), values, "{length} values");
        }
    }
}
