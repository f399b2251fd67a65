//! The worker's entry point. The loader in `public/worker-loader.js` calls the library's exports; every thread of the pool runs
//! `main` too, so that it does nothing.

#[cfg(target_arch = "wasm32")]
pub use spanwise::worker::start;

fn main() {}
