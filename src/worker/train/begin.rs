//! How a run begins: at its first step, or where the browser's storage has it.

use web_time::Instant;

use super::{Desk, Order, Running, features, sentence};
use crate::browser::storage;
use crate::model::Parameters;
use crate::protocol::{Begin, Event, HeadOrigin, Keeping, Plan};
use crate::storage::opfs::OpfsFile;
use crate::storage::slots::Slots;
use crate::train::{KeptRun, ResumeError, Trainer, kept};
use crate::worker::keep;
use crate::worker::model::Loaded;

/// Begins a run, or goes on with the one that is kept.
///
/// # Errors
/// Which setting no run can have, why nothing can be trained on, or why the kept run cannot go on.
pub(super) async fn begin(desk: Desk<'_>, loaded: &mut Loaded, order: &Order) -> Result<Running, String> {
    let Keeping { id, begin, every_epochs, .. } = &order.keeping;
    let mut slots = None;
    if !id.is_empty() {
        match keep::open().await {
            Ok(opened) => slots = Some(opened),
            Err(error) => desk.reply(Event::Checkpoint { step: 0, failure: Some(error.to_string()) }),
        }
    }
    let best = if slots.is_some() && order.settings.watch.keep_best { keep::open_best().await.ok() } else { None };
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
    let with_moments = match &mut slots {
        Some(slots) => desk.has_room(slots, &run.plan, start.is_some()).await,
        None => true,
    };
    let mut running = Running { trainer, run, start, slots, best, every, with_moments, blended: None, newest };
    if !is_kept {
        desk.keep(&mut running);
    }
    Ok(running)
}

impl Desk<'_> {
    /// Whether two whole checkpoints fit into what the browser gives this page; says so where they do not.
    async fn has_room(self, slots: &mut Slots<OpfsFile>, plan: &Plan, has_start: bool) -> bool {
        // What the files have already is taken anew.
        let Some(room) = storage::room().await.map(|free| free + slots.bytes()) else { return true };
        let start = if has_start { plan.checkpoint_bytes / 3 } else { 0 };
        let needed = 2 * (plan.checkpoint_bytes + start);
        if needed > room {
            self.reply(Event::LittleRoom { needed, room });
        }
        needed <= room
    }
}

type Begun = (Trainer, Option<Parameters>, KeptRun);

/// A run from its first step, on the model as it is now.
fn fresh(loaded: &mut Loaded, order: &Order) -> Result<Begun, String> {
    let Order { dataset, settings, keeping, .. } = order;
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
        seen,
        ..KeptRun::default()
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
        run.extended_at = trainer.steps();
        (run.folds, run.folds_ms, run.share) = (Vec::new(), 0.0, None);
        run.settings = trainer.settings().clone();
        run.plan =
            Plan::new(&counted, &run.settings, &loaded.model.config, true).map_err(|error| format!("{error}."))?;
    }
    loaded.model = loaded.base.clone();
    loaded.seen = run.seen.iter().cloned().collect();
    Ok((trainer, start, run))
}
