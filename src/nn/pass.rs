//! What all sublayers of one pass over one micro-batch share.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::trainable::{Adapter, Trainable};

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

/// What a run changes, and its adapters as they are now.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The tensors, and their places in the run's buffers.
    pub trainable: Arc<Trainable>,
    /// Values of the adapters; the parameters hold their products already.
    pub adapters: Arc<Vec<f32>>,
}

impl Trained {
    /// All of the model's tensors.
    pub fn all(model: &Model) -> Self {
        Self::new(Trainable::all(&model.config, model.parameters.layout()), 0)
    }

    /// These tensors, adapters drawn with `seed`.
    pub fn new(trainable: Trainable, seed: u64) -> Self {
        let adapters = Arc::new(trainable.fresh_adapters(seed));
        Self { trainable: Arc::new(trainable), adapters }
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
    /// What is trained; `None` where nothing runs backward.
    trained: Option<Trained>,
    gradient: Mutex<Vec<f32>>,
}

/// The run's gradient, while one block's backward adds to it.
pub struct Gradients<'a> {
    values: MutexGuard<'a, Vec<f32>>,
    trainable: &'a Trainable,
}

impl Gradients<'_> {
    /// Gradients of two neighbouring tensors, weight first; `None` where they stay as they are.
    pub fn pair(&mut self, weight: &Range<usize>, bias: &Range<usize>) -> Option<[&mut [f32]; 2]> {
        let (weight, bias) = (self.trainable.place(weight)?, self.trainable.place(bias)?);
        let (head, tail) = self.values.split_at_mut(bias.start);
        Some([&mut head[weight], &mut tail[..bias.len()]])
    }

    /// Gradients of an adapter's two matrices.
    pub fn adapter(&mut self, adapter: &Adapter) -> [&mut [f32]; 2] {
        let place = self.trainable.adapters_place();
        let (head, tail) = self.values[place].split_at_mut(adapter.b.start);
        [&mut head[adapter.a.clone()], &mut tail[..adapter.b.len()]]
    }
}

impl Pass {
    /// A pass forward alone, without dropout.
    pub fn forward(model: &Model, packed: &Packed) -> Self {
        Self::with(model, packed, 0, Dropouts::default(), None, Vec::new())
    }

    /// A pass that adds to `gradient`, which has the places of `trained`.
    pub fn training(
        model: &Model,
        packed: &Packed,
        first_row: usize,
        dropouts: Dropouts,
        trained: &Trained,
        gradient: Vec<f32>,
    ) -> Self {
        Self::with(model, packed, first_row, dropouts, Some(trained.clone()), gradient)
    }

    fn with(
        model: &Model,
        packed: &Packed,
        first_row: usize,
        dropouts: Dropouts,
        trained: Option<Trained>,
        gradient: Vec<f32>,
    ) -> Self {
        let positions = packed.ranges().flat_map(|rows| 0..rows.len() as u32).collect();
        Self {
            config: model.config.clone(),
            parameters: model.parameters.clone(),
            ids: packed.ids.clone(),
            positions,
            bounds: packed.bounds.clone(),
            first_row,
            dropouts,
            trained,
            gradient: Mutex::new(gradient),
        }
    }

    /// What is trained.
    ///
    /// # Panics
    /// In a pass forward alone.
    pub fn trained(&self) -> &Trained {
        // Backward runs in `loss_and_gradient` alone, which makes its pass by `training`.
        self.trained.as_ref().expect("only a training pass runs backward")
    }

    /// The gradient, to be added to.
    ///
    /// # Panics
    /// In a pass forward alone.
    pub fn gradients(&self) -> Gradients<'_> {
        Gradients { values: self.lock(), trainable: &self.trained().trainable }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<f32>> {
        // A panic while the lock was held ends the run anyway; the values are still memory-safe to read.
        self.gradient.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the gradient back.
    pub fn take_gradient(&self) -> Vec<f32> {
        std::mem::take(&mut self.lock())
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
