//! Fine-tuning: settings, schedule, optimizer, and the trainer that makes one step at a time.

pub mod best;
pub mod blend;
pub mod checkpoint;
#[cfg(not(target_arch = "wasm32"))]
pub mod device;
pub mod engine;
pub mod kept;
pub mod memory;
pub mod optimizer;
pub mod pace;
pub mod plan;
pub mod sampler;
pub mod schedule;
pub mod settings;
pub mod trainer;
pub mod watch;

use serde::{Deserialize, Serialize};

pub use checkpoint::ResumeError;
pub use kept::KeptRun;
pub use pace::Pace;
pub use plan::Plan;
pub use settings::{Answers, Length, Schedule, SettingsError, TrainSettings};
pub use trainer::{Advance, TrainError, Trainer};
pub use watch::{Ending, Measurement, Metric, Watch};

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
