//! What all sublayers of one pass over one micro-batch share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::kernels::attention::Shape;
use crate::kernels::dropout::Dropout;
use crate::model::{Config, Model, Parameters};
use crate::text::batch::Packed;

/// Dropout of one optimizer step: three probabilities, and the counters that masks are made from.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dropouts {
    /// After the embeddings and the feed-forward layers.
    pub hidden: f32,
    /// Of the attention weights.
    pub attention: f32,
    /// Before the head.
    pub qa: f32,
    /// Seed of the run.
    pub seed: u64,
    /// Optimizer step, so that every step draws other masks.
    pub step: u32,
}

impl Dropouts {
    /// The site after the embeddings.
    pub fn embeddings(&self) -> Option<Dropout> {
        Dropout::new(self.hidden, self.seed, self.step, 0)
    }

    /// The site in a layer's attention.
    pub fn attention(&self, layer: usize) -> Option<Dropout> {
        Dropout::new(self.attention, self.seed, self.step, 1 + 2 * layer as u32)
    }

    /// The site after a layer's feed-forward block.
    pub fn feed_forward(&self, layer: usize) -> Option<Dropout> {
        Dropout::new(self.hidden, self.seed, self.step, 2 + 2 * layer as u32)
    }

    /// The site before the head of a model of `n_layers`.
    pub fn head(&self, n_layers: usize) -> Option<Dropout> {
        Dropout::new(self.qa, self.seed, self.step, 1 + 2 * n_layers as u32)
    }
}

/// One pass: the weights as they are now, the sequences, the masks, and the run's gradient that backward adds to.
pub struct Pass {
    /// Shape of the model.
    pub config: Config,
    /// The weights.
    pub parameters: Parameters,
    /// Token ids, `[tokens]`.
    pub ids: Vec<u32>,
    /// Place of each token in its sequence, `[tokens]`.
    pub positions: Vec<u32>,
    /// Sequence bounds, `[sequences + 1]`.
    pub bounds: Vec<usize>,
    /// Row of the whole batch that row 0 is.
    pub first_row: usize,
    /// The masks.
    pub dropouts: Dropouts,
    gradient: Mutex<Vec<f32>>,
}

impl Pass {
    /// A pass that adds to `gradient`, which has the layout of the parameters (or is empty where nothing runs backward).
    pub fn new(model: &Model, packed: &Packed, first_row: usize, dropouts: Dropouts, gradient: Vec<f32>) -> Self {
        let positions = packed.ranges().flat_map(|rows| 0..rows.len() as u32).collect();
        Self {
            config: model.config.clone(),
            parameters: model.parameters.clone(),
            ids: packed.ids.clone(),
            positions,
            bounds: packed.bounds.clone(),
            first_row,
            dropouts,
            gradient: Mutex::new(gradient),
        }
    }

    /// The gradient, to be added to.
    pub fn gradient(&self) -> MutexGuard<'_, Vec<f32>> {
        // A panic while the lock was held ends the run anyway; the values are still memory-safe to read.
        self.gradient.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the gradient back.
    pub fn take_gradient(&self) -> Vec<f32> {
        std::mem::take(&mut self.gradient())
    }

    /// Shape of the attention kernels.
    pub fn attention_shape(&self) -> Shape<'_> {
        Shape {
            bounds: &self.bounds,
            heads: self.config.n_heads,
            dim: self.config.dim,
            max_positions: self.config.max_position_embeddings,
            first_row: self.first_row,
        }
    }
}
