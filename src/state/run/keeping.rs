//! Runs that the browser keeps, and workers that die under them.

use super::{Run, RunStatus};
use crate::answer::TOKENS_PER_PASS;
use crate::state::words::train as words;
use crate::train::KeptRun;

/// Deaths at one and the same step after which a smaller micro-batch is proposed; at the next one the run is given up.
const PROPOSED_AFTER: usize = 2;

/// Tokens that are trained in the time of the longest computation between two signs of life, which is a pass of answering.
const QUIET_TOKENS: f64 = TOKENS_PER_PASS as f64 / 3.0;
/// Milliseconds between two questions whether the worker is still there.
pub const GREETED_EVERY_MS: u32 = 1000;
/// A worker is never given up earlier: computers pause for a moment.
const PATIENCE_MIN_MS: f64 = 3000.0;

/// Where and how often the worker died under a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deaths {
    step: usize,
    count: usize,
}

impl Run {
    /// Why a kept run cannot go on with this model and these questions; `None` where it can.
    pub fn mismatch(kept: &KeptRun, model: Option<&str>, data: &str) -> Option<String> {
        match model {
            None => Some(words::KEPT_WAITS.to_owned()),
            Some(model) if model != kept.model => Some(words::kept_other_model(kept)),
            Some(_) if data != kept.data => Some(words::KEPT_OTHER_DATA.to_owned()),
            Some(_) => None,
        }
    }

    /// A kept run is taken up again.
    pub fn take_up(&mut self, kept: &KeptRun, parameters: usize) {
        self.start(kept.settings.clone(), parameters);
        self.id.clone_from(&kept.id);
        self.data.clone_from(&kept.data);
        self.fresh_head = kept.fresh_head;
    }

    /// A run that ended is made longer.
    pub fn ask_for_more(&mut self, epochs: usize) {
        self.status = RunStatus::Starting;
        (self.stopping, self.deaths) = (false, Deaths::default());
        self.note(words::log_more(epochs));
    }

    /// Whether the run ended and can be made longer: its end is kept.
    pub fn can_train_more(&self) -> bool {
        self.is_finished() && !self.steps.is_empty() && self.checkpoint == Some(self.steps.len())
    }

    /// The worker died under the run. It goes on from the newest checkpoint, unless it dies at one step again and again.
    pub fn lose_worker(&mut self, why: &str, micro_batch: usize) {
        if !self.is_active() {
            return;
        }
        let step = self.steps.len();
        let is_same = self.deaths.count > 0 && self.deaths.step == step;
        self.deaths = Deaths { step, count: if is_same { self.deaths.count + 1 } else { 1 } };
        self.note(words::log_lost(why, self.checkpoint));
        if self.deaths.count >= PROPOSED_AFTER {
            let proposal = words::smaller_micro_batch(step, micro_batch / 2);
            self.note(proposal.clone());
            if self.deaths.count > PROPOSED_AFTER {
                self.status = RunStatus::Failed { message: proposal };
                return;
            }
        }
        self.pausing = false;
        self.status = RunStatus::Starting;
    }

    /// Milliseconds that its worker may be silent before it counts as dead, at the pace of its newest steps; `None` while no pace is known.
    /// Twice as long after a death, and longer at each more in one place: the computer may have become slower than the steps say.
    pub fn patience_ms(&self) -> Option<f64> {
        let pace = self.recent_pace().filter(|_| self.status != RunStatus::Starting)?;
        let longest = 1000.0 * QUIET_TOKENS / pace.max(1.0);
        let patience = (f64::from(GREETED_EVERY_MS) + 1.5 * longest).max(PATIENCE_MIN_MS);
        Some(patience * (1 + self.deaths.count) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{plan, step};
    use super::*;
    use crate::protocol::Event;
    use crate::train::{Ending, StepReport, TrainSettings};

    fn running() -> Run {
        let mut run = Run::default();
        run.start(TrainSettings::default(), 22);
        run.apply(&Event::TrainingStarted(plan(6)));
        (1..=3).for_each(|index| run.apply(&Event::Step(step(index, 6, 1.0))));
        run.apply(&Event::Checkpoint { step: 2, failure: None });
        run
    }

    fn kept() -> KeptRun {
        let steps = vec![step(1, 6, 1.0), step(2, 6, 1.0)];
        KeptRun {
            id: "7".to_owned(),
            model: "m".to_owned(),
            data: "d".to_owned(),
            plan: plan(6),
            steps,
            ..KeptRun::default()
        }
    }

    #[test]
    fn a_kept_run_goes_on_with_the_same_model_and_questions_alone() {
        let kept = kept();
        assert_eq!(Run::mismatch(&kept, Some("m"), "d"), None);
        assert!(Run::mismatch(&kept, Some("n"), "d").unwrap().contains('m'));
        assert!(Run::mismatch(&kept, Some("m"), "e").is_some() && Run::mismatch(&kept, None, "d").is_some());
        let mut run = Run::default();
        run.take_up(&kept, 22);
        assert!(run.is_active() && run.id == "7" && run.steps.is_empty());
        run.apply(&Event::TrainingStarted(plan(6)));
        run.apply(&Event::TakenUp(kept));
        assert_eq!((run.steps.len(), run.checkpoint, run.status.clone()), (2, Some(2), RunStatus::Running));
    }

    #[test]
    fn a_worker_that_dies_costs_the_steps_since_the_checkpoint() {
        let mut run = running();
        run.lose_worker("out of memory", 512);
        assert_eq!(run.status, RunStatus::Starting);
        let said = &run.log.last().unwrap().text;
        assert!(said.contains("out of memory") && said.contains("step 2"), "{said}");
        run.apply(&Event::TrainingStarted(plan(6)));
        run.apply(&Event::TakenUp(kept()));
        run.apply(&Event::Step(step(3, 6, 1.0)));
        assert_eq!(run.steps.len(), 3);
    }

    #[test]
    fn a_worker_that_dies_at_one_step_again_and_again_needs_a_smaller_micro_batch() {
        let mut run = running();
        run.lose_worker("out of memory", 512);
        assert!(!run.log.last().unwrap().text.contains("256"));
        run.lose_worker("out of memory", 512);
        assert!(run.log.last().unwrap().text.contains("256") && run.is_active());
        run.lose_worker("out of memory", 512);
        assert!(matches!(&run.status, RunStatus::Failed { message } if message.contains("256")));
        let mut run = running();
        for index in 4..=6 {
            run.lose_worker("ended", 512);
            run.apply(&Event::Step(step(index, 9, 1.0)));
            assert!(run.is_active(), "further each time");
        }
    }

    #[test]
    fn a_run_waits_and_goes_on() {
        let mut run = running();
        run.ask_to_pause();
        assert!(run.pausing && run.status == RunStatus::Running);
        run.apply(&Event::Paused);
        assert!(run.status == RunStatus::Paused && run.is_active() && !run.pausing);
        run.apply(&Event::WentOn);
        assert_eq!(run.status, RunStatus::Running);
    }

    #[test]
    fn only_a_run_whose_end_is_kept_is_made_longer() {
        let mut run = running();
        assert!(!run.can_train_more());
        run.apply(&Event::TrainingFinished {
            ending: Ending::Stopped,
            kept_step: 3,
            steps: 3,
            elapsed_ms: 3100.0,
            memory_bytes: 1,
        });
        assert!(!run.can_train_more());
        run.apply(&Event::Checkpoint { step: 3, failure: None });
        assert!(run.can_train_more());
        run.ask_for_more(2);
        assert!(run.is_active() && run.steps.len() == 3);
        run.apply(&Event::TrainingStarted(plan(5)));
        let times: Vec<f64> = run.log.iter().map(|line| line.elapsed_ms).collect();
        assert!(times.is_sorted() && times[times.len() - 1] > 0.0, "{times:?}");
        run.apply(&Event::TakenUp(kept()));
        assert_eq!((run.steps.len(), run.steps_total()), (2, 5), "what the steps of before said is over");
    }

    #[test]
    fn patience_follows_the_pace() {
        let mut run = Run::default();
        run.start(TrainSettings::default(), 22);
        run.apply(&Event::TrainingStarted(plan(6)));
        assert_eq!(run.patience_ms(), None, "nothing is known of the pace before the first step");
        run.apply(&Event::Step(step(1, 6, 1.0)));
        assert_eq!(run.patience_ms(), Some(3000.0));
        let slow = |index| StepReport { tokens_per_second: 150.0, ..step(index, 12, 1.0) };
        (2..=9).for_each(|index| run.apply(&Event::Step(slow(index))));
        let patience = run.patience_ms().unwrap();
        assert!(
            (patience - 7827.0).abs() < 1.0,
            "one and a half times 4.55 seconds, and one for the question: {patience}"
        );
        run.lose_worker("it was silent", 512);
        assert_eq!(run.patience_ms(), None, "the next one reads the model first");
        run.apply(&Event::TrainingStarted(plan(6)));
        run.apply(&Event::TakenUp(kept()));
        assert_eq!(run.patience_ms(), Some(6000.0), "it may have been slow, and not dead");
    }
}
