//! The model: config, weights in and out, flat parameters.

pub mod card;
pub mod config;
pub mod convert;
#[cfg(not(target_arch = "wasm32"))]
pub mod folder;
pub mod init;
pub mod parameters;
pub mod weights;

pub use config::{Config, ConfigError};
pub use parameters::{Layout, Parameters};
pub use weights::{Weights, WeightsError, WeightsReader};

use serde::{Deserialize, Serialize};

/// `DistilBERT` for question answering: config, weights, and where the head comes from. A clone shares the weights until one
/// of the two is written to.
#[derive(Clone, Debug)]
pub struct Model {
    /// Shape of the model.
    pub config: Config,
    /// The weights.
    pub parameters: Parameters,
    /// Where the question-answering head comes from.
    pub head: HeadOrigin,
}

/// Where the question-answering head comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "origin", rename_all = "snake_case")]
pub enum HeadOrigin {
    /// Read from the checkpoint.
    Checkpoint,
    /// Drawn at random: answers are nonsense until the model has been trained.
    Fresh {
        /// Seed of the draw.
        seed: u64,
    },
    /// Trained in this page.
    Trained,
}

/// A batch that does not fit the model.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum BatchError {
    /// A token that the model has no embedding for.
    #[error("token {id} is beyond the model's vocabulary of {vocab_size}: the tokenizer belongs to another model")]
    Token {
        /// The id.
        id: u32,
        /// The model's vocabulary.
        vocab_size: usize,
    },
    /// A sequence longer than the position embeddings.
    #[error("a window of {tokens} tokens is longer than the {max} this model can read: lower the sequence length")]
    TooLong {
        /// Its length.
        tokens: usize,
        /// The model's longest.
        max: usize,
    },
}

impl Model {
    /// A model from weights that were read; the head is drawn with `seed` where the file had none.
    pub fn new(config: Config, weights: Weights, seed: u64) -> Self {
        let has_head = weights.has_head;
        let mut model = Self { config, parameters: weights.parameters, head: HeadOrigin::Checkpoint };
        if !has_head {
            model.fresh_head(seed);
        }
        model
    }

    /// Draws the question-answering head anew: weights from N(0, `initializer_range`), bias zero.
    pub fn fresh_head(&mut self, seed: u64) {
        init::head(&self.config, &mut self.parameters, seed);
        self.head = HeadOrigin::Fresh { seed };
    }
}
