//! A fine-tuning run, as the Train view shows it.

pub mod form;
pub mod history;
pub mod keeping;
pub mod obstacle;
pub mod pacing;
pub mod planning;
pub mod preset;
#[cfg(test)]
pub(crate) mod tests;

use crate::protocol::{Event, Folding, Plan};
use crate::state::words::train as words;
use crate::train::blend::LeftOut;
use crate::train::{Ending, KeptRun, Measurement, StepReport, TrainSettings};

use keeping::Deaths;

pub use form::{Field, Form};
pub use keeping::GREETED_EVERY_MS;
pub use pacing::{PaceKey, Pacing};
pub use planning::{PlanKey, Planning};
pub use preset::Preset;

/// Steps whose mean is shown as the pace: one alone jumps with the lengths of its windows.
const PACE_STEPS: usize = 8;

/// Where a run stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum RunStatus {
    /// None was started.
    #[default]
    Idle,
    /// Asked for, not begun.
    Starting,
    /// Steps are made.
    Running,
    /// Waits until it shall go on.
    Paused,
    /// Ended by itself or by Stop.
    Finished {
        /// How.
        ending: Ending,
        /// The step whose weights the model has now.
        kept_step: usize,
        /// Steps made.
        steps: usize,
        /// Milliseconds from the start.
        elapsed_ms: f64,
    },
    /// Could not begin, or came apart.
    Failed {
        /// What happened, where, and what to do.
        message: String,
    },
}

/// What the folds of a run have decided.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Blended {
    /// How far it goes from the model that it began with to the one that it trained, 0 to 1.
    pub share: f32,
    /// Folds that there were.
    pub folds: usize,
    /// What became of the questions that they held back.
    pub left_out: LeftOut,
}

/// Something worth keeping of a run, and when it happened.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    /// Milliseconds from the start.
    pub elapsed_ms: f64,
    /// What happened.
    pub text: String,
}

/// A run, and what is known before the next one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// Where it stands.
    pub status: RunStatus,
    /// Runs that were asked for in this page: the number of this one.
    pub number: usize,
    /// Told apart from other runs by this, also after a reload.
    pub id: String,
    /// Fingerprint of the questions that it trains on.
    pub data: String,
    /// Seed of the head that it begins with, where that was drawn.
    pub fresh_head: Option<u64>,
    /// The settings that it was started with.
    pub settings: TrainSettings,
    /// What it is made of.
    pub plan: Option<Plan>,
    /// Its steps so far.
    pub steps: Vec<StepReport>,
    /// What it was worth on the held-out questions.
    pub measurements: Vec<Measurement>,
    /// Held-out questions that are answered, and how many there are, while it is being measured.
    pub measuring: Option<(usize, usize)>,
    /// Where its folds are, once its own steps are made.
    pub folding: Option<Folding>,
    /// What its folds have decided.
    pub blended: Option<Blended>,
    /// Whether Stop was asked for.
    pub stopping: bool,
    /// Whether Pause was asked for.
    pub pausing: bool,
    /// Steps that the newest checkpoint holds.
    pub checkpoint: Option<usize>,
    /// Deaths of the worker.
    deaths: Deaths,
    /// The run that the browser keeps, as it was found when the page was opened.
    pub kept: Option<KeptRun>,
    /// What happened in it.
    pub log: Vec<LogLine>,
    /// Trainable numbers of the model that it trains.
    pub parameters: usize,
    /// How fast a run is on this computer.
    pub pacing: Pacing,
    /// What a run with the settings as they stand would be.
    pub planning: Planning,
}

impl Run {
    /// A new run is asked for; what was measured and planned stays known.
    pub fn start(&mut self, settings: TrainSettings, parameters: usize) {
        let (number, status) = (self.number + 1, RunStatus::Starting);
        let (pacing, planning) = (std::mem::take(&mut self.pacing), std::mem::take(&mut self.planning));
        *self = Self { status, number, settings, parameters, pacing, planning, ..Self::default() };
    }

    /// Whether the worker is busy with it.
    pub fn is_active(&self) -> bool {
        matches!(self.status, RunStatus::Starting | RunStatus::Running | RunStatus::Paused)
    }

    /// Whether it ended, by itself or by Stop.
    pub fn is_finished(&self) -> bool {
        matches!(self.status, RunStatus::Finished { .. })
    }

    /// Stop was asked for.
    pub fn ask_to_stop(&mut self) {
        if self.is_active() && !self.stopping {
            self.stopping = true;
            self.note(words::LOG_STOP.to_owned());
        }
    }

    /// Pause was asked for.
    pub fn ask_to_pause(&mut self) {
        if self.status == RunStatus::Running && !self.stopping {
            self.pausing = true;
        }
    }

    /// Steps of the whole run, as far as is known.
    pub fn steps_total(&self) -> usize {
        // Steps that were made before the run was made longer say what it was to be then.
        let reported = || self.steps.last().map_or(0, |report| report.steps_total);
        self.plan.as_ref().map_or_else(reported, |plan| plan.steps_total)
    }

    /// Tokens a second over the newest steps.
    pub fn recent_pace(&self) -> Option<f64> {
        let newest = &self.steps[self.steps.len().saturating_sub(PACE_STEPS)..];
        let sum: f64 = newest.iter().map(|report| report.tokens_per_second).sum();
        (!newest.is_empty()).then(|| sum / newest.len() as f64)
    }

    /// Milliseconds until it ends, its folds included, at the pace of its own steps.
    pub fn left_ms(&self) -> Option<f64> {
        let last = self.steps.last()?;
        let a_step = last.elapsed_ms / last.step.max(1) as f64;
        let Some(Folding { fold, folds, step, steps_total, .. }) = self.folding else {
            let whole = last.elapsed_ms + last.left_ms;
            return Some(last.left_ms + whole * (self.settings.runs() - 1.0));
        };
        Some(a_step * (steps_total.saturating_sub(step) + folds.saturating_sub(fold) * steps_total) as f64)
    }

    /// Takes a reply to the run's request.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::TrainingStarted(plan) => {
                self.status = RunStatus::Running;
                (self.steps, self.measurements, self.checkpoint) = (Vec::new(), Vec::new(), None);
                (self.folding, self.blended) = (None, None);
                self.note(words::log_started(plan));
                if !plan.left_out.is_empty() {
                    self.note(words::left_out(plan.left_out.len()));
                }
                self.plan = Some(plan.clone());
            }
            Event::TakenUp(kept) => {
                self.steps.clone_from(&kept.steps);
                self.measurements.clone_from(&kept.measurements);
                self.settings = kept.settings.clone();
                self.checkpoint = Some(self.steps.len());
                self.note(words::log_taken_up(self.steps.len()));
            }
            Event::Paused => {
                (self.status, self.pausing) = (RunStatus::Paused, false);
                self.note(words::LOG_PAUSED.to_owned());
            }
            Event::WentOn => {
                self.status = RunStatus::Running;
                self.note(words::LOG_WENT_ON.to_owned());
            }
            Event::Checkpoint { step, failure: None } => {
                let is_new = self.checkpoint.replace(*step) != Some(*step);
                if is_new {
                    self.note(words::log_checkpoint(*step));
                }
            }
            Event::Checkpoint { failure: Some(why), .. } => self.note(words::log_not_kept(why, self.checkpoint)),
            Event::Step(report) => {
                self.status = RunStatus::Running;
                self.steps.push(report.clone());
                if report.epoch > 0.0 && report.epoch.fract() == 0.0 {
                    self.note_epoch(report.epoch);
                }
            }
            Event::Folding(folding) => {
                self.folding = Some(folding.clone());
                if folding.step == 1 {
                    self.note(words::log_fold(folding));
                }
            }
            Event::Blended { share, folds, left_out } => {
                let blended = Blended { share: *share, folds: *folds, left_out: *left_out };
                self.note(words::blended(&blended));
                self.blended = Some(blended);
            }
            Event::Measuring { done, total } => self.measuring = Some((*done, *total)),
            Event::Measured(measurement) => {
                self.measuring = None;
                self.measurements.push(measurement.clone());
                self.note(words::log_measured(measurement));
            }
            Event::LittleRoom { needed, room } => self.note(words::log_little_room(*needed, *room)),
            Event::BestKept { step, failure: None } => self.note(words::log_best(*step)),
            Event::BestKept { failure: Some(why), .. } => self.note(words::log_best_not_kept(why)),
            Event::TrainingFinished { ending, kept_step, steps, elapsed_ms, memory_bytes } => {
                self.measuring = None;
                self.measure_pace();
                let (ending, kept_step, steps) = (*ending, *kept_step, *steps);
                self.status = RunStatus::Finished { ending, kept_step, steps, elapsed_ms: *elapsed_ms };
                let text = words::finished(self);
                self.log.push(LogLine { elapsed_ms: *elapsed_ms, text });
                if *memory_bytes > 0 {
                    let text = words::log_memory(*memory_bytes);
                    self.log.push(LogLine { elapsed_ms: *elapsed_ms, text });
                }
            }
            Event::Failed { message } => {
                self.status = RunStatus::Failed { message: message.clone() };
                self.note(message.clone());
            }
            _ => {}
        }
    }

    /// The steps as CSV, one line each under the field's names, numbers as they were measured.
    pub fn to_csv(&self) -> String {
        let names = "step,epoch,loss,learning_rate,grad_norm,tokens_per_second,elapsed_ms,exact_match,f1";
        let mut measurements = self.measurements.iter().peekable();
        let mut lines = vec![names.to_owned()];
        if let Some(Measurement { scores, .. }) = measurements.next_if(|made| made.step == 0) {
            lines.push(format!("0,0,,,,,0,{},{}", scores.exact_match, scores.f1));
        }
        for report in &self.steps {
            let StepReport { step, epoch, loss, learning_rate, grad_norm, tokens_per_second, elapsed_ms, .. } = report;
            let measured = measurements.next_if(|made| made.step <= *step);
            let scores = measured.map(|made| format!("{},{}", made.scores.exact_match, made.scores.f1));
            let scores = scores.unwrap_or_else(|| ",".to_owned());
            lines.push(format!(
                "{step},{epoch},{loss},{learning_rate},{grad_norm},{tokens_per_second},{elapsed_ms},{scores}"
            ));
        }
        lines.join("\n") + "\n"
    }

    /// Mean loss of the epoch that ends with the newest step.
    fn note_epoch(&mut self, epoch: f64) {
        let losses: Vec<f64> =
            self.steps.iter().rev().map_while(|report| (report.epoch > epoch - 1.0).then_some(report.loss)).collect();
        let mean = losses.iter().sum::<f64>() / losses.len().max(1) as f64;
        self.note(words::log_epoch(epoch as usize, mean));
    }

    fn measure_pace(&mut self) {
        if let (Some(plan), Some(last)) = (&self.plan, self.steps.last())
            && last.elapsed_ms > 0.0
        {
            let tokens = plan.tokens_per_epoch as f64 * last.epoch;
            let tokens_per_second = 1000.0 * tokens / last.elapsed_ms;
            self.pacing.learn(PaceKey::new(self.parameters, &self.settings), tokens_per_second);
        }
    }

    fn note(&mut self, text: String) {
        // A run that goes on has fewer steps for a moment; its time never runs back.
        let before = self.log.last().map_or(0.0, |line| line.elapsed_ms);
        let of_folds = self.folding.as_ref().map(|folding| folding.elapsed_ms);
        let now = of_folds.or(self.steps.last().map(|report| report.elapsed_ms));
        let elapsed_ms = now.map_or(before, |now| now.max(before));
        self.log.push(LogLine { elapsed_ms, text });
    }
}
