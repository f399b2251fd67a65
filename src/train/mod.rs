//! Fine-tuning: settings, schedule, optimizer, and the trainer that makes one step at a time.

use serde::{Deserialize, Serialize};

/// Settings of a run. The defaults are those people know from `run_qa`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainSettings {
    /// Passes over the features.
    pub epochs: usize,
    /// Upper bound of optimizer steps; wins over `epochs` where it is smaller, and extends the run where there is none.
    pub max_steps: Option<usize>,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Features a step.
    pub batch_size: usize,
    /// Longest window, in tokens.
    pub max_seq_length: usize,
    /// Overlap of two windows, in context tokens.
    pub doc_stride: usize,
    /// Share of the steps in which the learning rate climbs.
    pub warmup_ratio: f64,
    /// What the learning rate does after the warm-up.
    pub schedule: Schedule,
    /// Decoupled weight decay, not on biases and LayerNorm.
    pub weight_decay: f64,
    /// Largest norm of the whole gradient; 0 turns clipping off.
    pub max_grad_norm: f64,
    /// Dropout of hidden states, attention weights and the head; `None` keeps the model's own three.
    pub dropout: Option<f32>,
    /// Windows without the answer, as a multiple of those with one; `None` keeps all.
    pub negatives: Option<f64>,
    /// Whether features are shuffled anew each epoch.
    pub shuffle: bool,
    /// Seed of dropout, shuffling and sampling.
    pub seed: u64,
    /// Tokens a micro-batch may hold (a longer sequence is one by itself); `None` lets the model's size decide. A recorded setting: it moves the last bits.
    pub micro_batch_tokens: Option<usize>,
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            epochs: 3,
            max_steps: None,
            learning_rate: 5e-5,
            batch_size: 8,
            max_seq_length: 384,
            doc_stride: 128,
            warmup_ratio: 0.1,
            schedule: Schedule::Linear,
            weight_decay: 0.01,
            max_grad_norm: 1.0,
            dropout: None,
            negatives: Some(1.0),
            shuffle: true,
            seed: 42,
            micro_batch_tokens: None,
        }
    }
}

/// What the learning rate does after the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// Falls to zero along a line.
    Linear,
    /// Stays.
    Constant,
}

/// What one optimizer step did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// Steps made so far, this one included.
    pub step: usize,
    /// Steps of the whole run.
    pub steps_total: usize,
    /// Passes over the data so far, a fraction.
    pub epoch: f64,
    /// Mean loss of the batch's features.
    pub loss: f64,
    /// Learning rate as applied.
    pub learning_rate: f64,
    /// Norm of the whole gradient before clipping.
    pub grad_norm: f64,
    /// Tokens of this step, padding never counted, by the seconds it took.
    pub tokens_per_second: f64,
    /// Milliseconds since the run began.
    pub elapsed_ms: f64,
    /// Milliseconds until it ends at the pace so far.
    pub left_ms: f64,
}
