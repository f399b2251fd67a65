//! A training step of candle's own differentiable operations: what Spanwise would be without kernels of its own.

use candle_core::{DType, Device};
use candle_nn::{AdamW, Optimizer};
use spanwise::model::{Config, HeadOrigin, Model, Parameters};
use spanwise::nn::{Criterion, Dropouts, composed::Composed};
use spanwise::text::batch::{Packed, TrainBatch};

use crate::values;

/// Seconds of the forward and backward pass of one sequence of `length` tokens, a graph for itself, and of one update of all weights.
/// A step of a batch is `batch` times the first and once the second; a batch in one graph does not fit wasm's memory.
///
/// # Panics
/// Where candle fails.
pub fn step(config: &str, length: usize) -> [f64; 2] {
    let config = Config::from_json(config.as_bytes()).expect("a config");
    let mut parameters = Parameters::zeros(&config);
    let drawn = values(parameters.layout().len());
    parameters.values_mut().iter_mut().zip(drawn).for_each(|(out, value)| *out = 0.04 * value);
    let (dropout, layout) = (config.dropout, parameters.layout().clone());
    let model = Model { config, parameters, head: HeadOrigin::Checkpoint };
    let composed = Composed::new(&model, &Device::Cpu, DType::F32).expect("variables");
    drop(model);
    let variables = (0..layout.specs.len()).map(|index| composed.variable(index).clone()).collect();
    let mut optimizer = AdamW::new_lr(variables, 1e-5).expect("an optimizer");
    let batch = TrainBatch {
        packed: Packed { ids: (0..length as u32).map(|i| 1000 + i % 500).collect(), bounds: vec![0, length] },
        starts: vec![length / 2],
        ends: vec![length / 2 + 2],
        first_row: 0,
    };
    let dropouts = Dropouts { hidden: dropout, attention: dropout, qa: dropout, seed: 1, step: 0 };
    let began = web_time::Instant::now();
    let gradients =
        composed.loss(&batch, Criterion::sharp(1.0), dropouts).and_then(|loss| loss.backward()).expect("gradients");
    let passes = began.elapsed().as_secs_f64();
    let began = web_time::Instant::now();
    optimizer.step(&gradients).expect("a step");
    [passes, began.elapsed().as_secs_f64()]
}
