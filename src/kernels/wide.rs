//! The machine's wider registers, found at run time: natively the build itself may only use what every processor has.

/// Runs `work` compiled for AVX2 where the machine has it. The bits are the same: nothing is fused, and no order of addition changes.
///
/// Only what is inlined into `work` is compiled so.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub fn wide<R>(work: impl FnOnce() -> R) -> R {
    #[target_feature(enable = "avx2")]
    fn avx2<R>(work: impl FnOnce() -> R) -> R {
        work()
    }
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the machine has it.
        unsafe { avx2(work) }
    } else {
        work()
    }
}

/// Runs `work`: here the build says which registers there are.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub fn wide<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::lane::Lane;
    use crate::kernels::math::{exp, map, normal};

    #[test]
    fn wider_registers_give_the_same_bits() {
        let x: Vec<f32> = (0..10_007).map(|i| (i as f32 - 5_000.0) * 0.013).collect();
        let of = |out: &mut [f32]| {
            map([out], [&x], |[_], [x]| {
                let (cumulative, density) = normal(x);
                [exp(x).mul_add(density, cumulative) * Lane::splat(1.25)]
            });
        };
        let (mut narrow, mut broad) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        of(&mut narrow);
        wide(|| of(&mut broad));
        assert!(narrow.iter().zip(&broad).all(|(a, b)| a.to_bits() == b.to_bits()));
        assert!(narrow.iter().any(|x| *x > 1.0));
    }
}
