//! The most multiply-adds that the machine makes: independent chains that touch no memory.

use core::arch::wasm32::{f32x4_extract_lane, f32x4_splat, v128};

use rayon::prelude::*;

use crate::seconds;

/// Chains at a time: more than the latency of a multiply-add on two ports, fewer than V8 has registers.
const CHAINS: usize = 12;
/// Steps between two tests of the loop.
const UNROLLED: u32 = 8;
const ROUNDS: u32 = 5_000_000;

/// One multiply-add of a chain. The sum is what is added to, as in a multiplication: the fused instruction overwrites that operand, and
/// a constant one would be copied first.
#[cfg(feature = "relaxed")]
#[inline]
#[target_feature(enable = "relaxed-simd")]
fn next(sum: v128, a: v128, b: v128) -> v128 {
    core::arch::wasm32::f32x4_relaxed_madd(a, b, sum)
}

/// The same in two instructions; the sum is multiplied, since a product of constants would be made once for all steps.
#[cfg(not(feature = "relaxed"))]
#[inline]
fn next(sum: v128, a: v128, b: v128) -> v128 {
    use core::arch::wasm32::{f32x4_add, f32x4_mul};
    f32x4_add(f32x4_mul(sum, a), b)
}

#[cfg_attr(feature = "relaxed", target_feature(enable = "relaxed-simd"))]
fn chains(seed: f32) -> f32 {
    let (a, b) = (f32x4_splat(0.999 + seed * 1e-6), f32x4_splat(0.001));
    let mut sums = [f32x4_splat(seed); CHAINS];
    for _ in 0..ROUNDS {
        for _ in 0..UNROLLED {
            for sum in &mut sums {
                *sum = next(*sum, a, b);
            }
        }
    }
    sums.iter().map(|sum| f32x4_extract_lane::<0>(*sum)).sum()
}

/// GFLOPS of independent multiply-adds on `threads` threads together.
pub fn gflops(threads: usize) -> f64 {
    let flops = 2.0 * 4.0 * CHAINS as f64 * f64::from(UNROLLED * ROUNDS) * threads as f64;
    let took = seconds(1, || {
        #[allow(unused_unsafe, reason = "without relaxed SIMD the call is safe")]
        // SAFETY: the engine has validated the module, so that it has the instructions.
        let sum: f32 = (0..threads).into_par_iter().with_max_len(1).map(|i| unsafe { chains(i as f32) }).sum();
        std::hint::black_box(sum);
    });
    flops / took / 1e9
}
