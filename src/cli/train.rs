//! `spanwise train`.

use std::fs::File;
use std::io::BufReader;

use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::args::TrainArgs;
use super::eval::{answer_all, sentence};
use super::{CliError, gpu, make_folder, progress, read_dataset, start_threads, write_file};
use crate::answer::scoring::score;
use crate::answer::{DecodeOptions, Reader};
use crate::export::predictions;
use crate::metrics::is_v2;
use crate::model::{Model, folder};
use crate::squad::Dataset;
use crate::storage::file;
use crate::storage::slots::Slots;
use crate::text::features::train_features;
use crate::text::tokenizer::Tokenizer;
use crate::train::device::OnDevice;
use crate::train::engine::Engine;
use crate::train::{Advance, Plan, StepReport, TrainSettings, Trainer};

pub(super) fn run(args: &TrainArgs) -> Result<(), CliError> {
    start_threads(args.threads)?;
    let settings = args.settings();
    let dataset = read_dataset(&args.data)?;
    let held_out = args.eval.as_deref().map(read_dataset).transpose()?;
    let (mut model, tokenizer) = folder::read(&args.model, args.seed)?;
    settings.check(&model.config).map_err(crate::train::TrainError::from)?;
    if args.fresh_head {
        model.fresh_head(args.seed);
    }
    // Before the long part, so that a folder that cannot be written is known at once.
    make_folder(&args.out)?;
    let made = train_features(&dataset, &tokenizer, settings.max_seq_length, settings.doc_stride)?;
    for finding in &made.left_out {
        eprintln!("left out: {}", finding.message);
    }
    let desk = Desk { args, tokenizer: &tokenizer, held_out: held_out.as_ref() };
    let plan = Plan::new(&made, &settings, &model.config, false)?;
    let begun = Begun { plan: &plan, settings: &settings };
    let log = match gpu(args.device)? {
        None => {
            desk.evaluate(&model, &[])?;
            let (trainer, log) = desk.drive(Trainer::new(model, made.features, &settings)?, &begun)?;
            let model = trainer.into_model();
            desk.keep(&model, &log, &settings)?;
            desk.evaluate(&model, &log)?;
            log
        }
        Some(device) => {
            let engine = OnDevice::new(model, &settings, &device)?;
            desk.evaluate(engine.composed(), &[])?;
            let (trainer, log) = desk.drive(Trainer::on(engine, made.features, &settings)?, &begun)?;
            desk.keep(&trainer.engine().download()?, &log, &settings)?;
            desk.evaluate(trainer.engine().composed(), &log)?;
            log
        }
    };
    desk.finish(&log);
    Ok(())
}

/// What a run is begun with.
struct Begun<'a> {
    plan: &'a Plan,
    settings: &'a TrainSettings,
}

/// What reports go through.
struct Desk<'a> {
    args: &'a TrainArgs,
    tokenizer: &'a Tokenizer,
    held_out: Option<&'a Dataset>,
}

impl Desk<'_> {
    /// Trains to the end; returns the log, an entry a step.
    fn drive<E: Engine>(&self, mut trainer: Trainer<E>, begun: &Begun) -> Result<(Trainer<E>, Vec<Value>), CliError> {
        let Begun { plan, settings } = begun;
        self.say(&json!({"event": "start", "questions": plan.questions, "left_out": plan.left_out.len(),
            "windows_per_epoch": plan.windows, "tokens_per_epoch": plan.tokens_per_epoch,
            "steps": plan.steps_total, "settings": settings, "micro_batch_tokens": trainer.micro_batch_tokens()}));
        let bar = progress(trainer.steps_total(), "training", self.args.json);
        let mut checkpoints = self.checkpoints()?;
        let mut log = self.take_up(&mut trainer, checkpoints.as_mut())?;
        bar.set_position(log.len() as u64);
        loop {
            match trainer.advance()? {
                Advance::MicroBatch => {}
                Advance::Step(report) => {
                    log.push(self.step(&report, &bar));
                    self.checkpoint(&trainer, &log, checkpoints.as_mut())?;
                }
                Advance::Finished => break,
            }
        }
        bar.finish_and_clear();
        Ok((trainer, log))
    }

    /// The two slots beside the model, where the run keeps checkpoints or goes on from one.
    fn checkpoints(&self) -> Result<Option<Slots<File>>, CliError> {
        if !self.args.resume && self.args.checkpoint_every.is_none() {
            return Ok(None);
        }
        let open = |name: &str| {
            let path = self.args.out.join(name);
            file::open(&path).map_err(|source| CliError::File { path, source })
        };
        Ok(Some(Slots::open([open("checkpoint-a.bin")?, open("checkpoint-b.bin")?])))
    }

    /// Goes on from the newest good checkpoint, where that is asked for and there is one; returns the log so far.
    fn take_up<E: Engine>(
        &self,
        trainer: &mut Trainer<E>,
        checkpoints: Option<&mut Slots<File>>,
    ) -> Result<Vec<Value>, CliError> {
        let content = checkpoints.filter(|_| self.args.resume).and_then(Slots::read);
        let Some(content) = content else { return Ok(Vec::new()) };
        let notes = trainer.take_up(&mut BufReader::new(content));
        let notes = notes.map_err(|source| CliError::Resume { path: self.args.out.clone(), source })?;
        let log = match notes {
            Value::Array(log) => log,
            _ => Vec::new(),
        };
        self.say(&json!({"event": "resumed", "step": log.len()}));
        if !self.args.json {
            println!("goes on after step {}", log.len());
        }
        Ok(log)
    }

    /// Keeps a checkpoint where it is time for one.
    fn checkpoint<E: Engine>(
        &self,
        trainer: &Trainer<E>,
        log: &[Value],
        checkpoints: Option<&mut Slots<File>>,
    ) -> Result<(), CliError> {
        let (Some(slots), Some(every)) = (checkpoints, self.args.checkpoint_every) else { return Ok(()) };
        if !log.len().is_multiple_of(every.get()) {
            return Ok(());
        }
        let written = slots.write(|out| trainer.save(json!(log), out));
        written.map_err(|source| CliError::Checkpoint { path: self.args.out.clone(), source })
    }

    /// A line for machines.
    fn say(&self, event: &Value) {
        if self.args.json {
            println!("{event}");
        }
    }

    /// Shows a step; returns its entry of the log, under the names that the Hugging Face trainer gives them.
    fn step(&self, report: &StepReport, bar: &ProgressBar) -> Value {
        self.say(&json!({"event": "step", "step": report.step, "epoch": report.epoch, "loss": report.loss,
            "learning_rate": report.learning_rate, "grad_norm": report.grad_norm,
            "tokens_per_second": report.tokens_per_second}));
        bar.set_position(report.step as u64);
        bar.set_message(format!("loss {:.3} · {:.0} tokens/s", report.loss, report.tokens_per_second));
        json!({"step": report.step, "epoch": report.epoch, "loss": report.loss,
            "learning_rate": report.learning_rate, "grad_norm": report.grad_norm})
    }

    /// Writes the trained model with its log.
    fn keep(&self, model: &Model, log: &[Value], settings: &TrainSettings) -> Result<(), CliError> {
        let (out, steps) = (&self.args.out, log.len());
        folder::write(out, model, &self.args.model)?;
        let state = json!({"global_step": steps, "epoch": epoch_of(log), "log_history": log, "settings": settings});
        write_file(&out.join("trainer_state.json"), &format!("{state:#}"))
    }

    /// The last line.
    fn finish(&self, log: &[Value]) {
        let (out, steps) = (&self.args.out, log.len());
        self.say(&json!({"event": "finished", "steps": steps, "out": out}));
        if !self.args.json {
            println!("{steps} steps; the model is in {}", out.display());
        }
    }

    /// Measures the model on the held-out questions, where there are any: before the run, while its log is empty, and after.
    fn evaluate(&self, model: &impl Reader, log: &[Value]) -> Result<(), CliError> {
        let Some(dataset) = self.held_out else { return Ok(()) };
        let (max_seq_length, doc_stride) = (self.args.max_seq_length, self.args.doc_stride);
        let allow_no_answer = is_v2(dataset);
        let options = DecodeOptions { max_seq_length, doc_stride, allow_no_answer, ..DecodeOptions::default() };
        let answers = answer_all(model, self.tokenizer, dataset, &options, self.args.json)?;
        let scores = score(dataset, &answers, allow_no_answer).scores;
        let mut event = json!(scores);
        event["event"] = json!("eval");
        event["step"] = json!(log.len());
        event["epoch"] = json!(epoch_of(log));
        self.say(&event);
        if !self.args.json {
            println!("{}: {}", if log.is_empty() { "before" } else { "after" }, sentence(&scores));
        }
        if !log.is_empty() {
            let results = predictions::eval_results(&scores, Some(epoch_of(log)));
            write_file(&self.args.out.join("eval_results.json"), &results)?;
        }
        Ok(())
    }
}

/// Passes over the data that a log tells of.
fn epoch_of(log: &[Value]) -> f64 {
    log.last().and_then(|entry| entry["epoch"].as_f64()).unwrap_or(0.0)
}
