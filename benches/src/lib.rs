//! What is measured, natively and in a browser: multiplications, single kernels, training steps, answers, and a step of candle's own
//! operations. Everything returns seconds, except where its name says otherwise.
#![allow(unsafe_code)] // The limit of a browser is measured with intrinsics, the library's multiplication takes pointers.

pub mod composed;
pub mod kernels;
#[cfg(target_arch = "wasm32")]
mod libraries;
#[cfg(target_arch = "wasm32")]
mod limit;
pub mod multiply;
pub mod subject;
#[cfg(target_arch = "wasm32")]
mod web;

#[cfg(all(target_arch = "wasm32", feature = "threads"))]
pub use spanwise::worker::init_thread_pool;

use web_time::Instant;

/// Config of distilbert-base-cased.
pub const BASE: &str = r#"{"model_type":"distilbert","dim":768,"n_layers":6,"n_heads":12,"hidden_dim":3072,"vocab_size":28996,
    "max_position_embeddings":512,"attention_dropout":0.1,"dropout":0.1,"qa_dropout":0.1,"activation":"gelu"}"#;

/// Seconds per call over `repeats` calls, after one that warms up.
fn seconds(repeats: u32, mut call: impl FnMut()) -> f64 {
    call();
    let began = Instant::now();
    (0..repeats).for_each(|_| call());
    began.elapsed().as_secs_f64() / f64::from(repeats)
}

/// Seconds of one call.
fn once(call: impl FnOnce()) -> f64 {
    let began = Instant::now();
    call();
    began.elapsed().as_secs_f64()
}

/// Values that are neither denormal nor alike.
fn values(len: usize) -> Vec<f32> {
    (0..len).map(|i| ((i * 31) % 1009) as f32 / 1009.0 - 0.5).collect()
}
