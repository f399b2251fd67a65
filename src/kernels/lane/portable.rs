//! Lanes as arrays, which the compiler turns into the registers of the machine.

use std::array::from_fn;
use std::ops::{Add, Div, Mul, Sub};

/// Eight f32.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Lane([f32; 8]);

impl Lane {
    /// Values in one.
    pub const LEN: usize = 8;

    /// All the same.
    #[inline(always)]
    pub fn splat(value: f32) -> Self {
        Self([value; 8])
    }

    /// Reads values.
    ///
    /// # Safety
    /// `from` is valid for reads of [`Self::LEN`] values.
    #[inline(always)]
    pub unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { from.cast::<[f32; 8]>().read_unaligned() })
    }

    /// Reads one value for all.
    ///
    /// # Safety
    /// `from` is valid for reads of one value.
    #[cfg(test)]
    pub unsafe fn load_splat(from: *const f32) -> Self {
        // SAFETY: the caller's promise.
        Self::splat(unsafe { from.read() })
    }

    /// Writes values.
    ///
    /// # Safety
    /// `to` is valid for writes of [`Self::LEN`] values.
    #[inline(always)]
    pub unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { to.cast::<[f32; 8]>().write_unaligned(self.0) }
    }

    /// `self * b + c`, rounded twice.
    #[inline(always)]
    pub fn mul_add(self, b: Self, c: Self) -> Self {
        self * b + c
    }

    /// The larger.
    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        Self(from_fn(|i| if other.0[i] > self.0[i] { other.0[i] } else { self.0[i] }))
    }

    /// The smaller.
    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        Self(from_fn(|i| if other.0[i] < self.0[i] { other.0[i] } else { self.0[i] }))
    }

    /// Without its sign.
    #[inline(always)]
    pub fn abs(self) -> Self {
        Self(self.0.map(f32::abs))
    }

    /// Zero where `x` is below `bound`, else what is here.
    #[inline(always)]
    pub fn zero_below(self, x: Self, bound: f32) -> Self {
        Self(from_fn(|i| if x.0[i] < bound { 0.0 } else { self.0[i] }))
    }

    /// What is here where `x` is above zero, else `other`.
    #[inline(always)]
    pub fn where_positive(self, x: Self, other: Self) -> Self {
        Self(from_fn(|i| if x.0[i] > 0.0 { self.0[i] } else { other.0[i] }))
    }

    /// `2^n` for what is `n + 1.5 * 2^23`: the last bits of such a number are those of `n`.
    #[inline(always)]
    pub fn power_of_two(self) -> Self {
        Self(self.0.map(|value| f32::from_bits((value.to_bits() << 23).wrapping_add(127 << 23))))
    }
}

impl Add for Lane {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] + other.0[i]))
    }
}

impl Sub for Lane {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] - other.0[i]))
    }
}

impl Mul for Lane {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] * other.0[i]))
    }
}

impl Div for Lane {
    type Output = Self;

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] / other.0[i]))
    }
}

/// Four u32.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Words([u32; 4]);

impl Words {
    /// Words in one.
    pub const LEN: usize = 4;

    /// All the same.
    #[inline(always)]
    pub fn splat(value: u32) -> Self {
        Self([value; 4])
    }

    /// `first`, `first + 1` and so on.
    #[inline(always)]
    pub fn counted_from(first: u32) -> Self {
        Self(from_fn(|i| first.wrapping_add(i as u32)))
    }

    /// Upper and lower half of the products.
    #[inline(always)]
    pub fn wide_mul(self, factor: u32) -> [Self; 2] {
        let products: [u64; 4] = from_fn(|i| u64::from(self.0[i]) * u64::from(factor));
        [Self(from_fn(|i| (products[i] >> 32) as u32)), Self(from_fn(|i| products[i] as u32))]
    }

    /// Exclusive or.
    #[inline(always)]
    pub fn xor(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] ^ other.0[i]))
    }

    /// For the lower and the upper half of each word: `value` where it is at least `bound`, else zero.
    #[inline(always)]
    pub fn halves_at_least(self, bound: u16, value: f32, out: &mut [f32; 2 * Self::LEN]) {
        let kept = |half: u16| if half >= bound { value } else { 0.0 };
        for (word, out) in self.0.into_iter().zip(out.as_chunks_mut().0) {
            *out = [kept(word as u16), kept((word >> 16) as u16)];
        }
    }

    /// The words.
    pub fn to_array(self) -> [u32; Self::LEN] {
        self.0
    }
}

/// Writes four values of each of four lines to `out`: the first of all lines, the second and so on, `width` apart.
///
/// # Safety
/// Each line is valid for reads of four values, `out` for writes of four at 0, `width`, `2 width` and `3 width`.
#[inline(always)]
pub unsafe fn transpose(lines: [*const f32; 4], out: *mut f32, width: usize) {
    // SAFETY: the caller's promise.
    let lines = lines.map(|line| unsafe { line.cast::<[f32; 4]>().read_unaligned() });
    for p in 0..4 {
        // SAFETY: the caller's promise.
        unsafe { out.add(p * width).cast::<[f32; 4]>().write_unaligned(lines.map(|line| line[p])) };
    }
}

/// Writes four values of each of two lines to `out`: the first of both, the second and so on, `width` apart.
///
/// # Safety
/// Each line is valid for reads of four values, `out` for writes of two at 0, `width`, `2 width` and `3 width`.
#[cfg(test)]
pub unsafe fn interleave([a, b]: [*const f32; 2], out: *mut f32, width: usize) {
    for p in 0..4 {
        // SAFETY: the caller's promise.
        unsafe { out.add(p * width).cast::<[f32; 2]>().write_unaligned([a.add(p).read(), b.add(p).read()]) };
    }
}
