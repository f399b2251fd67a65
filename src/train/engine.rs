//! Where a run is computed: kernels on the CPU, or composed operations on a device (see [`super::device`]).

use std::io::{self, Read, Write};
use std::sync::Arc;

use super::TrainError;
use super::checkpoint::{read_values, write_values};
use super::optimizer::AdamW;
use super::settings::TrainSettings;
use crate::answer::Reader;
use crate::kernels::on_pool;
use crate::model::{Config, Model, Parameters};
use crate::nn::{Criterion, Dropouts, Trainable, Trained, loss_and_gradient};
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

impl Step {
    /// Factor on a gradient of that norm.
    pub(super) fn clip(&self, norm: f64) -> f64 {
        if self.max_grad_norm > 0.0 { (self.max_grad_norm / (norm + 1e-6)).min(1.0) } else { 1.0 }
    }
}

/// A model in training: gradients add up until a step applies and clears them.
pub trait Engine {
    /// What answers with the model as trained so far.
    type Reader: Reader;

    /// The model: as trained so far where it is computed here, as it was loaded where it is elsewhere.
    fn model(&self) -> &Model;

    /// Answers with the model as trained so far.
    fn reader(&self) -> &Self::Reader;

    /// The model as trained so far, adapters merged.
    ///
    /// # Errors
    /// Where the device fails.
    fn trained(&self) -> candle_core::Result<Model>;

    /// Tokens of a micro-batch, where the settings name none.
    fn micro_batch_tokens(&self) -> usize;

    /// Adds the gradient of a micro-batch; returns the sum over its sequences of their loss times their weight.
    ///
    /// # Errors
    /// Where the computation fails.
    fn accumulate(&mut self, batch: &TrainBatch, criterion: Criterion, dropouts: Dropouts) -> Result<f64, TrainError>;

    /// Clips, applies and clears the gradient; returns its norm before clipping. Where that is not finite nothing is changed.
    ///
    /// # Errors
    /// Where the computation fails.
    fn step(&mut self, step: Step) -> Result<f64, TrainError>;

    /// Name of the order in which [`Self::write_state`] writes: another engine would misread it. Empty for kernels, whose checkpoints are
    /// older than this name.
    fn state_order(&self) -> &'static str {
        ""
    }

    /// Writes what is trained and, where they are wanted, its moments, as the last step left them.
    ///
    /// # Errors
    /// Where the storage or the device fails.
    fn write_state(&self, out: &mut dyn Write, with_moments: bool) -> io::Result<()>;

    /// Reads what [`Self::write_state`] wrote after so many steps; the engine must be at the start of the same run. Without moments the
    /// optimizer begins afresh.
    ///
    /// # Errors
    /// Where the bytes end early, or the storage or the device fails.
    fn read_state(&mut self, input: &mut dyn Read, steps: usize, with_moments: bool) -> io::Result<()>;
}

/// Tokens of a micro-batch over kernels, where the settings name none. Natively a whole batch as a rule, since every micro-batch packs all
/// weights again, and reads and writes all of their gradients; in a page fewer (see [`page_micro_batch_tokens`]).
pub fn micro_batch_tokens(config: &Config) -> usize {
    const NATIVE: usize = 2048;
    if cfg!(target_arch = "wasm32") { page_micro_batch_tokens(config) } else { NATIVE }
}

/// Tokens of a micro-batch in a page: enough rows that packing the weights costs little, and few enough that a person who asks or
/// stops does not wait long for the next gap. A function of the model alone.
pub fn page_micro_batch_tokens(config: &Config) -> usize {
    // Of distilbert-base, one full window; more than 32 bits hold, which is what wasm counts with.
    const FLOP_A_MICRO_BATCH: u64 = 100_000_000_000;
    let weights = config.n_layers * (4 * config.dim * config.dim + 2 * config.dim * config.hidden_dim);
    // Two operations a weight and token forward, four backward.
    (FLOP_A_MICRO_BATCH / (6 * weights as u64)).clamp(64, 512) as usize
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

    /// The model, adapters merged.
    pub fn into_model(self) -> Model {
        self.model
    }
}

impl Engine for Kernels {
    type Reader = Model;

    fn model(&self) -> &Model {
        &self.model
    }

    fn reader(&self) -> &Model {
        &self.model
    }

    fn trained(&self) -> candle_core::Result<Model> {
        Ok(self.model.clone())
    }

    fn micro_batch_tokens(&self) -> usize {
        micro_batch_tokens(&self.model.config)
    }

    fn accumulate(&mut self, batch: &TrainBatch, criterion: Criterion, dropouts: Dropouts) -> Result<f64, TrainError> {
        let (model, trained, gradient) = (&self.model, &self.trained, &mut self.gradient);
        Ok(on_pool(|| loss_and_gradient(model, batch, criterion, dropouts, trained, gradient))?)
    }

    fn step(&mut self, step: Step) -> Result<f64, TrainError> {
        let Self { model, trained, base, optimizer, gradient } = self;
        Ok(on_pool(|| {
            let norm = optimizer.step(&mut model.parameters, trained, gradient, step);
            if let Some(base) = base {
                trained.trainable.merge(base, &trained.adapters, &mut model.parameters);
            }
            norm
        }))
    }

    fn write_state(&self, out: &mut dyn Write, with_moments: bool) -> io::Result<()> {
        let parameters = &self.model.parameters;
        for spec in &parameters.layout().specs {
            if self.trained.trainable.place(&spec.range).is_some() {
                write_values(out, parameters.at(&spec.range))?;
            }
        }
        write_values(out, &self.trained.adapters)?;
        if with_moments {
            write_values(out, &self.optimizer.first)?;
            write_values(out, &self.optimizer.second)?;
        }
        Ok(())
    }

    fn read_state(&mut self, input: &mut dyn Read, steps: usize, with_moments: bool) -> io::Result<()> {
        let parameters = &mut self.model.parameters;
        let layout = parameters.layout().clone();
        let values = parameters.values_mut();
        for spec in &layout.specs {
            if self.trained.trainable.place(&spec.range).is_some() {
                read_values(input, &mut values[spec.range.clone()])?;
            }
        }
        let adapters: &mut Vec<f32> = Arc::make_mut(&mut self.trained.adapters);
        read_values(input, adapters)?;
        if let Some(base) = &self.base {
            self.trained.trainable.merge(base, &self.trained.adapters, parameters);
        }
        if with_moments {
            read_values(input, &mut self.optimizer.first)?;
            read_values(input, &mut self.optimizer.second)?;
            self.optimizer.steps = steps as i32;
        }
        Ok(())
    }
}
