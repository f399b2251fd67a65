//! Commands about datasets.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::squad::read::Columns;
use crate::squad::split::SplitBy;

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
