//! A few f32, or as many u32, in one register: `v128` in wasm, where the compiler seldom finds out by itself that a loop could work on
//! four values at once; an array natively, which it turns into the registers of the machine.

#[cfg(target_arch = "wasm32")]
pub use wasm::{Lane, Words, interleave, transpose};

#[cfg(not(target_arch = "wasm32"))]
pub use portable::{Lane, Words, transpose};

#[cfg(all(test, not(target_arch = "wasm32")))]
pub use portable::interleave;

#[cfg(not(target_arch = "wasm32"))]
mod portable;
#[cfg(target_arch = "wasm32")]
mod wasm;
