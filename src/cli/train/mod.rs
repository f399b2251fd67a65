//! `spanwise train`.

mod folds;
mod keeping;
mod log;

use std::io::BufReader;

use candle_core::Device;
use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::args::TrainArgs;
use super::eval::{answer_all, note_unread, sentence};
use super::{CliError, gpu, make_folder, progress, read_dataset, start_threads, write_file};
use crate::answer::scoring::score;
use crate::answer::{DecodeOptions, Reader};
use crate::export::predictions;
use crate::metrics::{Scores, is_v2};
use crate::model::weights::Precision;
use crate::model::{HeadOrigin, Model, folder};
use crate::squad::Dataset;
use crate::squad::merge::merge;
use crate::text::features::{TrainFeature, TrainFeatures, train_features};
use crate::text::tokenizer::Tokenizer;
use crate::train::device::OnDevice;
use crate::train::engine::Engine;
use crate::train::{Advance, Measurement, Plan, StepReport, TrainError, TrainSettings, Trainer, best};
use keeping::{BEST, slots};
use log::Log;

pub(super) fn run(args: &TrainArgs) -> Result<(), CliError> {
    start_threads(args.compute.threads)?;
    let settings = args.settings();
    let mut dataset = Dataset::default();
    for path in &args.data {
        merge(&mut dataset, read_dataset(path)?);
    }
    let held_out = args.eval.as_deref().map(read_dataset).transpose()?;
    let (mut model, tokenizer) = folder::read(&args.model, args.seed)?;
    settings.check(&model.config).map_err(TrainError::from)?;
    if args.fresh_head {
        model.fresh_head(args.seed);
    } else if let HeadOrigin::Fresh { seed } = model.head {
        eprintln!(
            "note: this model has no question-answering head: one is drawn (seed {seed}), and trained from its beginning"
        );
    }
    // Before the long part, so that a folder that cannot be written is known at once.
    make_folder(&args.out)?;
    let made = train_features(&dataset, &tokenizer, settings.max_seq_length, settings.doc_stride)?;
    for finding in &made.left_out {
        eprintln!("left out: {}", finding.message);
    }
    let plan = Plan::new(&made, &settings, &model.config, false)?;
    let desk = Desk {
        args,
        settings: &settings,
        tokenizer: &tokenizer,
        held_out: held_out.as_ref(),
        dataset: &dataset,
        plan: &plan,
    };
    match gpu(args.compute.device)? {
        None => desk.train(made, &model),
        Some(device) => desk.train_on(made, &model, &device),
    }
}

/// What a run needs beside its model.
struct Desk<'a> {
    args: &'a TrainArgs,
    settings: &'a TrainSettings,
    tokenizer: &'a Tokenizer,
    held_out: Option<&'a Dataset>,
    dataset: &'a Dataset,
    plan: &'a Plan,
}

impl Desk<'_> {
    fn train(&self, made: TrainFeatures, model: &Model) -> Result<(), CliError> {
        let begin = |features, settings: &TrainSettings| Trainer::new(model.clone(), features, settings);
        self.drive(model, made.features, &begin)
    }

    fn train_on(&self, made: TrainFeatures, model: &Model, device: &Device) -> Result<(), CliError> {
        let begin = |features, settings: &TrainSettings| {
            Trainer::on(OnDevice::new(model.clone(), settings, device)?, features, settings)
        };
        self.drive(model, made.features, &begin)
    }

    /// Trains to the end, and writes what came of it.
    fn drive<E: Engine>(
        &self,
        base: &Model,
        features: Vec<TrainFeature>,
        begin: &Begin<'_, E>,
    ) -> Result<(), CliError> {
        let mut checkpoints = self.checkpoints()?;
        let kept = self.kept(checkpoints.as_mut())?;
        let length = kept.as_ref().and_then(|log| log.length).unwrap_or_else(|| self.settings.length());
        let mut trainer = begin(features, &self.settings.with_length(length))?;
        let mut log = match kept {
            Some(log) => self.take_up(log, &mut trainer, checkpoints.as_mut())?,
            None => Log { run: trainer.fingerprint(), length: Some(length), ..Log::default() },
        };
        if log.steps.is_empty() && !log.is_measured() {
            self.measure(&trainer, &mut log)?;
        }
        let plan = self.plan;
        self.say(&json!({"event": "start", "questions": plan.questions, "left_out": plan.left_out.len(),
            "windows_per_epoch": plan.windows, "tokens_per_epoch": plan.tokens_per_epoch,
            "steps": plan.steps_total, "settings": self.settings, "micro_batch_tokens": trainer.micro_batch_tokens()}));
        let taken_up = log.steps.len();
        let bar = progress(trainer.steps_total(), "training", self.args.json);
        bar.set_position(taken_up as u64);
        loop {
            if self.held_out.is_some() && trainer.is_unmeasured(&log.measurements) {
                self.measure(&trainer, &mut log)?;
            }
            if self.settings.watch.is_over(&log.measurements, log.extended_at) {
                self.tell(&format!("no better for {} measurements", self.settings.watch.patience.unwrap_or_default()));
                break;
            }
            match trainer.advance()? {
                Advance::MicroBatch => {}
                Advance::Step(report) => {
                    self.step(&report, &bar);
                    log.steps.push(report);
                    if self.is_time_to_keep(log.steps.len()) {
                        self.keep(&trainer, &log, checkpoints.as_mut())?;
                    }
                }
                Advance::Finished => break,
            }
        }
        bar.finish_and_clear();
        if self.args.checkpoint_every.is_some() && log.steps.len() > taken_up && !self.is_time_to_keep(log.steps.len())
        {
            // From here it can be made longer.
            self.keep(&trainer, &log, checkpoints.as_mut())?;
        }
        let blended = self.blend(base, begin, &trainer, &mut log, checkpoints.as_mut())?;
        self.finish(&trainer, &mut log, blended)
    }

    /// Measures the run as it stands, where there is something to measure on; keeps its weights where they are the best.
    fn measure<E: Engine>(&self, trainer: &Trainer<E>, log: &mut Log) -> Result<(), CliError> {
        // A run with folds ends with a model that is not there yet.
        if self.settings.folds > 0 && trainer.steps() == trainer.steps_total() {
            return Ok(());
        }
        let Some(scores) = self.scores(trainer.engine().reader(), trainer)? else { return Ok(()) };
        let step = trainer.steps();
        log.measurements.push(Measurement { step, epoch: trainer.epoch(), scores });
        let watch = &self.settings.watch;
        if watch.keep_best && watch.best(&log.measurements).is_some_and(|best| best.step == step) {
            let model = trainer.engine().trained()?;
            let values = model.parameters.values();
            let written = slots(&self.args.out, BEST)?.write(|out| best::write(&log.run, step, values, out));
            written.map_err(|source| CliError::Best { path: self.args.out.clone(), source })?;
        }
        Ok(())
    }

    /// How answers are chosen: they may be as long as those that are trained on.
    fn decoding(&self, allow_no_answer: bool) -> DecodeOptions {
        let (max_seq_length, doc_stride) = (self.args.max_seq_length, self.args.doc_stride);
        let usual = DecodeOptions::default();
        let max_answer_length = usual.max_answer_length.max(self.plan.longest_answer);
        DecodeOptions { max_seq_length, doc_stride, max_answer_length, allow_no_answer, ..usual }
    }

    /// Scores on the held-out questions, where there are any; says what they are.
    fn scores<E: Engine>(&self, reader: &impl Reader, trainer: &Trainer<E>) -> Result<Option<Scores>, CliError> {
        let Some(dataset) = self.held_out else { return Ok(None) };
        let allow_no_answer = is_v2(dataset);
        let options = self.decoding(allow_no_answer);
        let answers = answer_all(reader, self.tokenizer, dataset, &options, self.args.json)?;
        let step = trainer.steps();
        // Once is enough: it is the same each time.
        if step == 0 {
            note_unread(dataset, &answers);
        }
        let scores = score(dataset, &answers, allow_no_answer).scores;
        let mut event = json!(scores);
        event["event"] = json!("eval");
        event["step"] = json!(step);
        event["epoch"] = json!(trainer.epoch());
        self.say(&event);
        self.tell(&format!("after step {step}: {}", sentence(&scores)));
        Ok(Some(scores))
    }

    /// The trained model: that of the best measurement where it is asked for, or of the last step.
    fn chosen<E: Engine>(&self, trainer: &Trainer<E>, log: &Log) -> Result<(Model, usize), CliError> {
        let mut model = trainer.engine().trained()?;
        let watch = &self.settings.watch;
        let best = watch.best(&log.measurements).filter(|_| watch.keep_best);
        let Some(step) = best.map(|best| best.step).filter(|step| *step != trainer.steps()) else {
            return Ok((model, trainer.steps()));
        };
        let path = &self.args.out;
        let failed = |source| CliError::Best { path: path.clone(), source };
        let mut slots = slots(path, BEST)?;
        let taken = match slots.read() {
            Some(kept) => {
                let values = model.parameters.values_mut();
                best::read(&log.run, step, &mut BufReader::new(kept), values).map_err(failed)?
            }
            None => false,
        };
        if !taken {
            eprintln!("the weights of step {step}, the best, are gone: the last are written");
        }
        Ok((model, if taken { step } else { trainer.steps() }))
    }

    /// Measures what was not measured, and writes model and log.
    fn finish<E: Engine>(&self, trainer: &Trainer<E>, log: &mut Log, blended: Option<Model>) -> Result<(), CliError> {
        let out = &self.args.out;
        let (model, step) = match blended {
            Some(model) => (model, trainer.steps()),
            None => self.chosen(trainer, log)?,
        };
        if !log.is_measured()
            && let Some(scores) = self.scores(&model, trainer)?
        {
            log.measurements.push(Measurement { step: trainer.steps(), epoch: trainer.epoch(), scores });
        }
        folder::write(out, &model, Precision::F32, &self.args.model)?;
        write_file(&out.join("trainer_state.json"), &format!("{:#}", log.trainer_state(self.settings)))?;
        if let Some(made) = log.measurements.iter().find(|made| made.step == step) {
            write_file(&out.join("eval_results.json"), &predictions::eval_results(&made.scores, Some(made.epoch)))?;
        }
        // A run whose checkpoints stay may be taken up again, and then wants these.
        if self.args.checkpoint_every.is_none() && !self.args.resume {
            for name in BEST {
                // Most runs have none.
                let _ = std::fs::remove_file(out.join(name));
            }
        }
        let steps = log.steps.len();
        self.say(&json!({"event": "finished", "steps": steps, "out": out}));
        let best =
            if step == steps { String::new() } else { format!(", with the weights after step {step}, the best") };
        self.tell(&format!("{steps} steps; the model is in {}{best}", out.display()));
        Ok(())
    }

    /// Shows a step.
    fn step(&self, report: &StepReport, bar: &ProgressBar) {
        self.say(&json!({"event": "step", "step": report.step, "epoch": report.epoch, "loss": report.loss,
            "learning_rate": report.learning_rate, "grad_norm": report.grad_norm,
            "tokens_per_second": report.tokens_per_second}));
        bar.set_position(report.step as u64);
        bar.set_message(format!("loss {:.3} · {:.0} tokens/s", report.loss, report.tokens_per_second));
    }

    /// A line for machines.
    fn say(&self, event: &Value) {
        if self.args.json {
            println!("{event}");
        }
    }

    /// A line for people.
    fn tell(&self, text: &str) {
        if !self.args.json {
            println!("{text}");
        }
    }
}

/// Begins a run from the model, over these features.
type Begin<'a, E> = dyn Fn(Vec<TrainFeature>, &TrainSettings) -> Result<Trainer<E>, TrainError> + 'a;
