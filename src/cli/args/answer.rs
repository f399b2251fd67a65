//! Commands that answer questions.

use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedU64ValueParser;

use super::ComputeArgs;
use crate::answer::DecodeOptions;

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
    #[arg(long, default_value_t = 20, value_parser = at_least_one())]
    pub n_best_size: usize,
    /// Tokens in the longest answer.
    #[arg(long, default_value_t = 30, value_parser = at_least_one())]
    pub max_answer_length: usize,
    /// "No answer" wins where its score exceeds the best span's by more than this [default: 0.0 where the data has
    /// unanswerable questions; "no answer" is never given elsewhere].
    #[arg(long, value_name = "DIFF", allow_negative_numbers = true)]
    pub null_score_diff_threshold: Option<f32>,
}

/// Of nothing no answer can be chosen.
fn at_least_one() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..)
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
    #[command(flatten)]
    pub compute: ComputeArgs,
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
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Print a JSON list instead of lines.
    #[arg(long)]
    pub json: bool,
}
