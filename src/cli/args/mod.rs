//! The command line's words.

mod answer;
mod data;
mod train;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::weights::Precision;

pub use answer::{AskArgs, DecodeArgs, EvalArgs};
pub use data::{CheckArgs, SplitArgs, SplitByArg};
pub use train::{Negatives, ScheduleArg, TrainArgs};

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
#[expect(clippy::large_enum_variant, reason = "there is one, and it is read once")]
pub enum Command {
    /// Read a dataset and list what is wrong with it.
    Check(CheckArgs),
    /// Turn a BERT checkpoint whose token types are all 0 into DistilBERT's layout, or write weights with fewer bits.
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

/// Arguments of `convert`.
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// Folder of the checkpoint: a BERT or a DistilBERT.
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// Folder to write, made where it does not exist.
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    /// Bits of a number.
    #[arg(long, value_enum, default_value_t = DtypeArg::F32)]
    pub dtype: DtypeArg,
}

/// [`Precision`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DtypeArg {
    /// 32: as computed.
    F32,
    /// 16: half the bytes.
    F16,
}

impl DtypeArg {
    /// What it stands for.
    pub fn precision(self) -> Precision {
        match self {
            Self::F32 => Precision::F32,
            Self::F16 => Precision::F16,
        }
    }
}

/// Where to compute.
#[derive(Debug, Args)]
pub struct ComputeArgs {
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = DeviceArg::Cpu)]
    pub device: DeviceArg,
    /// Threads [default: one a core].
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

/// What computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DeviceArg {
    /// The processor.
    Cpu,
    /// The first NVIDIA GPU; only in a build with `--features cuda`.
    Cuda,
}
