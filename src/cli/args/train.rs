//! The command that trains.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ComputeArgs;
use crate::nn::{Choice, Lora, Target};
use crate::train::{Answers, Metric, Schedule, TrainSettings, Watch};

/// Arguments of `train`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[allow(clippy::doc_markdown, reason = "the documentation is the help text, where backticks would show")]
#[command(args_override_self = true)]
pub struct TrainArgs {
    /// Take flags from a TOML file: --learning-rate is `learning_rate` there. Flags that are given too win.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of the model to start from.
    #[arg(long, value_name = "DIR")]
    pub model: PathBuf,
    /// Questions to train on; given several times, those of all files.
    #[arg(long, value_name = "FILE", required = true)]
    pub data: Vec<PathBuf>,
    /// Folder for the trained model, made where it does not exist.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Questions to measure on, before and after.
    #[arg(long, value_name = "FILE")]
    pub eval: Option<PathBuf>,
    /// Measure every so many epochs, too [default: before and after the run alone].
    #[arg(long, value_name = "EPOCHS", requires = "eval")]
    pub eval_every: Option<usize>,
    /// What measurements are compared by.
    #[arg(long, value_enum, default_value_t = MetricArg::F1)]
    pub metric: MetricArg,
    /// End the run after so many measurements without a better one.
    #[arg(long, value_name = "N")]
    pub patience: Option<usize>,
    /// Write the weights of the best measurement instead of the last.
    #[arg(long)]
    pub keep_best: bool,
    /// Train so many more times, each time without another part of the data, to find out on what was left out how far to go from the
    /// model to what was trained; 0: all the way. A few answers teach how you mark, and harm where they are followed too far.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub folds: usize,
    /// Draw the question-answering head anew, even where the model has one.
    #[arg(long)]
    pub fresh_head: bool,
    /// Passes over the data.
    #[arg(long, default_value_t = 3)]
    pub epochs: usize,
    /// Optimizer steps; wins over --epochs.
    #[arg(long, value_name = "N")]
    pub max_steps: Option<usize>,
    /// Peak learning rate: how big each correction is [default: 5e-5]; with --lora-rank [default: 1e-3].
    #[arg(long)]
    pub learning_rate: Option<f64>,
    /// Windows in each step; the last, partial batch is kept.
    #[arg(long, default_value_t = 8)]
    pub batch_size: usize,
    /// Tokens in the longest window of question and context.
    #[arg(long, default_value_t = 384)]
    pub max_seq_length: usize,
    /// Tokens that neighbouring windows share.
    #[arg(long, default_value_t = 128)]
    pub doc_stride: usize,
    /// Share of the steps in which the learning rate climbs.
    #[arg(long, default_value_t = 0.1)]
    pub warmup_ratio: f64,
    /// What the learning rate does after the warm-up.
    #[arg(long, value_enum, default_value_t = ScheduleArg::Linear)]
    pub schedule: ScheduleArg,
    /// Decoupled weight decay, not on biases and LayerNorm.
    #[arg(long, default_value_t = 0.01)]
    pub weight_decay: f64,
    /// Norm that the gradient is clipped to; 0 turns clipping off.
    #[arg(long, default_value_t = 1.0)]
    pub max_grad_norm: f64,
    /// Dropout of hidden states, attention weights and the head alike [default: the model's own, usually 0.1].
    #[arg(long, value_name = "P")]
    pub dropout: Option<f32>,
    /// Share of each label that is spread evenly over all tokens of its window; 0: none.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub label_smoothing: f64,
    /// Windows without an answer, as a multiple of those with one, or "all".
    #[arg(long, default_value = "1.0", value_parser = parse_negatives)]
    pub negatives: Negatives,
    /// Which answer to train on where a question has several.
    #[arg(long, value_enum, default_value_t = AnswersArg::First)]
    pub answers: AnswersArg,
    /// Train in the order of the file.
    #[arg(long)]
    pub no_shuffle: bool,
    /// Seed of dropout, shuffling and sampling.
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
    /// Leave the embeddings as they are.
    #[arg(long)]
    pub freeze_embeddings: bool,
    /// Leave so many of the lowest layers as they are.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub freeze_layers: usize,
    /// Train low-rank adapters of this rank instead of the weights; they are merged into the model that is written.
    #[arg(long, value_name = "RANK")]
    pub lora_rank: Option<usize>,
    /// Weight of the adapters, times their rank [default: twice the rank].
    #[arg(long, value_name = "ALPHA", requires = "lora_rank")]
    pub lora_alpha: Option<f32>,
    /// Linear layers with adapters, of q_lin, k_lin, v_lin, out_lin, lin1, lin2.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_value = "q_lin,v_lin", value_parser = parse_target)]
    pub lora_targets: Vec<Target>,
    /// Tokens in a micro-batch: fewer take less memory, and more time [default: 2048; on a GPU a whole
    /// batch].
    #[arg(long, value_name = "N")]
    pub micro_batch_tokens: Option<usize>,
    /// Keep a checkpoint in the folder of --out every so many steps.
    #[arg(long, value_name = "STEPS")]
    pub checkpoint_every: Option<NonZeroUsize>,
    /// Leave the optimizer's moments out of checkpoints: a third of the room, and a run that goes on is not the same.
    #[arg(long, requires = "checkpoint_every")]
    pub weights_only: bool,
    /// Go on from the newest good checkpoint in the folder of --out; from the start where there is none yet. Everything else must be
    /// given as in the call that began the run, but for --epochs and --max-steps: more of them make the run longer, also one that has
    /// ended, and the learning rate is planned anew over all of its steps.
    #[arg(long)]
    pub resume: bool,
    /// Where to compute.
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Print one JSON object a line instead of a progress bar.
    #[arg(long)]
    pub json: bool,
}

/// How many windows without an answer are trained on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Negatives(pub Option<f64>);

fn parse_negatives(text: &str) -> Result<Negatives, String> {
    if text == "all" {
        return Ok(Negatives(None));
    }
    match text.parse::<f64>() {
        Ok(ratio) if ratio >= 0.0 && ratio.is_finite() => Ok(Negatives(Some(ratio))),
        _ => Err("expected a number such as 1.0, or \"all\"".to_owned()),
    }
}

fn parse_target(text: &str) -> Result<Target, String> {
    let found = Target::ALL.into_iter().find(|target| target.name() == text);
    found.ok_or_else(|| format!("expected one of {}", Target::ALL.map(Target::name).join(", ")))
}

/// [`Schedule`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScheduleArg {
    /// Falls to zero along a line.
    Linear,
    /// Falls to zero along half a wave.
    Cosine,
    /// Stays.
    Constant,
}

/// [`Answers`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnswersArg {
    /// The first.
    First,
    /// Another in each epoch.
    InTurn,
}

/// [`Metric`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum MetricArg {
    /// Words that answer and gold answer share.
    F1,
    /// Answers that are a gold answer.
    ExactMatch,
}

impl TrainArgs {
    /// The settings that these arguments stand for.
    pub fn settings(&self) -> TrainSettings {
        TrainSettings {
            epochs: self.epochs,
            max_steps: self.max_steps,
            learning_rate: self.learning_rate.unwrap_or(match self.lora_rank {
                Some(_) => Lora::LEARNING_RATE,
                None => TrainSettings::default().learning_rate,
            }),
            batch_size: self.batch_size,
            max_seq_length: self.max_seq_length,
            doc_stride: self.doc_stride,
            warmup_ratio: self.warmup_ratio,
            schedule: match self.schedule {
                ScheduleArg::Linear => Schedule::Linear,
                ScheduleArg::Cosine => Schedule::Cosine,
                ScheduleArg::Constant => Schedule::Constant,
            },
            weight_decay: self.weight_decay,
            max_grad_norm: self.max_grad_norm,
            dropout: self.dropout,
            label_smoothing: self.label_smoothing,
            negatives: self.negatives.0,
            answers: match self.answers {
                AnswersArg::First => Answers::First,
                AnswersArg::InTurn => Answers::InTurn,
            },
            shuffle: !self.no_shuffle,
            seed: self.seed,
            micro_batch_tokens: self.micro_batch_tokens,
            trained: Choice {
                freeze_embeddings: self.freeze_embeddings,
                freeze_layers: self.freeze_layers,
                lora: self.lora_rank.map(|rank| Lora {
                    rank,
                    alpha: self.lora_alpha.unwrap_or(2.0 * rank as f32),
                    targets: self.lora_targets.clone(),
                }),
            },
            watch: Watch {
                every_epochs: self.eval_every.unwrap_or(0),
                metric: match self.metric {
                    MetricArg::F1 => Metric::F1,
                    MetricArg::ExactMatch => Metric::ExactMatch,
                },
                patience: self.patience,
                keep_best: self.keep_best,
            },
            folds: self.folds,
        }
    }
}
