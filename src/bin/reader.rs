//! The entry point of the worker that reads files, which the loader in `public/worker-loader.js` calls. A binary of its own: it needs nothing of
//! the model, and what it needs for documents makes no model's worker larger.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen::prelude::wasm_bindgen;

/// See [`spanwise::worker::start_reader`].
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen]
pub fn start(build: String, threads: usize) {
    spanwise::worker::start_reader(build, threads);
}

fn main() {}
