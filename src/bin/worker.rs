//! The worker's entry point, which the loader in `public/worker-loader.js` calls. It is exported here and not by the library: what the library
//! exports is linked into the page as well, and with it all that a worker needs. Every thread of the pool runs `main`, so that it does nothing.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen::prelude::wasm_bindgen;

/// See [`spanwise::worker::start`].
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen]
pub fn start(build: String, threads: usize) {
    spanwise::worker::start(build, threads);
}

fn main() {}
