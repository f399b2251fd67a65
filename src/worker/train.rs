//! Fine-tuning in the worker: one micro-batch after another, and in between whatever has been asked meanwhile.

use super::model::{Loaded, brief};
use super::port::{Inbox, Port};
use crate::browser::time::sleep_ms;
use crate::export::card::Training;
use crate::protocol::{Command, Event, HeadOrigin, Plan};
use crate::squad::Dataset;
use crate::text::features::{TrainFeatures, train_features};
use crate::train::{Advance, StepReport, TrainError, TrainSettings, Trainer};

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

/// Trains the model; the last reply says how it ended.
pub async fn run(
    port: &Port,
    inbox: &mut Inbox,
    id: u32,
    loaded: &mut Loaded,
    dataset: &Dataset,
    settings: &TrainSettings,
) {
    match begin(loaded, dataset, settings) {
        Ok((trainer, plan)) => {
            port.reply(id, Event::TrainingStarted(plan.clone()));
            let ended = drive(port, inbox, id, loaded, trainer).await;
            finish(port, id, loaded, dataset, settings, &plan, ended);
        }
        Err(message) => port.last(id, Event::Failed { message }),
    }
}

fn begin(loaded: &mut Loaded, dataset: &Dataset, settings: &TrainSettings) -> Result<(Trainer, Plan), String> {
    let made = features(loaded, dataset, settings)?;
    let plan = Plan::new(&made, settings, &loaded.model.config, true).map_err(|error| format!("{error}."))?;
    // The trainer gets the only handle to the trained weights, so that its first step copies nothing that is not needed.
    let model = std::mem::replace(&mut loaded.model, loaded.base.clone());
    match Trainer::new(model.clone(), made.features, settings) {
        Ok(trainer) => Ok((trainer, plan)),
        Err(error) => {
            loaded.model = model;
            Err(format!("{error}."))
        }
    }
}

/// How a run ended, with the model as its last whole step left it.
struct Ended {
    trainer: Trainer,
    losses: Vec<f64>,
    stopped: bool,
    error: Option<TrainError>,
}

async fn drive(port: &Port, inbox: &mut Inbox, id: u32, loaded: &Loaded, mut trainer: Trainer) -> Ended {
    let mut losses = Vec::new();
    loop {
        let advanced = trainer.advance();
        let (stopped, error) = match advanced {
            Ok(Advance::Finished) => (false, None),
            Ok(Advance::Step(report)) => {
                let StepReport { loss, step, steps_total, .. } = report;
                losses.push(loss);
                port.reply(id, Event::Step(report));
                if step < steps_total && !serve_waiting(port, inbox, loaded, &trainer).await {
                    continue;
                }
                (step < steps_total, None)
            }
            Ok(Advance::MicroBatch) => {
                if !serve_waiting(port, inbox, loaded, &trainer).await {
                    continue;
                }
                (true, None)
            }
            Err(error) => (true, Some(error)),
        };
        return Ended { trainer, losses, stopped, error };
    }
}

/// Answers what was asked during the last micro-batch; returns whether the run shall stop.
async fn serve_waiting(port: &Port, inbox: &mut Inbox, loaded: &Loaded, trainer: &Trainer) -> bool {
    sleep_ms(0).await;
    let mut stop = false;
    while let Some(incoming) = inbox.try_next() {
        if super::is_foreign(port, &incoming) {
            continue;
        }
        stop |= matches!(incoming.command, Command::Stop);
        brief(port, incoming.id, incoming.command, loaded, trainer.model());
    }
    stop
}

fn finish(
    port: &Port,
    id: u32,
    loaded: &mut Loaded,
    dataset: &Dataset,
    settings: &TrainSettings,
    plan: &Plan,
    ended: Ended,
) {
    let Ended { trainer, losses, stopped, error } = ended;
    let (steps, elapsed_ms) = (trainer.steps(), trainer.busy_ms());
    if let Some(error) = error {
        // The weights are no longer worth keeping: the model stays as it was loaded.
        loaded.model = loaded.base.clone();
        loaded.info.head = loaded.model.head;
        loaded.training = None;
        loaded.measured = None;
        loaded.seen.clear();
        port.reply(id, Event::ModelLoaded { info: loaded.info.clone() });
        port.last(id, Event::Failed { message: format!("{error}. The model is as it was loaded.") });
        return;
    }
    loaded.model = trainer.into_model();
    loaded.measured = None;
    if steps > 0 {
        loaded.model.head = HeadOrigin::Trained;
        loaded.info.head = HeadOrigin::Trained;
        loaded.training = Some(Training {
            questions: plan.questions,
            settings: settings.clone(),
            steps,
            steps_total: plan.steps_total,
            first_loss: losses.first().copied(),
            last_loss: losses.last().copied(),
        });
        let trained_on = dataset.questions().map(|(_, paragraph, q)| (q.question.clone(), paragraph.context.clone()));
        loaded.seen.extend(trained_on);
    }
    port.reply(id, Event::ModelLoaded { info: loaded.info.clone() });
    port.last(id, Event::TrainingFinished { stopped, steps, elapsed_ms, memory_bytes: memory_bytes() });
}

/// Size of this worker's memory; wasm's never shrinks, so that it is the peak.
fn memory_bytes() -> u64 {
    const PAGE: u64 = 64 << 10;
    core::arch::wasm32::memory_size(0) as u64 * PAGE
}
