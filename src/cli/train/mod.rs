//! `spanwise train`.

mod log;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use candle_core::Device;
use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::args::TrainArgs;
use super::eval::{answer_all, sentence};
use super::{CliError, gpu, make_folder, progress, read_dataset, start_threads, write_file};
use crate::answer::scoring::score;
use crate::answer::{DecodeOptions, Reader};
use crate::export::predictions;
use crate::metrics::{Scores, is_v2};
use crate::model::weights::Precision;
use crate::model::{Model, folder};
use crate::squad::Dataset;
use crate::squad::merge::merge;
use crate::storage::file;
use crate::storage::slots::Slots;
use crate::text::features::{TrainFeature, TrainFeatures, train_features};
use crate::text::tokenizer::Tokenizer;
use crate::train::blend::{FoldMade, LeftOut, SHARES, between, folds_of, settings_of_a_fold, share_by};
use crate::train::device::OnDevice;
use crate::train::engine::Engine;
use crate::train::{Advance, Measurement, Plan, StepReport, TrainError, TrainSettings, Trainer, best};
use log::Log;

/// The two slots of checkpoints, and those of the best weights, in the folder of `--out`.
const CHECKPOINTS: [&str; 2] = ["checkpoint-a.bin", "checkpoint-b.bin"];
const BEST: [&str; 2] = ["best-a.bin", "best-b.bin"];

pub(super) fn run(args: &TrainArgs) -> Result<(), CliError> {
    start_threads(args.threads)?;
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
    }
    // Before the long part, so that a folder that cannot be written is known at once.
    make_folder(&args.out)?;
    let made = train_features(&dataset, &tokenizer, settings.max_seq_length, settings.doc_stride)?;
    for finding in &made.left_out {
        eprintln!("left out: {}", finding.message);
    }
    let desk =
        Desk { args, settings: &settings, tokenizer: &tokenizer, held_out: held_out.as_ref(), dataset: &dataset };
    match gpu(args.device)? {
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
}

impl Desk<'_> {
    fn train(&self, made: TrainFeatures, model: &Model) -> Result<(), CliError> {
        let plan = Plan::new(&made, self.settings, &model.config, false)?;
        let begin = |features, settings: &TrainSettings| Trainer::new(model.clone(), features, settings);
        self.drive(model, made.features, &begin, &plan)
    }

    fn train_on(&self, made: TrainFeatures, model: &Model, device: &Device) -> Result<(), CliError> {
        let plan = Plan::new(&made, self.settings, &model.config, false)?;
        let begin = |features, settings: &TrainSettings| {
            Trainer::on(OnDevice::new(model.clone(), settings, device)?, features, settings)
        };
        self.drive(model, made.features, &begin, &plan)
    }

    /// Trains to the end, and writes what came of it.
    fn drive<E: Engine>(
        &self,
        base: &Model,
        features: Vec<TrainFeature>,
        begin: &Begin<'_, E>,
        plan: &Plan,
    ) -> Result<(), CliError> {
        let mut trainer = begin(features, self.settings)?;
        let mut checkpoints = self.checkpoints()?;
        let mut log = self.take_up(&mut trainer, checkpoints.as_mut())?;
        if log.steps.is_empty() && !log.is_measured() {
            self.measure(&trainer, &mut log)?;
        }
        self.say(&json!({"event": "start", "questions": plan.questions, "left_out": plan.left_out.len(),
            "windows_per_epoch": plan.windows, "tokens_per_epoch": plan.tokens_per_epoch,
            "steps": plan.steps_total, "settings": self.settings, "micro_batch_tokens": trainer.micro_batch_tokens()}));
        let bar = progress(trainer.steps_total(), "training", self.args.json);
        bar.set_position(log.steps.len() as u64);
        loop {
            if self.held_out.is_some() && trainer.is_unmeasured(&log.measurements) {
                self.measure(&trainer, &mut log)?;
            }
            if self.settings.watch.is_over(&log.measurements) {
                self.tell(&format!("no better for {} measurements", self.settings.watch.patience.unwrap_or_default()));
                break;
            }
            match trainer.advance()? {
                Advance::MicroBatch => {}
                Advance::Step(report) => {
                    self.step(&report, &bar);
                    log.steps.push(report);
                    self.checkpoint(&trainer, &log, checkpoints.as_mut())?;
                }
                Advance::Finished => break,
            }
        }
        bar.finish_and_clear();
        let blended = self.blend(base, begin, &trainer, &mut log, checkpoints.as_mut())?;
        self.finish(&trainer, &mut log, blended)
    }

    /// The model between the one that the run began with and the one that it trained, as far along as folds say; `None` where there are none.
    fn blend<E: Engine>(
        &self,
        base: &Model,
        begin: &Begin<'_, E>,
        trainer: &Trainer<E>,
        log: &mut Log,
        mut checkpoints: Option<&mut Slots<File>>,
    ) -> Result<Option<Model>, CliError> {
        let folds = folds_of(self.dataset, self.tokenizer, self.settings)?;
        if folds.is_empty() {
            if self.settings.folds > 0 {
                eprintln!(
                    "all marked questions are about one paragraph: nothing could be held back, and the model is as it was trained"
                );
            }
            return Ok(None);
        }
        let count = folds.len();
        for (index, fold) in folds.into_iter().enumerate().skip(log.folds.len()) {
            let mut run = begin(fold.features.clone(), &settings_of_a_fold(self.settings))?;
            let bar = progress(run.steps_total(), "fold", self.args.json);
            bar.set_message(format!("{} of {count}", index + 1));
            loop {
                match run.advance()? {
                    Advance::MicroBatch => {}
                    Advance::Step(report) => bar.set_position(report.step as u64),
                    Advance::Finished => break,
                }
            }
            bar.finish_and_clear();
            let tuned = run.engine().trained()?;
            drop(run);
            let mut made = FoldMade::default();
            for share in SHARES {
                let model = between(&base.parameters, &tuned, share);
                let options = self.decoding(is_v2(self.dataset));
                let answers = answer_all(&model, self.tokenizer, &fold.held_back, &options, true)?;
                made.add(fold.likelihoods(&model)?, &score(&fold.held_back, &answers, options.allow_no_answer));
            }
            log.folds.push(made);
            self.say(&json!({"event": "fold", "fold": index + 1, "folds": count}));
            // A call that only goes on from checkpoints writes none.
            if let (Some(slots), Some(_)) = (checkpoints.as_deref_mut(), self.args.checkpoint_every) {
                self.keep(trainer, log, slots)?;
            }
        }
        let share = share_by(&log.folds);
        let left_out = LeftOut::new(&log.folds, share);
        self.say(&json!({"event": "blended", "share": share, "left_out": left_out}));
        let LeftOut { questions, right_before, right_after, f1_before, f1_after, .. } = left_out;
        self.tell(&format!(
            "{count} folds: the model goes {:.0} % of the way to what was trained; of {questions} questions, each left out once, \
             {right_after} are right and were {right_before}, F1 {f1_after:.1} and was {f1_before:.1}",
            100.0 * share
        ));
        Ok(Some(between(&base.parameters, &trainer.engine().trained()?, share)))
    }

    /// The two slots beside the model, where the run keeps checkpoints or goes on from one.
    fn checkpoints(&self) -> Result<Option<Slots<File>>, CliError> {
        let wanted = self.args.resume || self.args.checkpoint_every.is_some();
        wanted.then(|| slots(&self.args.out, CHECKPOINTS)).transpose()
    }

    /// Goes on from the newest good checkpoint, where that is asked for and there is one; returns the log so far.
    fn take_up<E: Engine>(
        &self,
        trainer: &mut Trainer<E>,
        checkpoints: Option<&mut Slots<File>>,
    ) -> Result<Log, CliError> {
        let content = checkpoints.filter(|_| self.args.resume).and_then(Slots::read);
        let Some(content) = content else { return Ok(Log::default()) };
        let failed = |source| CliError::Resume { path: self.args.out.clone(), source };
        let notes = trainer.take_up(&mut BufReader::new(content)).map_err(failed)?;
        let log: Log = serde_json::from_value(notes).map_err(|error| failed(error.into()))?;
        self.say(&json!({"event": "resumed", "step": log.steps.len()}));
        self.tell(&format!("goes on after step {}", log.steps.len()));
        Ok(log)
    }

    /// Keeps a checkpoint where it is time for one.
    fn checkpoint<E: Engine>(
        &self,
        trainer: &Trainer<E>,
        log: &Log,
        checkpoints: Option<&mut Slots<File>>,
    ) -> Result<(), CliError> {
        let (Some(slots), Some(every)) = (checkpoints, self.args.checkpoint_every) else { return Ok(()) };
        if log.steps.len().is_multiple_of(every.get()) { self.keep(trainer, log, slots) } else { Ok(()) }
    }

    fn keep<E: Engine>(&self, trainer: &Trainer<E>, log: &Log, slots: &mut Slots<File>) -> Result<(), CliError> {
        let written = slots.write(|out| trainer.save(json!(log), !self.args.weights_only, out));
        written.map_err(|source| CliError::Checkpoint { path: self.args.out.clone(), source })
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
            let (run, model) = (trainer.fingerprint(), trainer.engine().trained()?);
            let written =
                slots(&self.args.out, BEST)?.write(|out| best::write(&run, step, model.parameters.values(), out));
            written.map_err(|source| CliError::Best { path: self.args.out.clone(), source })?;
        }
        Ok(())
    }

    fn decoding(&self, allow_no_answer: bool) -> DecodeOptions {
        let (max_seq_length, doc_stride) = (self.args.max_seq_length, self.args.doc_stride);
        DecodeOptions { max_seq_length, doc_stride, allow_no_answer, ..DecodeOptions::default() }
    }

    /// Scores on the held-out questions, where there are any; says what they are.
    fn scores<E: Engine>(&self, reader: &impl Reader, trainer: &Trainer<E>) -> Result<Option<Scores>, CliError> {
        let Some(dataset) = self.held_out else { return Ok(None) };
        let allow_no_answer = is_v2(dataset);
        let options = self.decoding(allow_no_answer);
        let answers = answer_all(reader, self.tokenizer, dataset, &options, self.args.json)?;
        let scores = score(dataset, &answers, allow_no_answer).scores;
        let step = trainer.steps();
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
                best::read(&trainer.fingerprint(), step, &mut BufReader::new(kept), values).map_err(failed)?
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

fn slots(folder: &Path, names: [&str; 2]) -> Result<Slots<File>, CliError> {
    let open = |name: &str| {
        let path = folder.join(name);
        file::open(&path).map_err(|source| CliError::File { path, source })
    };
    Ok(Slots::open([open(names[0])?, open(names[1])?]))
}
