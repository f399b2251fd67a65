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
use crate::train::checkpoint::{Header, ResumeError};
use crate::train::device::OnDevice;
use crate::train::engine::Engine;
use crate::train::{Advance, Measurement, Plan, StepReport, TrainError, TrainSettings, Trainer, best};
use log::Log;

/// The two slots of checkpoints, and those of the best weights, in the folder of `--out`.
const CHECKPOINTS: [&str; 2] = ["checkpoint-a.bin", "checkpoint-b.bin"];
const BEST: [&str; 2] = ["best-a.bin", "best-b.bin"];

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
    }
    // Before the long part, so that a folder that cannot be written is known at once.
    make_folder(&args.out)?;
    let made = train_features(&dataset, &tokenizer, settings.max_seq_length, settings.doc_stride)?;
    for finding in &made.left_out {
        eprintln!("left out: {}", finding.message);
    }
    let desk =
        Desk { args, settings: &settings, tokenizer: &tokenizer, held_out: held_out.as_ref(), dataset: &dataset };
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
            if self.args.checkpoint_every.is_some() {
                self.keep(trainer, log, checkpoints.as_deref_mut())?;
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

    /// What the newest good checkpoint says of its run, where one is to be taken up and there is one.
    fn kept(&self, checkpoints: Option<&mut Slots<File>>) -> Result<Option<Log>, CliError> {
        let Some(content) = checkpoints.filter(|_| self.args.resume).and_then(Slots::read) else { return Ok(None) };
        let header = Header::peek(&mut BufReader::new(content)).map_err(|source| self.not_resumed(source))?;
        serde_json::from_value(header.notes).map(Some).map_err(|error| self.not_resumed(error.into()))
    }

    fn not_resumed(&self, source: ResumeError) -> CliError {
        CliError::Resume { path: self.args.out.clone(), source }
    }

    /// Goes on from the newest good checkpoint, whose log is this; a run that is asked to be longer than it was is made so.
    fn take_up<E: Engine>(
        &self,
        mut log: Log,
        trainer: &mut Trainer<E>,
        checkpoints: Option<&mut Slots<File>>,
    ) -> Result<Log, CliError> {
        let failed = |source| self.not_resumed(source);
        let Some(content) = checkpoints.and_then(Slots::read) else {
            return Err(failed(std::io::Error::other("it was there a moment ago").into()));
        };
        trainer.take_up(&mut BufReader::new(content)).map_err(failed)?;
        if log.run.is_empty() {
            log.run = trainer.fingerprint();
        }
        let (step, before, wanted) = (log.steps.len(), trainer.steps_total(), self.settings.length());
        if trainer.settings().length() != wanted {
            trainer.lengthen(wanted);
            let total = trainer.steps_total();
            if total < before {
                return Err(CliError::Shorter { path: self.args.out.clone(), before, total });
            }
            log.extended_at = step;
            log.folds.clear();
        }
        log.length = Some(wanted);
        let total = trainer.steps_total();
        self.say(&json!({"event": "resumed", "step": step, "steps": total, "steps_before": before}));
        self.tell(&if total > before {
            format!("goes on after step {step}, to step {total} instead of {before}: the learning rate is planned anew over all of them")
        } else {
            format!("goes on after step {step}")
        });
        Ok(log)
    }

    /// Whether it is time for a checkpoint after so many steps.
    fn is_time_to_keep(&self, steps: usize) -> bool {
        self.args.checkpoint_every.is_some_and(|every| steps.is_multiple_of(every.get()))
    }

    fn keep<E: Engine>(
        &self,
        trainer: &Trainer<E>,
        log: &Log,
        checkpoints: Option<&mut Slots<File>>,
    ) -> Result<(), CliError> {
        let Some(slots) = checkpoints else { return Ok(()) };
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
            let model = trainer.engine().trained()?;
            let values = model.parameters.values();
            let written = slots(&self.args.out, BEST)?.write(|out| best::write(&log.run, step, values, out));
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

fn slots(folder: &Path, names: [&str; 2]) -> Result<Slots<File>, CliError> {
    let open = |name: &str| {
        let path = folder.join(name);
        file::open(&path).map_err(|source| CliError::File { path, source })
    };
    Ok(Slots::open([open(names[0])?, open(names[1])?]))
}
