//! The worker: one binary, two roles.

use wasm_bindgen::prelude::wasm_bindgen;

/// Build of this worker: `baseline`, `threads` or `fast`.
#[wasm_bindgen]
pub fn build() -> String {
    "baseline".to_owned()
}

/// Starts the worker's message loop.
pub fn start() {}
