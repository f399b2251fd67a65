//! Four f32 in one register: `v128` in wasm, an array elsewhere (where only tests use it).

#[cfg(target_arch = "wasm32")]
pub use wasm::*;

#[cfg(not(target_arch = "wasm32"))]
pub use portable::*;

#[cfg(target_arch = "wasm32")]
mod wasm {
    use core::arch::wasm32::{f32x4_add, f32x4_mul, f32x4_splat, v128, v128_load, v128_load32_splat, v128_store};

    /// Four f32.
    pub type Lane = v128;

    /// All four the same.
    #[inline(always)]
    pub fn splat(value: f32) -> Lane {
        f32x4_splat(value)
    }

    /// Reads four values.
    ///
    /// # Safety
    /// `from` is valid for reads of four values.
    #[inline(always)]
    pub unsafe fn load(from: *const f32) -> Lane {
        // SAFETY: the caller's promise; wasm needs no alignment.
        unsafe { v128_load(from.cast()) }
    }

    /// Reads one value four times.
    ///
    /// # Safety
    /// `from` is valid for reads of one value.
    #[inline(always)]
    pub unsafe fn load_splat(from: *const f32) -> Lane {
        // SAFETY: the caller's promise.
        unsafe { v128_load32_splat(from.cast()) }
    }

    /// Writes four values.
    ///
    /// # Safety
    /// `to` is valid for writes of four values.
    #[inline(always)]
    pub unsafe fn store(to: *mut f32, lane: Lane) {
        // SAFETY: the caller's promise.
        unsafe { v128_store(to.cast(), lane) }
    }

    /// `a + b`.
    #[inline(always)]
    pub fn add(a: Lane, b: Lane) -> Lane {
        f32x4_add(a, b)
    }

    /// `a * b`.
    #[inline(always)]
    pub fn mul(a: Lane, b: Lane) -> Lane {
        f32x4_mul(a, b)
    }

    /// `a * b + c`, fused where the build may use relaxed SIMD.
    #[cfg(feature = "relaxed")]
    #[inline]
    #[target_feature(enable = "relaxed-simd")]
    pub fn mul_add(a: Lane, b: Lane, c: Lane) -> Lane {
        core::arch::wasm32::f32x4_relaxed_madd(a, b, c)
    }

    /// `a * b + c`, rounded twice.
    #[cfg(not(feature = "relaxed"))]
    #[inline(always)]
    pub fn mul_add(a: Lane, b: Lane, c: Lane) -> Lane {
        f32x4_add(f32x4_mul(a, b), c)
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod portable {
    /// Four f32.
    pub type Lane = [f32; 4];

    /// All four the same.
    pub fn splat(value: f32) -> Lane {
        [value; 4]
    }

    /// Reads four values.
    ///
    /// # Safety
    /// `from` is valid for reads of four values.
    pub unsafe fn load(from: *const f32) -> Lane {
        // SAFETY: the caller's promise.
        unsafe { from.cast::<Lane>().read_unaligned() }
    }

    /// Reads one value four times.
    ///
    /// # Safety
    /// `from` is valid for reads of one value.
    pub unsafe fn load_splat(from: *const f32) -> Lane {
        // SAFETY: the caller's promise.
        splat(unsafe { from.read() })
    }

    /// Writes four values.
    ///
    /// # Safety
    /// `to` is valid for writes of four values.
    pub unsafe fn store(to: *mut f32, lane: Lane) {
        // SAFETY: the caller's promise.
        unsafe { to.cast::<Lane>().write_unaligned(lane) }
    }

    /// `a + b`.
    pub fn add(a: Lane, b: Lane) -> Lane {
        std::array::from_fn(|i| a[i] + b[i])
    }

    /// `a * b`.
    pub fn mul(a: Lane, b: Lane) -> Lane {
        std::array::from_fn(|i| a[i] * b[i])
    }

    /// `a * b + c`, rounded twice.
    pub fn mul_add(a: Lane, b: Lane, c: Lane) -> Lane {
        add(mul(a, b), c)
    }
}
