//! Lanes as wasm has them: `v128`.

use core::arch::wasm32::{
    f32x4_abs, f32x4_add, f32x4_div, f32x4_gt, f32x4_lt, f32x4_mul, f32x4_pmax, f32x4_pmin, f32x4_splat, f32x4_sub,
    i32x4_add, i32x4_extend_high_i16x8, i32x4_extend_low_i16x8, i32x4_shl, i32x4_shuffle, i64x2_shuffle, u16x8_ge,
    u16x8_splat, u32x4_splat, u64x2_extmul_high_u32x4, u64x2_extmul_low_u32x4, v128, v128_and, v128_andnot,
    v128_bitselect, v128_load, v128_load32_splat, v128_store, v128_store64_lane, v128_xor,
};
use std::ops::{Add, Div, Mul, Sub};

/// Four f32.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Lane(v128);

impl Lane {
    /// Values in one.
    pub const LEN: usize = 4;

    /// All the same.
    #[inline(always)]
    pub fn splat(value: f32) -> Self {
        Self(f32x4_splat(value))
    }

    /// Reads values.
    ///
    /// # Safety
    /// `from` is valid for reads of [`Self::LEN`] values.
    #[inline(always)]
    pub unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's promise; wasm needs no alignment.
        Self(unsafe { v128_load(from.cast()) })
    }

    /// Reads one value for all.
    ///
    /// # Safety
    /// `from` is valid for reads of one value.
    #[inline(always)]
    pub unsafe fn load_splat(from: *const f32) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { v128_load32_splat(from.cast()) })
    }

    /// Writes values.
    ///
    /// # Safety
    /// `to` is valid for writes of [`Self::LEN`] values.
    #[inline(always)]
    pub unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { v128_store(to.cast(), self.0) }
    }

    /// `self * b + c`, fused where the build may use relaxed SIMD.
    #[cfg(feature = "relaxed")]
    #[inline]
    #[target_feature(enable = "relaxed-simd")]
    pub fn mul_add(self, b: Self, c: Self) -> Self {
        Self(core::arch::wasm32::f32x4_relaxed_madd(self.0, b.0, c.0))
    }

    /// `self * b + c`, rounded twice.
    #[cfg(not(feature = "relaxed"))]
    #[inline(always)]
    pub fn mul_add(self, b: Self, c: Self) -> Self {
        self * b + c
    }

    /// The larger.
    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        Self(f32x4_pmax(self.0, other.0))
    }

    /// The smaller.
    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        Self(f32x4_pmin(self.0, other.0))
    }

    /// Without its sign.
    #[inline(always)]
    pub fn abs(self) -> Self {
        Self(f32x4_abs(self.0))
    }

    /// Zero where `x` is below `bound`, else what is here.
    #[inline(always)]
    pub fn zero_below(self, x: Self, bound: f32) -> Self {
        Self(v128_andnot(self.0, f32x4_lt(x.0, f32x4_splat(bound))))
    }

    /// What is here where `x` is above zero, else `other`.
    #[inline(always)]
    pub fn where_positive(self, x: Self, other: Self) -> Self {
        Self(v128_bitselect(self.0, other.0, f32x4_gt(x.0, f32x4_splat(0.0))))
    }

    /// `2^n` for what is `n + 1.5 * 2^23`: the last bits of such a number are those of `n`.
    #[inline(always)]
    pub fn power_of_two(self) -> Self {
        Self(i32x4_add(i32x4_shl(self.0, 23), u32x4_splat(127 << 23)))
    }
}

impl Add for Lane {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(f32x4_add(self.0, other.0))
    }
}

impl Sub for Lane {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(f32x4_sub(self.0, other.0))
    }
}

impl Mul for Lane {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(f32x4_mul(self.0, other.0))
    }
}

impl Div for Lane {
    type Output = Self;

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(f32x4_div(self.0, other.0))
    }
}

/// Four u32.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Words(v128);

impl Words {
    /// Words in one.
    pub const LEN: usize = 4;

    /// All the same.
    #[inline(always)]
    pub fn splat(value: u32) -> Self {
        Self(u32x4_splat(value))
    }

    /// `first`, `first + 1` and so on.
    #[inline(always)]
    pub fn counted_from(first: u32) -> Self {
        Self(i32x4_add(u32x4_splat(first), core::arch::wasm32::u32x4(0, 1, 2, 3)))
    }

    /// Upper and lower half of the products.
    #[inline(always)]
    pub fn wide_mul(self, factor: u32) -> [Self; 2] {
        let factor = u32x4_splat(factor);
        let (low, high) = (u64x2_extmul_low_u32x4(self.0, factor), u64x2_extmul_high_u32x4(self.0, factor));
        [Self(i32x4_shuffle::<1, 3, 5, 7>(low, high)), Self(i32x4_shuffle::<0, 2, 4, 6>(low, high))]
    }

    /// Exclusive or.
    #[inline(always)]
    pub fn xor(self, other: Self) -> Self {
        Self(v128_xor(self.0, other.0))
    }

    /// For the lower and the upper half of each word: `value` where it is at least `bound`, else zero.
    #[inline(always)]
    pub fn halves_at_least(self, bound: u16, value: f32, out: &mut [f32; 2 * Self::LEN]) {
        let (kept, value) = (u16x8_ge(self.0, u16x8_splat(bound)), f32x4_splat(value));
        let [low, high] = [i32x4_extend_low_i16x8(kept), i32x4_extend_high_i16x8(kept)];
        // SAFETY: the array holds two lanes.
        unsafe {
            v128_store(out.as_mut_ptr().cast(), v128_and(value, low));
            v128_store(out.as_mut_ptr().add(Self::LEN).cast(), v128_and(value, high));
        }
    }

    /// The words.
    pub fn to_array(self) -> [u32; Self::LEN] {
        let mut out = [0; Self::LEN];
        // SAFETY: the array holds as many words.
        unsafe { v128_store(out.as_mut_ptr().cast(), self.0) }
        out
    }
}

/// Writes four values of each of four lines to `out`: the first of all lines, the second and so on, `width` apart.
///
/// # Safety
/// Each line is valid for reads of four values, `out` for writes of four at 0, `width`, `2 width` and `3 width`.
#[inline(always)]
pub unsafe fn transpose(lines: [*const f32; 4], out: *mut f32, width: usize) {
    // SAFETY: the caller's promise.
    let [a, b, c, d] = lines.map(|line| unsafe { v128_load(line.cast()) });
    let (ab_low, ab_high) = (i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<2, 6, 3, 7>(a, b));
    let (cd_low, cd_high) = (i32x4_shuffle::<0, 4, 1, 5>(c, d), i32x4_shuffle::<2, 6, 3, 7>(c, d));
    let columns = [
        i64x2_shuffle::<0, 2>(ab_low, cd_low),
        i64x2_shuffle::<1, 3>(ab_low, cd_low),
        i64x2_shuffle::<0, 2>(ab_high, cd_high),
        i64x2_shuffle::<1, 3>(ab_high, cd_high),
    ];
    for (i, column) in columns.into_iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe { v128_store(out.add(i * width).cast(), column) };
    }
}

/// Writes four values of each of two lines to `out`: the first of both, the second and so on, `width` apart.
///
/// # Safety
/// Each line is valid for reads of four values, `out` for writes of two at 0, `width`, `2 width` and `3 width`.
#[inline(always)]
pub unsafe fn interleave(lines: [*const f32; 2], out: *mut f32, width: usize) {
    // SAFETY: the caller's promise.
    let [a, b] = lines.map(|line| unsafe { v128_load(line.cast()) });
    let (low, high) = (i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<2, 6, 3, 7>(a, b));
    // SAFETY: the caller's promise.
    unsafe {
        v128_store64_lane::<0>(low, out.cast());
        v128_store64_lane::<1>(low, out.add(width).cast());
        v128_store64_lane::<0>(high, out.add(2 * width).cast());
        v128_store64_lane::<1>(high, out.add(3 * width).cast());
    }
}
