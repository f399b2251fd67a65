//! The command line's words.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::answer::DecodeOptions;
use crate::nn::{Choice, Lora, Target};
use crate::squad::read::Columns;
use crate::squad::split::SplitBy;
use crate::train::{Schedule, TrainSettings};

/// Fine-tune DistilBERT to answer questions from your own documents.
///
/// A model directory is a Hugging Face folder (config.json, model.safetensors, tokenizer.json or vocab.txt). Datasets are
/// SQuAD JSON and its relatives; offsets count Unicode code points, and `end` is exclusive.
#[derive(Debug, Parser)]
#[command(name = "spanwise", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read a dataset and list what is wrong with it.
    Check(CheckArgs),
    /// Turn a BERT checkpoint whose token types are all 0 into DistilBERT's layout.
    Convert(ConvertArgs),
    /// Cut a dataset into a part to train on and one to measure on, or into folds.
    Split(SplitArgs),
    /// Fine-tune a model on a dataset.
    Train(TrainArgs),
    /// Measure exact match and F1 of a model, or of a file of predictions.
    Eval(EvalArgs),
    /// Ask one question about a text.
    Ask(AskArgs),
}

/// Arguments of `check`.
#[derive(Debug, Args)]
#[allow(clippy::doc_markdown, reason = "the documentation is the help text, where backticks would show")]
pub struct CheckArgs {
    /// The dataset.
    pub data: PathBuf,
    /// Held-out questions: their texts must not be in the dataset.
    #[arg(long, value_name = "FILE")]
    pub held_out: Option<PathBuf>,
    /// What the columns of a CSV hold, where their names do not say it: context=Passage,question=Query,answer=Answer. Further roles:
    /// answer_start, title, id, is_impossible.
    #[arg(long, value_name = "ROLE=NAME", value_delimiter = ',', value_parser = parse_column)]
    pub columns: Vec<(String, String)>,
    /// Mend what can be mended without asking, and write the result: as SQuAD JSON, or as the end of the name says (.jsonl, .csv). What
    /// is not mended stays byte for byte.
    #[arg(long, value_name = "FILE")]
    pub repair: Option<PathBuf>,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    pub json: bool,
}

/// What stays together when a dataset is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SplitByArg {
    /// Paragraphs; those of the same text go together.
    Paragraph,
    /// Documents; those that share a text go together.
    Document,
}

impl From<SplitByArg> for SplitBy {
    fn from(by: SplitByArg) -> Self {
        match by {
            SplitByArg::Paragraph => Self::Paragraph,
            SplitByArg::Document => Self::Document,
        }
    }
}

/// Arguments of `split`.
#[derive(Debug, Args)]
#[allow(clippy::doc_markdown, reason = "the documentation is the help text, where backticks would show")]
pub struct SplitArgs {
    /// The dataset.
    pub data: PathBuf,
    /// What stays together: no text is ever on both sides.
    #[arg(long, value_enum, default_value_t = SplitByArg::Paragraph)]
    pub by: SplitByArg,
    /// Share of the questions to measure on, above 0 and below 1.
    #[arg(long, default_value_t = 0.2, value_parser = parse_share)]
    pub share: f64,
    /// Write this many pairs instead, numbered; each question is measured on in one of them.
    #[arg(long, value_name = "K", conflicts_with = "share", value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub folds: Option<u32>,
    /// The same seed gives the same parts.
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
    /// File for the questions to train on; with --folds FILE-1, FILE-2 and so on.
    #[arg(long, value_name = "FILE")]
    pub out_train: PathBuf,
    /// File for the questions to measure on.
    #[arg(long, value_name = "FILE")]
    pub out_test: PathBuf,
    /// Print one JSON object a file instead of lines.
    #[arg(long)]
    pub json: bool,
}

fn parse_column(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').map(|(role, name)| (role.trim().to_owned(), name.to_owned()));
    let pair = pair.filter(|(role, _)| Columns::ROLES.iter().any(|known| known.name == role));
    pair.ok_or_else(|| {
        let roles: Vec<&str> = Columns::ROLES.iter().map(|role| role.name).collect();
        format!("say what and which column, as in context=Passage; what is one of {}", roles.join(", "))
    })
}

fn parse_share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if share > 0.0 && share < 1.0 => Ok(share),
        _ => Err("give a number above 0 and below 1, for instance 0.2".to_owned()),
    }
}

/// Arguments of `convert`.
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// Folder of the BERT checkpoint.
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// Folder to write, made where it does not exist.
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
}

/// Where to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DeviceArg {
    /// The processor.
    Cpu,
    /// The first NVIDIA GPU; only in a build with `--features cuda`.
    Cuda,
}

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
    /// Questions to train on.
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// Folder for the trained model, made where it does not exist.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Questions to measure on, before and after.
    #[arg(long, value_name = "FILE")]
    pub eval: Option<PathBuf>,
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
    /// Windows without an answer, as a multiple of those with one, or "all".
    #[arg(long, default_value = "1.0", value_parser = parse_negatives)]
    pub negatives: Negatives,
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
    /// Tokens in a micro-batch [default: by the model's size].
    #[arg(long, value_name = "N")]
    pub micro_batch_tokens: Option<usize>,
    /// Keep a checkpoint in the folder of --out every so many steps.
    #[arg(long, value_name = "STEPS")]
    pub checkpoint_every: Option<NonZeroUsize>,
    /// Go on from the newest good checkpoint in the folder of --out; from the start where there is none yet. Everything else must be
    /// given as in the call that began the run.
    #[arg(long)]
    pub resume: bool,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = DeviceArg::Cpu)]
    pub device: DeviceArg,
    /// Threads [default: one a core].
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
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
            negatives: self.negatives.0,
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
        }
    }
}

/// How spans are chosen.
#[derive(Clone, Debug, Args)]
pub struct DecodeArgs {
    /// Tokens in the longest window of question and context.
    #[arg(long, default_value_t = 384)]
    pub max_seq_length: usize,
    /// Tokens that neighbouring windows share.
    #[arg(long, default_value_t = 128)]
    pub doc_stride: usize,
    /// Starts and ends tried in each window, and spans kept.
    #[arg(long, default_value_t = 20)]
    pub n_best_size: usize,
    /// Tokens in the longest answer.
    #[arg(long, default_value_t = 30)]
    pub max_answer_length: usize,
    /// "No answer" wins where its score exceeds the best span's by more than this [default: 0.0 where the data has
    /// unanswerable questions; "no answer" is never given elsewhere].
    #[arg(long, value_name = "DIFF", allow_negative_numbers = true)]
    pub null_score_diff_threshold: Option<f32>,
}

impl DecodeArgs {
    /// The options; "no answer" is a candidate where the threshold was given or `unanswerable` says so.
    pub fn options(&self, unanswerable: bool) -> DecodeOptions {
        DecodeOptions {
            max_seq_length: self.max_seq_length,
            doc_stride: self.doc_stride,
            n_best_size: self.n_best_size,
            max_answer_length: self.max_answer_length,
            allow_no_answer: unanswerable || self.null_score_diff_threshold.is_some(),
            null_score_diff_threshold: self.null_score_diff_threshold.unwrap_or(0.0),
        }
    }
}

/// Arguments of `eval`.
#[derive(Debug, Args)]
#[allow(clippy::doc_markdown, reason = "the documentation is the help text, where backticks would show")]
pub struct EvalArgs {
    /// Folder of the model.
    #[arg(long, value_name = "DIR", required_unless_present = "predictions", conflicts_with = "predictions")]
    pub model: Option<PathBuf>,
    /// Predictions as JSON, {"id": "text"}, instead of a model.
    #[arg(long, value_name = "FILE")]
    pub predictions: Option<PathBuf>,
    /// Questions with gold answers.
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// Folder for predictions.json, nbest_predictions.json and eval_results.json.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How spans are chosen.
    #[command(flatten)]
    pub decode: DecodeArgs,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = DeviceArg::Cpu)]
    pub device: DeviceArg,
    /// Threads [default: one a core].
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `ask`.
#[derive(Debug, Args)]
pub struct AskArgs {
    /// Folder of the model.
    #[arg(long, value_name = "DIR")]
    pub model: PathBuf,
    /// Text file to look in.
    #[arg(long, value_name = "FILE")]
    pub context_file: PathBuf,
    /// What is asked.
    #[arg(long, value_name = "TEXT")]
    pub question: String,
    /// Answers to give.
    #[arg(long, default_value_t = 1)]
    pub top_k: usize,
    /// How spans are chosen.
    #[command(flatten)]
    pub decode: DecodeArgs,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = DeviceArg::Cpu)]
    pub device: DeviceArg,
    /// Threads [default: one a core].
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Print a JSON list instead of lines.
    #[arg(long)]
    pub json: bool,
}
