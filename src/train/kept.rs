//! What the page keeps of a run, beside its numbers, to offer it again after a reload: its settings, its steps so far, where it began.
//!
//! A kept run is the number of weights it began with (0 where that is the model as it was loaded), those weights, and a checkpoint of the
//! trainer whose notes are a [`KeptRun`].

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use super::blend::FoldMade;
use super::checkpoint::{Header, ResumeError, read_values, write_values};
use super::engine::Engine;
use super::trainer::Trainer;
use super::{Measurement, Plan, StepReport, TrainSettings};

/// Weights that are skipped at a time.
const CHUNK: usize = 1 << 14;

/// What a kept run was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptRun {
    /// Chosen by the page, another for each run.
    pub id: String,
    /// Name of the model that it began with.
    pub model: String,
    /// The page's fingerprint of the questions.
    pub data: String,
    /// Seed of the head, where it was drawn anew before the run.
    pub fresh_head: Option<u64>,
    /// Its settings.
    pub settings: TrainSettings,
    /// What it is made of.
    pub plan: Plan,
    /// Its steps so far.
    pub steps: Vec<StepReport>,
    /// What it was worth on the held-out questions.
    pub measurements: Vec<Measurement>,
    /// What its folds have said so far, once all of its steps were made.
    pub folds: Vec<FoldMade>,
    /// Milliseconds that they took.
    pub folds_ms: f64,
    /// How far from the model that it began with to the one that it trained they let it go; `None` before that is known.
    pub share: Option<f32>,
    /// Steps that it had when it was made longer: its patience counts from there.
    pub extended_at: usize,
    /// Question and context of what the model had been trained on before the run.
    pub seen: Vec<(String, String)>,
}

impl KeptRun {
    /// Whether all of its steps were made, or it got no better for too long.
    pub fn is_finished(&self) -> bool {
        let is_trained = self.steps.len() >= self.plan.steps_total;
        (is_trained && (self.settings.folds == 0 || self.share.is_some())) || self.is_over()
    }

    /// Whether it got no better for too long.
    pub fn is_over(&self) -> bool {
        self.settings.watch.is_over(&self.measurements, self.extended_at)
    }

    /// The step whose weights the run ends with.
    pub fn best_step(&self) -> usize {
        let best = self.settings.watch.best(&self.measurements).filter(|_| self.settings.watch.keep_best);
        best.map_or(self.steps.len(), |best| best.step)
    }
}

/// Writes a run; `start` has the weights that it began with, where those are not the model's as it was loaded.
///
/// # Errors
/// Where the storage or the device fails.
pub fn write<E: Engine>(
    trainer: &Trainer<E>,
    run: &KeptRun,
    start: Option<&[f32]>,
    with_moments: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let start = start.unwrap_or_default();
    out.write_all(&(start.len() as u64).to_le_bytes())?;
    write_values(out, start)?;
    trainer.save(serde_json::to_value(run)?, with_moments, out)
}

/// Reads where a run began into `start`, which has the model's weights as it was loaded; what follows is the trainer's checkpoint.
///
/// # Errors
/// Where the bytes end early, the storage fails, or the run began with another model.
pub fn read_start(input: &mut dyn Read, start: &mut [f32]) -> Result<(), ResumeError> {
    match read_len(input)? {
        0 => Ok(()),
        len if len == start.len() as u64 => Ok(read_values(input, start)?),
        _ => Err(ResumeError::OtherRun),
    }
}

/// Whether a run began with other weights than those that its model was loaded with, and what it was; its numbers are left alone.
///
/// # Errors
/// Where the bytes end early, or were written by another version.
pub fn peek(input: &mut dyn Read) -> Result<(bool, KeptRun), ResumeError> {
    let len = read_len(input)?;
    let mut left = len;
    let mut skipped = vec![0.0; CHUNK];
    while left > 0 {
        let count = left.min(CHUNK as u64);
        read_values(input, &mut skipped[..count as usize])?;
        left -= count;
    }
    let header = Header::peek(input)?;
    Ok((len > 0, serde_json::from_value(header.notes)?))
}

fn read_len(input: &mut dyn Read) -> io::Result<u64> {
    let mut len = [0; 8];
    input.read_exact(&mut len)?;
    Ok(u64::from_le_bytes(len))
}
