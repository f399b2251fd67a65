//! The `model` role: one model, and everything that is done with it.

use std::collections::HashSet;

use super::audible::Audible;
use super::port::{Inbox, Incoming, Port};
use super::{evaluate, export, is_foreign, keep, load, train};
use crate::answer::{AnswerError, Answered, answer};
use crate::export::card::{Measured, Training};
use crate::model::Model;
use crate::protocol::{Command, Event, ModelInfo};
use crate::text::tokenizer::Tokenizer;

/// A model with all that came with it.
pub struct Loaded {
    /// What the page shows of it.
    pub info: ModelInfo,
    /// As it was loaded.
    pub base: Model,
    /// As it is now.
    pub model: Model,
    /// Its tokenizer.
    pub tokenizer: Tokenizer,
    /// The tokenizer's files, byte by byte, for the export.
    pub files: Vec<(String, Vec<u8>)>,
    /// The licence that its card names.
    pub licence: Option<String>,
    /// The newest evaluation of the model as it is now.
    pub measured: Option<Measured>,
    /// What it was trained on here; `None` where nothing was.
    pub training: Option<Training>,
    /// Question and context of everything that it was trained on here.
    pub seen: HashSet<(String, String)>,
}

impl Loaded {
    /// Draws the head of the model as it was loaded anew; what was trained here is dropped.
    pub fn fresh_head(&mut self, seed: u64) {
        self.base.fresh_head(seed);
        self.model = self.base.clone();
        self.info.head = self.model.head;
        self.training = None;
        self.measured = None;
        self.seen.clear();
    }
}

/// Serves requests until the page is gone.
pub async fn serve(port: Port, mut inbox: Inbox) {
    let mut loaded: Option<Loaded> = None;
    while let Some(incoming) = inbox.next().await {
        if is_foreign(&port, &incoming) {
            continue;
        }
        let Incoming { id, command, attachments, .. } = incoming;
        match (command, &mut loaded) {
            (Command::LoadModel { source }, _) => match load::load(&port, id, source, &attachments).await {
                Ok(new) => {
                    let info = new.info.clone();
                    loaded = Some(new);
                    port.last(id, Event::ModelLoaded { info });
                }
                Err(message) => port.last(id, Event::Failed { message }),
            },
            (Command::FreshHead { seed }, Some(loaded)) => {
                loaded.fresh_head(seed);
                port.last(id, Event::ModelLoaded { info: loaded.info.clone() });
            }
            (Command::Train { dataset, settings, keeping, held_out }, Some(loaded)) => {
                let order = train::Order { dataset, settings, keeping, held_out };
                train::run(&port, &mut inbox, id, loaded, order).await;
            }
            (Command::AskKept, _) => {
                let run = keep::open().await.ok().and_then(|mut slots| keep::kept(&mut slots));
                port.last(id, Event::Kept { run: run.map(|(_, run)| run) });
            }
            (Command::Forget, _) => port.last(
                id,
                match keep::forget().await {
                    Ok(()) => Event::Kept { run: None },
                    Err(error) => Event::Failed { message: format!("The kept run could not be dropped: {error}.") },
                },
            ),
            (Command::Evaluate { dataset, options }, Some(loaded)) => {
                let measured = evaluate::run(&port, &mut inbox, id, loaded, &dataset, &options).await;
                loaded.measured = measured.or(loaded.measured);
            }
            (command, Some(loaded)) => brief(&port, id, command, loaded, &loaded.model),
            (Command::Hello | Command::Stop | Command::Pause | Command::GoOn | Command::Keep, None) => {
                port.last(id, Event::Done);
            }
            (_, None) => {
                let message = "There is no model yet. Wait until it is loaded, or choose one.".to_owned();
                port.last(id, Event::Failed { message });
            }
        }
    }
}

/// Requests that are answered at once, also between two micro-batches: `model` is then the one in training.
pub fn brief(port: &Port, id: u32, command: Command, loaded: &Loaded, model: &Model) {
    if is_quiet(&command) {
        port.event(Event::Quiet);
    }
    let event = match command {
        Command::Hello | Command::Stop | Command::Pause | Command::GoOn | Command::Keep => Event::Done,
        Command::Ask { items, options, top_k, compare_base } => {
            let pairs: Vec<_> = items.iter().map(|item| (item.question.as_str(), item.context.as_str())).collect();
            let best = |model: &Model| {
                let mut answers = answer(&Audible { model, port }, &loaded.tokenizer, &pairs, &options)?;
                answers.iter_mut().for_each(|answered| answered.spans.truncate(top_k.max(1)));
                Ok(answers)
            };
            match ask(loaded, model, compare_base, best) {
                Ok((answers, base)) => Event::Answers { answers, base },
                Err(error) => Event::Failed { message: format!("{error}.") },
            }
        }
        Command::Coverage { text } => match loaded.tokenizer.coverage(&text) {
            Ok(coverage) => Event::Coverage {
                unknown_share: coverage.unknown_share,
                pieces_per_word: coverage.pieces_per_word,
                words: coverage.words,
            },
            Err(error) => Event::Failed { message: format!("{error}.") },
        },
        Command::CountTokens { texts } => match texts.iter().map(|text| loaded.tokenizer.count(text)).collect() {
            Ok(counts) => Event::TokensCounted { counts },
            Err(error) => Event::Failed { message: format!("{error}.") },
        },
        Command::Plan { dataset, settings } => match train::plan(loaded, &dataset, &settings) {
            Ok(plan) => Event::Planned(plan),
            Err(message) => Event::Failed { message },
        },
        Command::MeasurePace { dataset, settings } => match train::measure_pace(loaded, &dataset, &settings) {
            Ok(pace) => Event::PaceMeasured(pace),
            Err(message) => Event::Failed { message },
        },
        Command::ExportWeights { precision } => {
            export::weights(port, id, loaded, model, precision);
            return;
        }
        Command::LoadModel { .. }
        | Command::FreshHead { .. }
        | Command::Train { .. }
        | Command::Evaluate { .. }
        | Command::AskKept
        | Command::Forget => {
            Event::Failed { message: "The model is busy. Wait until it is done, or stop it first.".to_owned() }
        }
        Command::ReadDataset { .. } => {
            Event::Failed { message: "this worker holds the model and reads no datasets".to_owned() }
        }
    };
    port.last(id, event);
}

/// Whether no sign of life is given while it is answered: texts are cut into tokens, or files are made.
fn is_quiet(command: &Command) -> bool {
    matches!(
        command,
        Command::Coverage { .. }
            | Command::CountTokens { .. }
            | Command::Plan { .. }
            | Command::MeasurePace { .. }
            | Command::ExportWeights { .. }
    )
}

type Both = (Vec<Answered>, Vec<Answered>);

/// What the model answers, and what it did as it was loaded, where that is to be compared.
fn ask(
    loaded: &Loaded,
    model: &Model,
    compare_base: bool,
    best: impl Fn(&Model) -> Result<Vec<Answered>, AnswerError>,
) -> Result<Both, AnswerError> {
    let now = best(model)?;
    let base = match compare_base {
        // Nothing was trained: both are the same.
        true if model.parameters.is_shared_with(&loaded.base.parameters) => now.clone(),
        true => best(&loaded.base)?,
        false => Vec::new(),
    };
    Ok((now, base))
}
