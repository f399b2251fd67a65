//! How fast a run would be on this machine: a few micro-batches and one step of it, computed and thrown away.

use serde::{Deserialize, Serialize};
use web_time::{Duration, Instant};

use super::engine::Engine;
use super::settings::TrainSettings;
use super::trainer::{TrainError, Trainer};
use crate::model::Model;
use crate::nn::logits;
use crate::text::batch::AskBatch;
use crate::text::features::TrainFeature;

/// Most tokens that are answered to find out how fast that is.
const ASKED_TOKENS: usize = 1024;

/// Tokens a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// While training, the optimizer's steps included.
    pub training: f64,
    /// While answering.
    pub answering: f64,
}

/// Measures for about as long as `limit`, and at least one micro-batch after one that warms up. The model is as it was.
///
/// # Errors
/// As [`Trainer::new`].
pub fn measure(
    model: &Model,
    features: Vec<TrainFeature>,
    settings: &TrainSettings,
    limit: Duration,
) -> Result<Pace, TrainError> {
    let mut tokens = 0;
    let windows = features.iter().map(|feature| &feature.window);
    let asked = AskBatch::pack(windows.take_while(|window| {
        let is_first = tokens == 0;
        tokens += window.ids.len();
        is_first || tokens <= ASKED_TOKENS
    }));
    let mut trainer = Trainer::new(model.clone(), features, settings)?;
    let training = training(&mut trainer, limit)?;
    let began = Instant::now();
    let _ = logits(model, &asked);
    Ok(Pace { training, answering: per_second(asked.packed.tokens(), began.elapsed()) })
}

fn training<E: Engine>(trainer: &mut Trainer<E>, limit: Duration) -> Result<f64, TrainError> {
    let mut batch = trainer.next_batch();
    trainer.backward(&mut batch)?;
    let (mut tokens, mut computing) = (0, Duration::ZERO);
    while tokens == 0 || computing < limit {
        if batch.is_whole() {
            batch = trainer.next_batch();
        }
        let (before, began) = (batch.rows, Instant::now());
        trainer.backward(&mut batch)?;
        computing += began.elapsed();
        tokens += batch.rows - before;
    }
    // The first step makes room for what the optimizer keeps.
    trainer.step(&batch)?;
    let began = Instant::now();
    trainer.step(&batch)?;
    let steps = tokens as f64 / trainer.tokens_a_step();
    Ok(per_second(tokens, computing + began.elapsed().mul_f64(steps)))
}

fn per_second(tokens: usize, time: Duration) -> f64 {
    tokens as f64 / time.as_secs_f64().max(1e-6)
}
