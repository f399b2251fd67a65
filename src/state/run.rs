//! A fine-tuning run, as the Train view shows it.

use crate::protocol::{Event, Plan};
use crate::train::{StepReport, TrainSettings};

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
    /// Ended by itself or by Stop.
    Finished {
        /// Whether it was stopped before its last step.
        stopped: bool,
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

/// A run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// Where it stands.
    pub status: RunStatus,
    /// The settings that it was started with.
    pub settings: TrainSettings,
    /// What it is made of.
    pub plan: Option<Plan>,
    /// Its steps so far.
    pub steps: Vec<StepReport>,
}

impl Run {
    /// A run that was asked for.
    pub fn starting(settings: TrainSettings) -> Self {
        Self { status: RunStatus::Starting, settings, ..Self::default() }
    }

    /// Whether the worker is busy with it.
    pub fn is_active(&self) -> bool {
        matches!(self.status, RunStatus::Starting | RunStatus::Running)
    }

    /// Takes a reply to the run's request.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::TrainingStarted(plan) => {
                self.status = RunStatus::Running;
                self.plan = Some(plan.clone());
            }
            Event::Step(report) => self.steps.push(report.clone()),
            Event::TrainingFinished { stopped, steps, elapsed_ms, .. } => {
                self.status = RunStatus::Finished { stopped: *stopped, steps: *steps, elapsed_ms: *elapsed_ms };
            }
            Event::Failed { message } => self.status = RunStatus::Failed { message: message.clone() },
            _ => {}
        }
    }

    /// The steps as CSV, one line each under the field's names.
    pub fn to_csv(&self) -> String {
        let mut csv = String::from("step,epoch,loss,learning_rate,grad_norm,tokens_per_second\n");
        for step in &self.steps {
            let StepReport { step, epoch, loss, learning_rate, grad_norm, tokens_per_second, .. } = step;
            csv.push_str(&format!("{step},{epoch},{loss},{learning_rate},{grad_norm},{tokens_per_second}\n"));
        }
        csv
    }
}
