//! Where a run is computed: kernels on the CPU, or composed operations on a device (see [`super::device`]).

use super::TrainError;
use super::optimizer::AdamW;
use super::settings::TrainSettings;
use crate::model::{Config, Model, Parameters};
use crate::nn::{Dropouts, Trainable, Trained, loss_and_gradient};
use crate::text::batch::TrainBatch;

/// Numbers of one optimizer step.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Learning rate.
    pub learning_rate: f64,
    /// Decoupled weight decay, on matrices alone.
    pub weight_decay: f64,
    /// Norm that the gradient is clipped to; 0: never.
    pub max_grad_norm: f64,
}

/// A model in training: gradients add up until a step applies and clears them.
pub trait Engine {
    /// Shape of the model.
    fn config(&self) -> &Config;

    /// Tokens of a micro-batch, where the settings name none.
    fn micro_batch_tokens(&self) -> usize;

    /// Adds the gradient of a micro-batch; returns the sum over its sequences of `weight * loss`.
    ///
    /// # Errors
    /// Where the computation fails.
    fn accumulate(&mut self, batch: &TrainBatch, weight: f32, dropouts: Dropouts) -> Result<f64, TrainError>;

    /// Clips, applies and clears the gradient; returns its norm before clipping. Where that is not finite nothing is changed.
    ///
    /// # Errors
    /// Where the computation fails.
    fn step(&mut self, step: Step) -> Result<f64, TrainError>;
}

/// Tokens of a micro-batch over kernels: as many as keep one near 20 GFLOP, so that a person who asks or stops does not wait long for
/// the next gap. A function of the model alone.
pub fn micro_batch_tokens(config: &Config) -> usize {
    // More than 32 bits hold, which is what wasm counts with.
    const FLOP_A_MICRO_BATCH: u64 = 20_000_000_000;
    let weights = config.n_layers * (4 * config.dim * config.dim + 2 * config.dim * config.hidden_dim);
    // Two operations a weight and token forward, four backward.
    (FLOP_A_MICRO_BATCH / (6 * weights as u64)).clamp(64, 4096) as usize
}

/// The CPU: kernels over flat buffers.
pub struct Kernels {
    model: Model,
    trained: Trained,
    /// The weights that adapters are added to; only where there are adapters.
    base: Option<Parameters>,
    optimizer: AdamW,
    gradient: Vec<f32>,
}

impl Kernels {
    /// A model at the start of a run; the settings were checked.
    pub fn new(model: Model, settings: &TrainSettings) -> Self {
        let trainable = Trainable::new(&model.config, model.parameters.layout(), &settings.trained);
        let len = trainable.len();
        let base = settings.trained.lora.is_some().then(|| model.parameters.clone());
        let trained = Trained::new(trainable, settings.seed);
        Self { model, trained, base, optimizer: AdamW::new(len), gradient: vec![0.0; len] }
    }

    /// The model as trained so far.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The model, adapters merged.
    pub fn into_model(self) -> Model {
        self.model
    }
}

impl Engine for Kernels {
    fn config(&self) -> &Config {
        &self.model.config
    }

    fn micro_batch_tokens(&self) -> usize {
        micro_batch_tokens(&self.model.config)
    }

    fn accumulate(&mut self, batch: &TrainBatch, weight: f32, dropouts: Dropouts) -> Result<f64, TrainError> {
        Ok(loss_and_gradient(&self.model, batch, weight, dropouts, &self.trained, &mut self.gradient)?)
    }

    fn step(&mut self, step: Step) -> Result<f64, TrainError> {
        let parameters = &mut self.model.parameters;
        let norm = self.optimizer.step(parameters, &mut self.trained, &mut self.gradient, step);
        if let Some(base) = &self.base {
            self.trained.trainable.merge(base, &self.trained.adapters, parameters);
        }
        Ok(norm)
    }
}
