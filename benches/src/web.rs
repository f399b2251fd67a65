//! The same for JavaScript.

use spanwise::kernels::on_pool;
use spanwise::model::Config;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{composed, kernels, libraries, limit, multiply, subject};

/// See [`limit::gflops`].
#[wasm_bindgen]
pub fn limit_gflops(threads: usize) -> f64 {
    limit::gflops(threads)
}

/// See [`multiply::ours`] (`threads` is 1 or all), [`multiply::library`] and [`libraries`], which know one thread.
#[wasm_bindgen]
pub fn multiply(by: &str, kind: &str, shape: &[usize], threads: usize, repeats: u32) -> f64 {
    let shape = [shape[0], shape[1], shape[2]];
    match by {
        "ours" => multiply::ours(kind, shape, threads > 1, repeats),
        "gemm" => multiply::library(kind, shape, threads, repeats),
        "rten-gemm" => libraries::rten(kind, shape, repeats),
        "tract-linalg" => libraries::tract(kind, shape, repeats),
        other => panic!("unknown library {other}"),
    }
}

/// See [`kernels::kernel`]; from the pool, as all that is trained and answered.
#[wasm_bindgen]
pub fn kernel(name: &str, config: &str, sequences: usize, length: usize, repeats: u32) -> f64 {
    let config = Config::from_json(config.as_bytes()).expect("a config");
    on_pool(|| kernels::kernel(name, &config, [sequences, length], repeats))
}

/// See [`composed::step`].
#[wasm_bindgen]
pub fn composed_step(config: &str, length: usize) -> Vec<f64> {
    composed::step(config, length).to_vec()
}

/// See [`subject::Subject`].
#[wasm_bindgen]
pub struct Subject(subject::Subject);

#[wasm_bindgen]
impl Subject {
    /// A model, with drawn weights where there is no checkpoint.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &str, checkpoint: Option<Vec<u8>>) -> Self {
        Self(subject::Subject::new(config, checkpoint.as_deref()))
    }

    /// Begins a run over windows, a JSON list of lists of ids, of what is chosen, JSON too.
    pub fn train(&mut self, windows: &str, trained: &str) {
        let windows: Vec<Vec<u32>> = serde_json::from_str(windows).expect("windows");
        self.0.train(&windows, serde_json::from_str(trained).expect("a choice"));
    }

    /// Tokens a second that such a run is predicted to make.
    pub fn pace(&self, windows: &str, trained: &str) -> f64 {
        let windows: Vec<Vec<u32>> = serde_json::from_str(windows).expect("windows");
        self.0.pace(&windows, serde_json::from_str(trained).expect("a choice"))
    }

    /// Seconds of so many steps.
    pub fn steps(&mut self, count: usize) -> f64 {
        self.0.steps(count)
    }

    /// Seconds of the logits of a batch.
    pub fn answer(&self, batch: usize, length: usize) -> f64 {
        self.0.answer(batch, length)
    }
}

/// Bytes of this worker's memory; it never shrinks.
#[wasm_bindgen]
pub fn memory_bytes() -> f64 {
    const PAGE: f64 = 65_536.0;
    core::arch::wasm32::memory_size(0) as f64 * PAGE
}
