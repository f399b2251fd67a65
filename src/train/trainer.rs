//! The training loop, one micro-batch at a time, so that whoever drives it can do something else in between.

use std::io::{self, Read, Write};
use std::ops::Range;

use serde_json::Value;
use web_time::Instant;

use super::StepReport;
use super::checkpoint::{Header, Identity, ResumeError};
use super::engine::{Engine, Kernels, Step};
use super::sampler::{epoch_len, epoch_order};
use super::schedule::learning_rate;
use super::settings::{Answers, Length, SettingsError, TrainSettings};
use super::watch::Measurement;
use crate::model::{BatchError, Model};
use crate::nn::{Criterion, Dropouts};
use crate::text::batch::TrainBatch;
use crate::text::features::TrainFeature;

/// Why a run cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A setting that no run can have.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Nothing to train on.
    #[error("there is nothing to train on: mark at least one answer")]
    NoFeatures,
    /// A window that the model cannot read.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// Loss or gradient left the numbers.
    #[error(
        "training came apart at step {step}: the loss is no number any more. Start again with a lower learning rate"
    )]
    Diverged {
        /// The step, from 1.
        step: usize,
    },
    /// candle failed.
    #[error("the computation failed: {0}")]
    Candle(#[from] candle_core::Error),
}

/// What a call of [`Trainer::advance`] did.
#[derive(Clone, Debug, PartialEq)]
pub enum Advance {
    /// One micro-batch of a step; more follow.
    MicroBatch,
    /// The last micro-batch of a step, and the step itself.
    Step(StepReport),
    /// Nothing: the run has ended.
    Finished,
}

/// A fine-tuning run.
pub struct Trainer<E = Kernels> {
    engine: E,
    features: Vec<TrainFeature>,
    settings: TrainSettings,
    identity: Identity,
    /// Features of one epoch, and batches they make.
    epoch_len: usize,
    steps_total: usize,
    /// Steps made.
    steps: usize,
    order: Vec<usize>,
    batch: Option<Batch>,
    busy_ms: f64,
}

/// The batch in progress: what is left of it.
pub(super) struct Batch {
    features: Vec<usize>,
    micro_batches: Vec<Range<usize>>,
    next: usize,
    /// Which of its answers each question is trained on.
    turn: usize,
    /// Tokens so far.
    pub(super) rows: usize,
    loss: f64,
    busy_ms: f64,
}

impl Batch {
    /// Whether all of it is computed.
    pub(super) fn is_whole(&self) -> bool {
        self.next == self.micro_batches.len()
    }
}

impl Trainer {
    /// A run from step 0, on the CPU.
    ///
    /// # Errors
    /// Where a setting is impossible, there is nothing to train on, or a feature does not fit the model.
    pub fn new(model: Model, features: Vec<TrainFeature>, settings: &TrainSettings) -> Result<Self, TrainError> {
        settings.check(&model.config)?;
        Self::on(Kernels::new(model, settings), features, settings)
    }

    /// The model as trained so far; inside a step, as the last step left it.
    pub fn model(&self) -> &Model {
        self.engine.model()
    }

    /// Ends the run and hands the model back.
    pub fn into_model(self) -> Model {
        self.engine.into_model()
    }
}

impl<E: Engine> Trainer<E> {
    /// A run from step 0, wherever the engine computes.
    ///
    /// # Errors
    /// Where a setting is impossible, there is nothing to train on, or a feature does not fit the model.
    pub fn on(engine: E, features: Vec<TrainFeature>, settings: &TrainSettings) -> Result<Self, TrainError> {
        settings.check(&engine.model().config)?;
        let epoch_len = epoch_len(&features, settings);
        if epoch_len == 0 {
            return Err(TrainError::NoFeatures);
        }
        engine.model().config.check_batch(&TrainBatch::pack(&features, 0, 0).packed)?;
        let steps_total = settings.steps_total(epoch_len);
        let micro_batch = settings.micro_batch_tokens.unwrap_or_else(|| engine.micro_batch_tokens());
        Ok(Self {
            identity: Identity::new(engine.model(), &features, micro_batch, engine.state_order()),
            engine,
            features,
            settings: settings.clone(),
            epoch_len,
            steps_total,
            steps: 0,
            order: Vec::new(),
            batch: None,
            busy_ms: 0.0,
        })
    }

    /// Computes one micro-batch; after the last one of a batch, makes the step.
    ///
    /// # Errors
    /// Where the loss is no number any more, or the computation fails.
    pub fn advance(&mut self) -> Result<Advance, TrainError> {
        if self.steps == self.steps_total {
            return Ok(Advance::Finished);
        }
        let started = Instant::now();
        let mut batch = match self.batch.take() {
            Some(batch) => batch,
            None => self.next_batch(),
        };
        self.backward(&mut batch)?;
        let made = if batch.is_whole() { Some(self.step(&batch)?) } else { None };
        batch.busy_ms += elapsed_ms(started);
        if let Some(applied) = made {
            return Ok(Advance::Step(self.report(&batch, applied)));
        }
        self.batch = Some(batch);
        Ok(Advance::MicroBatch)
    }

    /// The features of the next step, cut into micro-batches.
    pub(super) fn next_batch(&mut self) -> Batch {
        let batches = self.batches();
        let (epoch, index) = (self.steps / batches, self.steps % batches);
        if index == 0 || self.order.is_empty() {
            self.order = epoch_order(&self.features, &self.settings, epoch);
        }
        let first = index * self.settings.batch_size;
        let features = self.order[first..(first + self.settings.batch_size).min(self.order.len())].to_vec();
        let limit = self.micro_batch_tokens();
        let lengths: Vec<usize> = features.iter().map(|index| self.features[*index].window.ids.len()).collect();
        let turn = if self.settings.answers == Answers::InTurn { epoch } else { 0 };
        Batch { features, micro_batches: cut(&lengths, limit), next: 0, turn, rows: 0, loss: 0.0, busy_ms: 0.0 }
    }

    /// Tokens that a micro-batch may hold: as set, or as the engine likes it.
    pub fn micro_batch_tokens(&self) -> usize {
        self.settings.micro_batch_tokens.unwrap_or_else(|| self.engine.micro_batch_tokens())
    }

    /// Loss and gradient of the next micro-batch.
    pub(super) fn backward(&mut self, batch: &mut Batch) -> Result<(), TrainError> {
        let members = &batch.features[batch.micro_batches[batch.next].clone()];
        let packed = TrainBatch::pack(members.iter().map(|index| &self.features[*index]), batch.turn, batch.rows);
        let weight = 1.0 / batch.features.len() as f32;
        let criterion = Criterion { weight, label_smoothing: self.settings.label_smoothing as f32 };
        batch.loss += self.engine.accumulate(&packed, criterion, self.dropouts())?;
        batch.rows += packed.packed.tokens();
        batch.next += 1;
        Ok(())
    }

    fn dropouts(&self) -> Dropouts {
        let config = &self.engine.model().config;
        let [hidden, attention, qa] = match self.settings.dropout {
            Some(dropout) => [dropout; 3],
            None => [config.dropout, config.attention_dropout, config.qa_dropout],
        };
        Dropouts { hidden, attention, qa, seed: self.settings.seed, step: self.steps as u32 }
    }

    /// Clips and applies the gradient; returns the learning rate and the gradient's norm.
    pub(super) fn step(&mut self, batch: &Batch) -> Result<(f64, f64), TrainError> {
        let rate = learning_rate(&self.settings, self.steps, self.steps_total);
        let TrainSettings { weight_decay, max_grad_norm, .. } = self.settings;
        let norm = self.engine.step(Step { learning_rate: rate, weight_decay, max_grad_norm })?;
        self.steps += 1;
        if norm.is_finite() && batch.loss.is_finite() {
            Ok((rate, norm))
        } else {
            Err(TrainError::Diverged { step: self.steps })
        }
    }

    fn report(&mut self, batch: &Batch, (learning_rate, grad_norm): (f64, f64)) -> StepReport {
        self.busy_ms += batch.busy_ms;
        let left = (self.steps_total - self.steps) as f64;
        StepReport {
            step: self.steps,
            steps_total: self.steps_total,
            epoch: self.epoch(),
            loss: batch.loss,
            learning_rate,
            grad_norm,
            tokens_per_second: 1000.0 * batch.rows as f64 / batch.busy_ms.max(1e-3),
            elapsed_ms: self.busy_ms,
            left_ms: left * self.busy_ms / self.steps as f64,
        }
    }

    /// Whether the run waits to be measured before it goes on; `made` are the measurements so far.
    pub fn is_unmeasured(&self, made: &[Measurement]) -> bool {
        self.batch.is_none() && self.settings.watch.is_due(made, self.steps, self.batches(), self.steps_total)
    }

    /// Passes over the data so far, a fraction.
    pub fn epoch(&self) -> f64 {
        self.steps as f64 / self.batches() as f64
    }

    /// Tokens of a step, on average.
    pub(super) fn tokens_a_step(&self) -> f64 {
        let tokens: usize = self.order.iter().map(|index| self.features[*index].window.ids.len()).sum();
        tokens as f64 / self.batches() as f64
    }

    /// Steps of an epoch.
    fn batches(&self) -> usize {
        self.epoch_len.div_ceil(self.settings.batch_size)
    }

    /// Tells the run apart from those with other data, settings or another model.
    pub fn fingerprint(&self) -> String {
        self.identity.fingerprint(&self.settings)
    }

    /// What computes.
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// Writes the run as the last whole step left it; a step in progress is made anew when the run is taken up again. Without its moments
    /// a run takes a third of the room, and is not the same when it goes on. `notes` come back from [`Self::take_up`].
    ///
    /// # Errors
    /// Where the storage or the device fails.
    pub fn save(&self, notes: Value, with_moments: bool, out: &mut dyn Write) -> io::Result<()> {
        Header::new(self.fingerprint(), self.steps, self.busy_ms, with_moments, notes).write(out)?;
        self.engine.write_state(out, with_moments)
    }

    /// Goes on where a run with the same model, data and settings was saved; returns its notes. The run must not have begun.
    ///
    /// # Errors
    /// Where the checkpoint cannot be read or belongs to another run; this one is then not to be used.
    pub fn take_up(&mut self, input: &mut dyn Read) -> Result<Value, ResumeError> {
        let header = Header::read(input, &self.fingerprint())?;
        self.engine.read_state(input, header.steps, header.with_moments)?;
        (self.steps, self.busy_ms) = (header.steps, header.busy_ms);
        (self.order, self.batch) = (Vec::new(), None);
        Ok(header.notes)
    }

    /// Lets the run go on for so many epochs after the one that it is in, or that it ended with, see [`Self::lengthen`]. A run that was
    /// stopped early does not take up the epochs that it was stopped from.
    pub fn extend(&mut self, epochs: usize) {
        let batches = self.batches();
        let mut length = self.settings.length();
        match &mut length.max_steps {
            Some(steps) => *steps = self.steps.saturating_add(epochs.saturating_mul(batches)),
            None => length.epochs = self.steps.div_ceil(batches).saturating_add(epochs),
        }
        self.lengthen(length);
    }

    /// Makes the run as long as that, which must be no fewer steps than it has made: moments, order of the data and number of steps go on,
    /// and the schedule is planned anew over the new length, as the Hugging Face trainer does where a run is resumed with more epochs.
    pub fn lengthen(&mut self, length: Length) {
        self.settings = self.settings.with_length(length);
        self.steps_total = self.settings.steps_total(self.epoch_len);
    }

    /// The settings of the run.
    pub fn settings(&self) -> &TrainSettings {
        &self.settings
    }

    /// Steps made so far.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Steps of the whole run.
    pub fn steps_total(&self) -> usize {
        self.steps_total
    }

    /// Milliseconds spent computing so far.
    pub fn busy_ms(&self) -> f64 {
        self.busy_ms
    }
}

fn elapsed_ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

/// Cuts sequences of these lengths into runs of at most `limit` tokens; a longer sequence is a run by itself.
fn cut(lengths: &[usize], limit: usize) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut tokens = 0;
    for (index, length) in lengths.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if tokens + length <= limit => {
                run.end = index + 1;
                tokens += length;
            }
            _ => {
                runs.push(index..index + 1);
                tokens = *length;
            }
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn micro_batches_keep_the_limit_and_lose_nothing() {
        assert_eq!(cut(&[5, 5, 5, 30, 5, 4, 2], 10), [0..2, 2..3, 3..4, 4..6, 6..7]);
        assert_eq!(cut(&[], 10), Vec::<std::ops::Range<usize>>::new());
    }
}
