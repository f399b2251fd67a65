//! Runs as the page drives them: one tab at a time, watched, kept, and taken up again where the worker dies.

use gloo::timers::callback::Interval;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::desk::Desk;
use crate::browser::lock::{self, Ask};
use crate::browser::storage;
use crate::protocol::{Begin, Command, Event, HeldOut, Keeping};
use crate::squad::Dataset;
use crate::state::evaluation::measure::{Measurable, MeasureOn, options};
use crate::state::run::planning::{fingerprint, fingerprint_text};
use crate::state::run::{GREETED_EVERY_MS, Run, RunStatus};
use crate::state::words::train as words;
use crate::train::Ending;

/// Name of the lock that the training tab holds.
const LOCK: &str = "spanwise.training";
/// Silence after which a worker counts as dead that has made no step yet, or said that it would be silent.
const LONG_SILENCE_MS: f64 = 120_000.0;
/// A page that was itself asleep for so long has heard nothing, which says nothing, and the worker may have slept with it.
const ASLEEP_MS: f64 = 3_000.0;

/// A run that is over makes no more checkpoints, whatever it is told.
const EVERY_EPOCH: usize = 1;

/// What a run needs beside its settings.
pub struct Training {
    /// Its questions, as they were when it began.
    dataset: Dataset,
    /// What it is measured on while it goes on.
    held_out: Option<HeldOut>,
    /// Epochs between two checkpoints.
    every_epochs: usize,
    _lock: lock::Lock,
}

/// Begins a run that the page's state says is starting, where no other tab trains.
pub fn begin(desk: Desk, begin: Begin, every_epochs: usize) {
    spawn_local(async move {
        let Some(lock) = lock::take(LOCK, Ask::IfFree, || ()).await else {
            desk.run.update(|run| run.apply(&Event::Failed { message: words::OTHER_TAB.to_owned() }));
            return;
        };
        // Whatever it says, the run is kept as well as it goes.
        storage::persist().await;
        let dataset = desk.project.with_untracked(|project| project.dataset.clone());
        let held_out = held_out(desk);
        desk.training.set_value(Some(Training { dataset, held_out, every_epochs, _lock: lock }));
        draw_head(desk, begin);
    });
}

/// What is held back, where the run is to be measured on it.
fn held_out(desk: Desk) -> Option<HeldOut> {
    if desk.run.with_untracked(|run| run.settings.watch.every_epochs == 0) {
        return None;
    }
    let Measurable { dataset, total, .. } =
        desk.project.with_untracked(|project| MeasureOn::HeldOut.measurable(project));
    let longest = desk.model.with_untracked(|model| model.info().map(|info| info.max_position_embeddings))?;
    let options = options(&dataset, 0, longest);
    (total > 0).then_some(HeldOut { dataset, options })
}

/// Draws the head that the run begins with, then sends the run.
pub fn draw_head(desk: Desk, begin: Begin) {
    let Some(seed) = desk.run.with_untracked(|run| run.fresh_head).filter(|_| !matches!(begin, Begin::More(_))) else {
        send(desk, begin);
        return;
    };
    desk.ask_model(Command::FreshHead { seed }, &[], move |event, _, _| match event {
        Event::ModelLoaded { info } => {
            desk.take_model(info);
            send(desk, begin);
        }
        failed @ Event::Failed { .. } => apply(desk, &failed),
        _ => {}
    });
}

/// Sends the run to the worker. Its replies outlive the view: they change the page's state only.
fn send(desk: Desk, begin: Begin) {
    if desk.run.with_untracked(|run| run.stopping) {
        // Stop came before the worker heard of the run.
        let finished = Event::TrainingFinished {
            ending: Ending::Stopped,
            kept_step: 0,
            steps: 0,
            elapsed_ms: 0.0,
            memory_bytes: 0,
        };
        desk.run.update(|run| run.apply(&finished));
        return;
    }
    let Some((dataset, held_out, every_epochs)) = desk.training.with_value(|training| {
        let Training { dataset, held_out, every_epochs, .. } = training.as_ref()?;
        Some((dataset.clone(), held_out.clone(), *every_epochs))
    }) else {
        return;
    };
    let (settings, id, data) = desk.run.with_untracked(|run| (run.settings.clone(), run.id.clone(), run.data.clone()));
    let keeping = Keeping { id, data, every_epochs, begin };
    desk.ask_model(Command::Train { dataset, settings, keeping, held_out }, &[], move |event, _, _| match event {
        Event::ModelLoaded { info } => desk.take_model(info),
        event => apply(desk, &event),
    });
}

/// Takes an event into the run; a worker that died is no failure of the run.
pub fn apply(desk: Desk, event: &Event) {
    if matches!(event, Event::Failed { .. }) && desk.is_restarting() {
        return;
    }
    desk.run.update(|run| run.apply(event));
    if matches!(event, Event::TrainingStarted(_)) {
        // What was said before is of other weights from here on.
        desk.revision.update(|revision| *revision += 1);
    }
}

/// Asks what run the browser keeps, once a model is there. Where the worker was lost after the run of this page came to its end, its
/// trained model is taken back.
pub fn ask_kept(desk: Desk, was_lost: bool) {
    desk.ask_model(Command::AskKept, &[], move |event, _, _| {
        let Event::Kept { run: kept } = event else { return };
        // A run may have been started meanwhile.
        if desk.run.with_untracked(Run::is_active) {
            return;
        }
        // One that was stopped would go on: that is for the person to say.
        let id = desk.run.with_untracked(|run| run.is_finished().then(|| run.id.clone()));
        let is_whole = kept.as_ref().is_some_and(|kept| kept.is_finished() && Some(&kept.id) == id.as_ref());
        desk.run.update(|run| run.kept = kept);
        if was_lost && is_whole {
            take_up(desk, EVERY_EPOCH);
        }
    });
}

/// Takes up the run that the browser keeps, where it fits model and questions.
pub fn take_up(desk: Desk, every_epochs: usize) {
    let data = desk.project.with_untracked(|project| fingerprint_text(fingerprint(&project.dataset)));
    let model = desk.model.with_untracked(|model| model.info().cloned());
    let Some(kept) = desk.run.with_untracked(|run| run.kept.clone().filter(|_| !run.is_active())) else { return };
    let name = model.as_ref().map(|info| info.name.as_str());
    if Run::mismatch(&kept, name, &data).is_none() {
        desk.run.update(|run| run.take_up(&kept, model.map_or(0, |info| info.parameters)));
        begin(desk, Begin::GoOn, every_epochs);
    }
}

/// Watches over runs for as long as the page lives.
pub fn watch(desk: Desk) {
    let is_active = Memo::new(move |_| desk.run.with(Run::is_active));
    Effect::new(move |_| {
        if !is_active.get() {
            // The lock goes with it.
            desk.training.set_value(None);
        }
    });
    let visibility = ev::Custom::<web_sys::Event>::new("visibilitychange");
    let listening = leptos::leptos_dom::helpers::window_event_listener(visibility, move |_| {
        if document().hidden() {
            keep(desk);
        }
    });
    let last = StoredValue::new(now());
    let timer = Interval::new(GREETED_EVERY_MS, move || {
        let was_asleep = now() - last.get_value() > ASLEEP_MS;
        last.set_value(now());
        look(desk, was_asleep);
    });
    // They live as long as the page.
    timer.forget();
    std::mem::forget(listening);
}

/// Keeps a checkpoint of the run that is going on.
fn keep(desk: Desk) {
    if desk.run.with_untracked(|run| matches!(run.status, RunStatus::Running | RunStatus::Paused)) {
        desk.ask_model(Command::Keep, &[], |_, _, _| {});
    }
}

/// Asks the worker for a sign of life, and starts another where there was none for too long.
fn look(desk: Desk, was_asleep: bool) {
    // One that dies before its first step is missed, too, though later: who cuts texts into windows says nothing meanwhile.
    if !desk.run.with_untracked(Run::is_active) || desk.is_restarting() {
        return;
    }
    if was_asleep {
        desk.listen_anew();
    }
    let by_pace = desk.run.with_untracked(Run::patience_ms).filter(|_| !desk.is_quiet());
    if desk.silence_ms() > by_pace.unwrap_or(LONG_SILENCE_MS) {
        desk.end_worker("it gave no sign of life");
    } else {
        desk.ask_model(Command::Hello, &[], |_, _, _| {});
    }
}

fn now() -> f64 {
    js_sys::Date::now()
}
