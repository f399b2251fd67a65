//! Fine-tuning in the worker: one micro-batch after another, and in between whatever has been asked meanwhile.

mod begin;
mod checkpoints;
mod folds;

use web_time::{Duration, Instant};

use super::audible::Audible;
use super::evaluate::measure;
use super::model::{Loaded, brief};
use super::port::{Inbox, Incoming, Port};
use crate::answer::DecodeOptions;
use crate::browser::time::sleep_ms;
use crate::export::card::Training;
use crate::model::{Model, Parameters};
use crate::protocol::{Command, Event, HeadOrigin, HeldOut, Keeping, Plan};
use crate::squad::Dataset;
use crate::storage::opfs::OpfsFile;
use crate::storage::slots::Slots;
use crate::text::features::{TrainFeatures, train_features};
use crate::train::{Advance, Ending, KeptRun, Measurement, Pace, TrainSettings, Trainer, pace};
use begin::begin;

/// How long micro-batches are computed to find out how fast a run would be.
const PACE_FOR: Duration = Duration::from_secs(2);

/// What is to be trained on, and how.
pub struct Order {
    /// The questions.
    pub dataset: Dataset,
    /// The run's settings.
    pub settings: TrainSettings,
    /// How the run is kept.
    pub keeping: Keeping,
    /// What it is measured on, where it is.
    pub held_out: Option<HeldOut>,
}

/// What a run with these settings would be.
///
/// # Errors
/// Which setting no run can have, or why nothing can be trained on.
pub fn plan(loaded: &Loaded, dataset: &Dataset, settings: &TrainSettings) -> Result<Plan, String> {
    let made = features(loaded, dataset, settings)?;
    Plan::new(&made, settings, &loaded.model.config, true).map_err(|error| format!("{error}."))
}

/// How fast such a run would be.
///
/// # Errors
/// As [`plan`].
pub fn measure_pace(loaded: &Loaded, dataset: &Dataset, settings: &TrainSettings) -> Result<Pace, String> {
    let made = features(loaded, dataset, settings)?;
    pace::measure(&loaded.model, made.features, settings, PACE_FOR).map_err(|error| format!("{error}."))
}

fn features(loaded: &Loaded, dataset: &Dataset, settings: &TrainSettings) -> Result<TrainFeatures, String> {
    settings.check(&loaded.model.config).map_err(|error| format!("{error}."))?;
    train_features(dataset, &loaded.tokenizer, settings.max_seq_length, settings.doc_stride)
        .map_err(|error| format!("{error}."))
}

/// A run, and what is kept of it.
struct Running {
    trainer: Trainer,
    run: KeptRun,
    /// The weights that it began with, where those are not the model's as it was loaded.
    start: Option<Parameters>,
    slots: Option<Slots<OpfsFile>>,
    /// Where the weights of its best measurement are kept.
    best: Option<Slots<OpfsFile>>,
    every: usize,
    /// Whether checkpoints hold the optimizer's moments.
    with_moments: bool,
    /// What folds speak for, once they are made.
    blended: Option<Model>,
    /// Step and time of the newest checkpoint.
    newest: (usize, Instant),
}

/// How a run ended.
struct Ended {
    ending: Ending,
    error: Option<String>,
}

impl From<Ending> for Ended {
    fn from(ending: Ending) -> Self {
        Self { ending, error: None }
    }
}

/// What was asked between two micro-batches.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "any of them may have been asked at once")]
struct Asked {
    stop: bool,
    pause: bool,
    keep: bool,
    go_on: bool,
}

/// Trains the model; the last reply comes when the run has ended and is kept.
pub async fn run(port: &Port, inbox: &mut Inbox, id: u32, loaded: &mut Loaded, order: Order) {
    let desk = Desk { port, id };
    match begin(desk, loaded, &order).await {
        Ok(mut running) => {
            let ended = desk.drive(inbox, loaded, &mut running, &order).await;
            desk.finish(loaded, &order.dataset, running, ended);
        }
        Err(message) => port.last(id, Event::Failed { message }),
    }
}

/// Where replies go.
#[derive(Clone, Copy)]
struct Desk<'a> {
    port: &'a Port,
    id: u32,
}

impl Desk<'_> {
    fn reply(self, event: Event) {
        self.port.reply(self.id, event);
    }

    async fn drive(self, inbox: &mut Inbox, loaded: &Loaded, running: &mut Running, order: &Order) -> Ended {
        loop {
            // A run with folds ends with a model that is not there yet.
            if !running.waits_for_folds()
                && let Err(ended) = self.measure_where_due(inbox, loaded, running, order.held_out.as_ref()).await
            {
                return ended;
            }
            if running.run.is_over() {
                return Ending::NoBetter.into();
            }
            match running.trainer.advance() {
                Ok(Advance::Finished) => break,
                Ok(Advance::MicroBatch) => {}
                Ok(Advance::Step(report)) => {
                    let is_last = report.step == report.steps_total;
                    running.run.steps.push(report.clone());
                    self.reply(Event::Step(report));
                    if is_last {
                        continue;
                    }
                    if running.is_due() {
                        self.keep(running);
                    }
                }
                Err(error) => return Ended { ending: Ending::Stopped, error: Some(format!("{error}.")) },
            }
            if self.look(inbox, loaded, running).await {
                return Ending::Stopped.into();
            }
        }
        if running.run.settings.folds == 0 {
            return Ending::Complete.into();
        }
        match self.blend(inbox, loaded, running, order).await {
            Ok(Ending::Complete) => {}
            Ok(ending) => return ending.into(),
            Err(ended) => return ended,
        }
        let measured = self.measure_where_due(inbox, loaded, running, order.held_out.as_ref()).await;
        measured.err().unwrap_or(Ending::Complete.into())
    }

    async fn measure_where_due(
        self,
        inbox: &mut Inbox,
        loaded: &Loaded,
        running: &mut Running,
        held_out: Option<&HeldOut>,
    ) -> Result<(), Ended> {
        let Some(held_out) = held_out.filter(|_| running.trainer.is_unmeasured(&running.run.measurements)) else {
            return Ok(());
        };
        match self.measure(inbox, loaded, running, held_out).await {
            Ok(false) => Ok(()),
            Ok(true) => Err(Ending::Stopped.into()),
            Err(message) => Err(Ended { ending: Ending::Stopped, error: Some(message) }),
        }
    }

    /// Serves what was asked meanwhile, and waits where the run shall; returns whether it shall stop.
    async fn look(self, inbox: &mut Inbox, loaded: &Loaded, running: &mut Running) -> bool {
        let asked = self.serve_waiting(inbox, loaded, &running.trainer).await;
        if asked.keep {
            self.keep(running);
        }
        if asked.pause && !asked.stop && !asked.go_on { self.wait(inbox, loaded, running).await } else { asked.stop }
    }

    /// Measures the run as it stands, and keeps its weights where they are the best; returns whether it shall stop.
    async fn measure(
        self,
        inbox: &mut Inbox,
        loaded: &Loaded,
        running: &mut Running,
        held_out: &HeldOut,
    ) -> Result<bool, String> {
        let HeldOut { dataset, options } = held_out;
        // Answers may be as long as those that are trained on.
        let max_answer_length = options.max_answer_length.max(running.run.plan.longest_answer);
        let options = &DecodeOptions { max_answer_length, ..options.clone() };
        // Shared with the trainer: nothing is copied before its next step, and that comes later.
        let model = running.blended.as_ref().unwrap_or(running.trainer.model()).clone();
        let mut stop = false;
        let reader = Audible { model: &model, port: self.port };
        let made = measure(&reader, &loaded.tokenizer, dataset, options, async |done, total| {
            self.reply(Event::Measuring { done, total });
            stop = self.look(inbox, loaded, running).await;
            if stop { Err(String::new()) } else { Ok(()) }
        });
        let scores = match made.await {
            Ok((evaluation, _)) => evaluation.scores,
            Err(_) if stop => return Ok(true),
            Err(message) => return Err(message),
        };
        let (step, epoch) = (running.trainer.steps(), running.trainer.epoch());
        let measurement = Measurement { step, epoch, scores };
        running.run.measurements.push(measurement.clone());
        self.reply(Event::Measured(measurement));
        if running.run.settings.watch.keep_best && running.run.best_step() == step {
            self.keep_best(running, &model);
        }
        Ok(false)
    }

    /// Answers what was asked during the last micro-batch; says what the run shall do.
    async fn serve_waiting(self, inbox: &mut Inbox, loaded: &Loaded, trainer: &Trainer) -> Asked {
        sleep_ms(0).await;
        let mut asked = Asked::default();
        while let Some(incoming) = inbox.try_next() {
            self.serve(incoming, loaded, trainer, &mut asked);
        }
        asked
    }

    fn serve(self, incoming: Incoming, loaded: &Loaded, trainer: &Trainer, asked: &mut Asked) {
        if super::is_foreign(self.port, &incoming) {
            return;
        }
        match incoming.command {
            Command::Stop => asked.stop = true,
            Command::Pause => (asked.pause, asked.go_on) = (true, false),
            Command::GoOn => asked.go_on = true,
            Command::Keep => asked.keep = true,
            _ => {}
        }
        brief(self.port, incoming.id, incoming.command, loaded, trainer.model());
    }

    /// Waits until the run shall go on, a checkpoint kept; returns whether it shall stop instead.
    async fn wait(self, inbox: &mut Inbox, loaded: &Loaded, running: &mut Running) -> bool {
        self.reply(Event::Paused);
        self.keep(running);
        loop {
            // The page is gone where there is no next: so is the run.
            let Some(incoming) = inbox.next().await else { return true };
            let mut asked = Asked::default();
            self.serve(incoming, loaded, &running.trainer, &mut asked);
            if asked.keep {
                self.keep(running);
            }
            if asked.stop || asked.go_on {
                self.reply(Event::WentOn);
                return asked.stop;
            }
        }
    }

    fn finish(self, loaded: &mut Loaded, dataset: &Dataset, mut running: Running, ended: Ended) {
        let (steps, elapsed_ms) = (running.trainer.steps(), running.elapsed_ms());
        if let Some(error) = ended.error {
            // The weights are no longer worth keeping: the model stays as it was loaded.
            loaded.model = loaded.base.clone();
            loaded.info.head = loaded.model.head;
            loaded.training = None;
            loaded.measured = None;
            loaded.seen.clear();
            self.reply(Event::ModelLoaded { info: loaded.info.clone() });
            self.port.last(self.id, Event::Failed { message: format!("{error} The model is as it was loaded.") });
            return;
        }
        loaded.measured = None;
        // Folds may have spoken for the model as it was.
        let is_changed = steps > 0 && running.run.share != Some(0.0);
        if is_changed {
            loaded.info.head = HeadOrigin::Trained;
        }
        self.reply(Event::ModelLoaded { info: loaded.info.clone() });
        self.port.event(Event::Quiet);
        let best = running.blended.take().or_else(|| running.read_best());
        let (ending, kept_step) = (ended.ending, best.as_ref().map_or(steps, |_| running.run.best_step()));
        self.reply(Event::TrainingFinished { ending, kept_step, steps, elapsed_ms, memory_bytes: memory_bytes() });
        // Nobody waits for this one: whatever is asked meanwhile comes after it.
        self.keep(&mut running);
        let Running { trainer, run, slots, best: files, .. } = running;
        // The files are closed, so that another tab can go on.
        drop((slots, files));
        loaded.model = best.unwrap_or_else(|| trainer.into_model());
        if is_changed {
            loaded.model.head = HeadOrigin::Trained;
            loaded.training = Some(Training {
                questions: run.plan.questions,
                settings: run.settings,
                steps,
                steps_total: run.plan.steps_total,
                first_loss: run.steps.first().map(|report| report.loss),
                last_loss: run.steps.last().map(|report| report.loss),
                share: run.share,
            });
            let trained_on =
                dataset.questions().map(|(_, paragraph, q)| (q.question.clone(), paragraph.context.clone()));
            loaded.seen.extend(trained_on);
        }
        self.port.last(self.id, Event::Done);
    }
}

impl Running {
    /// Milliseconds spent computing so far, whole folds included.
    fn elapsed_ms(&self) -> f64 {
        self.trainer.busy_ms() + self.run.folds_ms
    }

    /// Whether all of its steps are made, and its folds are not.
    fn waits_for_folds(&self) -> bool {
        self.run.settings.folds > 0 && self.blended.is_none() && self.trainer.steps() == self.trainer.steps_total()
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).chain(['.']).collect())
}

/// Size of this worker's memory; wasm's never shrinks, so that it is the peak.
fn memory_bytes() -> u64 {
    const PAGE: u64 = 64 << 10;
    core::arch::wasm32::memory_size(0) as u64 * PAGE
}
