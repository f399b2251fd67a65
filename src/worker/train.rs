//! Fine-tuning in the worker: one micro-batch after another, and in between whatever has been asked meanwhile.

use std::io::Write;

use web_time::{Duration, Instant};

use super::keep;
use super::model::{Loaded, brief};
use super::port::{Inbox, Incoming, Port};
use crate::browser::time::sleep_ms;
use crate::export::card::Training;
use crate::model::Parameters;
use crate::protocol::{Begin, Command, Event, HeadOrigin, Keeping, Plan};
use crate::squad::Dataset;
use crate::storage::opfs::OpfsFile;
use crate::storage::slots::Slots;
use crate::text::features::{TrainFeatures, train_features};
use crate::train::{Advance, KeptRun, ResumeError, TrainError, TrainSettings, Trainer, kept};

/// Longest time between two checkpoints, however many steps are to lie between them.
const KEEP_AFTER: Duration = Duration::from_mins(5);

/// What is to be trained on, and how.
pub struct Order {
    /// The questions.
    pub dataset: Dataset,
    /// The run's settings.
    pub settings: TrainSettings,
    /// How the run is kept.
    pub keeping: Keeping,
}

/// What a run with these settings would be.
///
/// # Errors
/// Which setting no run can have, or why nothing can be trained on.
pub fn plan(loaded: &Loaded, dataset: &Dataset, settings: &TrainSettings) -> Result<Plan, String> {
    let made = features(loaded, dataset, settings)?;
    Plan::new(&made, settings, &loaded.model.config, true).map_err(|error| format!("{error}."))
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
    every: usize,
    /// Step and time of the newest checkpoint.
    newest: (usize, Instant),
}

/// How a run ended.
struct Ended {
    stopped: bool,
    error: Option<TrainError>,
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
            let ended = desk.drive(inbox, loaded, &mut running).await;
            desk.finish(loaded, &order.dataset, running, ended);
        }
        Err(message) => port.last(id, Event::Failed { message }),
    }
}

async fn begin(desk: Desk<'_>, loaded: &mut Loaded, order: &Order) -> Result<Running, String> {
    let Keeping { id, begin, every_epochs, .. } = &order.keeping;
    let mut slots = None;
    if !id.is_empty() {
        match keep::open().await {
            Ok(opened) => slots = Some(opened),
            Err(error) => desk.reply(Event::Checkpoint { step: 0, failure: Some(error.to_string()) }),
        }
    }
    let found = slots.as_mut().filter(|_| *begin != Begin::Anew).and_then(keep::kept);
    let (trainer, start, run) = match (found.filter(|(_, run)| run.id == *id), slots.as_mut()) {
        (Some((has_start, run)), Some(slots)) => {
            let more = if let Begin::More(epochs) = begin { *epochs } else { 0 };
            let taken = take_up(loaded, order, slots, has_start, run, more)?;
            desk.reply(Event::ModelLoaded { info: loaded.info.clone() });
            desk.reply(Event::TrainingStarted(taken.2.plan.clone()));
            desk.reply(Event::TakenUp(taken.2.clone()));
            taken
        }
        _ if matches!(begin, Begin::More(_)) => {
            return Err("The run's checkpoint is gone from the browser's storage: start a new run.".to_owned());
        }
        _ => {
            let fresh = fresh(loaded, order)?;
            desk.reply(Event::TrainingStarted(fresh.2.plan.clone()));
            fresh
        }
    };
    let every = every_epochs * run.plan.windows.div_ceil(run.settings.batch_size);
    // A run that begins with weights which a reload would lose is kept from the start.
    let is_kept = start.is_none() || !run.steps.is_empty();
    let newest = (if is_kept { trainer.steps() } else { usize::MAX }, Instant::now());
    let mut running = Running { trainer, run, start, slots, every, newest };
    if !is_kept {
        desk.keep(&mut running);
    }
    Ok(running)
}

type Begun = (Trainer, Option<Parameters>, KeptRun);

/// A run from its first step, on the model as it is now.
fn fresh(loaded: &mut Loaded, order: &Order) -> Result<Begun, String> {
    let Order { dataset, settings, keeping } = order;
    let made = features(loaded, dataset, settings)?;
    let plan = Plan::new(&made, settings, &loaded.model.config, true).map_err(|error| format!("{error}."))?;
    let is_base = loaded.model.parameters.is_shared_with(&loaded.base.parameters);
    let start = (!is_base && !keeping.id.is_empty()).then(|| loaded.model.parameters.clone());
    let mut seen: Vec<_> = if is_base { Vec::new() } else { loaded.seen.iter().cloned().collect() };
    seen.sort();
    let fresh_head = if let HeadOrigin::Fresh { seed } = loaded.base.head { Some(seed) } else { None };
    let run = KeptRun {
        id: keeping.id.clone(),
        model: loaded.info.name.clone(),
        data: keeping.data.clone(),
        fresh_head,
        settings: settings.clone(),
        plan,
        steps: Vec::new(),
        seen,
    };
    // The trainer gets the only handle to the trained weights, so that its first step copies nothing that is not needed.
    let model = std::mem::replace(&mut loaded.model, loaded.base.clone());
    match Trainer::new(model.clone(), made.features, settings) {
        Ok(trainer) => Ok((trainer, start, run)),
        Err(error) => {
            loaded.model = model;
            Err(format!("{error}."))
        }
    }
}

/// A run as it was kept, made longer by `more` epochs.
fn take_up(
    loaded: &mut Loaded,
    order: &Order,
    slots: &mut Slots<OpfsFile>,
    has_start: bool,
    mut run: KeptRun,
    more: usize,
) -> Result<Begun, String> {
    let said = |error: ResumeError| sentence(&error.to_string());
    if let Some(seed) = run.fresh_head
        && loaded.base.head != (HeadOrigin::Fresh { seed })
    {
        loaded.fresh_head(seed);
    }
    let made = features(loaded, &order.dataset, &run.settings)?;
    let mut model = loaded.base.clone();
    let Some(mut input) = keep::reader(slots) else { return Err("The checkpoint cannot be read.".to_owned()) };
    let start: &mut [f32] = if has_start { model.parameters.values_mut() } else { &mut [] };
    kept::read_start(&mut input, start).map_err(said)?;
    let start = has_start.then(|| model.parameters.clone());
    let counted = made.clone();
    let mut trainer = Trainer::new(model, made.features, &run.settings).map_err(|error| format!("{error}."))?;
    trainer.take_up(&mut input).map_err(said)?;
    if more > 0 {
        trainer.extend(more);
        run.settings = trainer.settings().clone();
        run.plan =
            Plan::new(&counted, &run.settings, &loaded.model.config, true).map_err(|error| format!("{error}."))?;
    }
    loaded.model = loaded.base.clone();
    loaded.seen = run.seen.iter().cloned().collect();
    Ok((trainer, start, run))
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

    async fn drive(self, inbox: &mut Inbox, loaded: &Loaded, running: &mut Running) -> Ended {
        loop {
            match running.trainer.advance() {
                Ok(Advance::Finished) => return Ended { stopped: false, error: None },
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
                Err(error) => return Ended { stopped: true, error: Some(error) },
            }
            let mut asked = self.serve_waiting(inbox, loaded, &running.trainer).await;
            if asked.keep {
                self.keep(running);
            }
            if asked.pause && !asked.stop && !asked.go_on {
                asked.stop = self.wait(inbox, loaded, running).await;
            }
            if asked.stop {
                return Ended { stopped: true, error: None };
            }
        }
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

    /// Keeps a checkpoint, where the run is kept and has made steps since the newest.
    fn keep(self, running: &mut Running) {
        let step = running.trainer.steps();
        let Running { trainer, run, start, slots: Some(slots), newest, .. } = running else { return };
        if step == newest.0 {
            return;
        }
        self.reply(Event::Keeping);
        let start = start.as_ref().map(Parameters::values);
        let written = slots.write(|out: &mut dyn Write| kept::write(trainer, run, start, out));
        let failure = written.err().map(|error| match error.kind() {
            std::io::ErrorKind::StorageFull => "the browser gives this page no more storage".to_owned(),
            _ => error.to_string(),
        });
        *newest = (if failure.is_none() { step } else { newest.0 }, Instant::now());
        self.reply(Event::Checkpoint { step, failure });
    }

    fn finish(self, loaded: &mut Loaded, dataset: &Dataset, mut running: Running, ended: Ended) {
        let (steps, elapsed_ms) = (running.trainer.steps(), running.trainer.busy_ms());
        if let Some(error) = ended.error {
            // The weights are no longer worth keeping: the model stays as it was loaded.
            loaded.model = loaded.base.clone();
            loaded.info.head = loaded.model.head;
            loaded.training = None;
            loaded.measured = None;
            loaded.seen.clear();
            self.reply(Event::ModelLoaded { info: loaded.info.clone() });
            self.port.last(self.id, Event::Failed { message: format!("{error}. The model is as it was loaded.") });
            return;
        }
        loaded.measured = None;
        if steps > 0 {
            loaded.info.head = HeadOrigin::Trained;
        }
        self.reply(Event::ModelLoaded { info: loaded.info.clone() });
        let stopped = ended.stopped;
        self.reply(Event::TrainingFinished { stopped, steps, elapsed_ms, memory_bytes: memory_bytes() });
        // Nobody waits for this one: whatever is asked meanwhile comes after it.
        self.keep(&mut running);
        let Running { trainer, run, slots, .. } = running;
        // The files are closed, so that another tab can go on.
        drop(slots);
        loaded.model = trainer.into_model();
        if steps > 0 {
            loaded.model.head = HeadOrigin::Trained;
            loaded.training = Some(Training {
                questions: run.plan.questions,
                settings: run.settings,
                steps,
                steps_total: run.plan.steps_total,
                first_loss: run.steps.first().map(|report| report.loss),
                last_loss: run.steps.last().map(|report| report.loss),
            });
            let trained_on =
                dataset.questions().map(|(_, paragraph, q)| (q.question.clone(), paragraph.context.clone()));
            loaded.seen.extend(trained_on);
        }
        self.port.last(self.id, Event::Done);
    }
}

impl Running {
    /// Whether it is time for a checkpoint.
    fn is_due(&self) -> bool {
        let (step, at) = self.newest;
        let steps = self.trainer.steps();
        (self.every > 0 && steps >= step.saturating_add(self.every)) || at.elapsed() >= KEEP_AFTER
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
