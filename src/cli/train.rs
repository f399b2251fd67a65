//! `spanwise train`.

use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::args::TrainArgs;
use super::eval::{answer_all, sentence};
use super::{CliError, make_folder, progress, read_dataset, start_threads, write_file};
use crate::answer::DecodeOptions;
use crate::answer::scoring::score;
use crate::export::predictions;
use crate::metrics::{Scores, is_v2};
use crate::model::{Model, folder};
use crate::squad::Dataset;
use crate::text::features::train_features;
use crate::text::tokenizer::Tokenizer;
use crate::train::{Advance, Plan, StepReport, Trainer};

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
    desk.evaluate(&model, 0, 0.0)?;
    let plan = Plan::new(&made, &settings)?;
    let mut trainer = Trainer::new(model, made.features, &settings)?;
    desk.say(&json!({"event": "start", "questions": plan.questions, "left_out": plan.left_out.len(),
        "windows_per_epoch": plan.windows, "tokens_per_epoch": plan.tokens_per_epoch,
        "steps": plan.steps_total, "settings": settings,
        "micro_batch_tokens": settings.micro_batch_tokens(&trainer.model().config)}));
    let bar = progress(trainer.steps_total(), "training", args.json);
    let mut log = Vec::new();
    loop {
        match trainer.advance()? {
            Advance::MicroBatch => {}
            Advance::Step(report) => log.push(desk.step(&report, &bar)),
            Advance::Finished => break,
        }
    }
    bar.finish_and_clear();
    let epoch = log.last().and_then(|entry| entry["epoch"].as_f64()).unwrap_or(0.0);
    let steps = trainer.steps();
    let model = trainer.into_model();
    folder::write(&args.out, &model, &args.model)?;
    let state = json!({"global_step": steps, "epoch": epoch, "log_history": log, "settings": settings});
    write_file(&args.out.join("trainer_state.json"), &format!("{state:#}"))?;
    if let Some(scores) = desk.evaluate(&model, steps, epoch)? {
        write_file(&args.out.join("eval_results.json"), &predictions::eval_results(&scores, Some(epoch)))?;
    }
    desk.say(&json!({"event": "finished", "steps": steps, "out": args.out}));
    if !args.json {
        println!("{steps} steps; the model is in {}", args.out.display());
    }
    Ok(())
}

/// What reports go through.
struct Desk<'a> {
    args: &'a TrainArgs,
    tokenizer: &'a Tokenizer,
    held_out: Option<&'a Dataset>,
}

impl Desk<'_> {
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

    /// Measures the model on the held-out questions, where there are any.
    fn evaluate(&self, model: &Model, step: usize, epoch: f64) -> Result<Option<Scores>, CliError> {
        let Some(dataset) = self.held_out else { return Ok(None) };
        let (max_seq_length, doc_stride) = (self.args.max_seq_length, self.args.doc_stride);
        let allow_no_answer = is_v2(dataset);
        let options = DecodeOptions { max_seq_length, doc_stride, allow_no_answer, ..DecodeOptions::default() };
        let answers = answer_all(model, self.tokenizer, dataset, &options, self.args.json)?;
        let scores = score(dataset, &answers, allow_no_answer).scores;
        let mut event = json!(scores);
        event["event"] = json!("eval");
        event["step"] = json!(step);
        event["epoch"] = json!(epoch);
        self.say(&event);
        if !self.args.json {
            println!("{}: {}", if step == 0 { "before" } else { "after" }, sentence(&scores));
        }
        Ok(Some(scores))
    }
}
