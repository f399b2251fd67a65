//! The command line: the same core, with files instead of a page.

pub mod args;
mod ask;
mod check;
mod config;
mod convert;
mod eval;
mod split;
mod train;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use candle_core::Device;
use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::answer::AnswerError;
use crate::model::folder::FolderError;
use crate::squad::Dataset;
use crate::squad::read::{self, Columns, ReadError, Table};
use crate::squad::write::{Form, Style, write};
use crate::text::tokenizer::TokenizerError;
use crate::train::{ResumeError, TrainError};
use args::{Cli, Command, DeviceArg};

/// Why a command failed. Each variant already says what, where, and what to do.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path}: {source}")]
    Data { path: PathBuf, source: ReadError },
    #[error("{path}: {message}")]
    Predictions { path: PathBuf, message: String },
    #[error("{0}")]
    Answer(#[from] AnswerError),
    #[error("{0}")]
    Train(#[from] TrainError),
    #[error("{0}")]
    Tokenizer(#[from] TokenizerError),
    #[error("the threads could not be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    #[error("{path}: one side would have no question{fold}. Choose another share, fewer folds, or `--by paragraph`")]
    TooFewToSplit { path: PathBuf, fold: String },
    #[error("{0}: no text to look in. Give a file that holds the text")]
    EmptyContext(PathBuf),
    #[error(
        "no GPU can be used: {0}. A build with `--features cuda` and an NVIDIA GPU are needed; `--device cpu` works everywhere"
    )]
    NoDevice(candle_core::Error),
    #[error("{path}: {source}")]
    Resume { path: PathBuf, source: ResumeError },
    #[error(
        "{}: the run there is one of {before} steps, and {total} are asked for: give as many or more, or another folder", path.display()
    )]
    Shorter { path: PathBuf, before: usize, total: usize },
    #[error("{path}: the checkpoint could not be kept: {source}. Make room, or train without --checkpoint-every")]
    Checkpoint { path: PathBuf, source: std::io::Error },
    #[error(
        "{path}: the weights of the best measurement could not be kept or read: {source}. Make room, or train without --keep-best"
    )]
    Best { path: PathBuf, source: std::io::Error },
    #[error("{path}: {message}")]
    Config { path: PathBuf, message: String },
    #[error("the GPU failed: {0}")]
    Device(#[from] candle_core::Error),
}

/// Runs the command line; errors go to stderr with status 1, wrong usage with status 2.
pub fn main() -> ExitCode {
    let arguments = match config::expand(std::env::args_os().collect()) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let done = match Cli::parse_from(arguments).command {
        Command::Check(args) => check::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Split(args) => split::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Ask(args) => ask::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn read_dataset(path: &Path) -> Result<Dataset, CliError> {
    read_dataset_with(path, &[])
}

/// Reads a dataset; `columns` says what those of a table hold, by role and name.
fn read_dataset_with(path: &Path, columns: &[(String, String)]) -> Result<Dataset, CliError> {
    let bytes = read_file(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let named = |columns: &[(String, String)]| Columns::named(columns, &Table::parse(&bytes)?.headers);
    let columns = Some(columns).filter(|columns| !columns.is_empty()).map(named).transpose();
    let read = columns.and_then(|columns| read::read_file(&name, &bytes, columns));
    read.map_err(|source| CliError::Data { path: path.to_owned(), source })
}

/// Writes a dataset in the form that the file's name asks for.
fn write_dataset(path: &Path, dataset: &Dataset, style: Option<&Style>) -> Result<(), CliError> {
    let form = Form::of(&path.to_string_lossy());
    write_file(path, &write(dataset, form, style))
}

fn read_file(path: &Path) -> Result<Vec<u8>, CliError> {
    fs::read(path).map_err(|source| CliError::File { path: path.to_owned(), source })
}

fn write_file(path: &Path, text: &str) -> Result<(), CliError> {
    fs::write(path, text).map_err(|source| CliError::File { path: path.to_owned(), source })
}

fn make_folder(path: &Path) -> Result<(), CliError> {
    fs::create_dir_all(path).map_err(|source| CliError::File { path: path.to_owned(), source })
}

/// The GPU, where it is asked for.
fn gpu(device: DeviceArg) -> Result<Option<Device>, CliError> {
    match device {
        DeviceArg::Cpu => Ok(None),
        DeviceArg::Cuda => Device::new_cuda(0).map(Some).map_err(CliError::NoDevice),
    }
}

/// Sizes the pool that all kernels share.
fn start_threads(threads: Option<usize>) -> Result<(), CliError> {
    match threads {
        Some(threads) => Ok(rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?),
        None => Ok(()),
    }
}

/// A progress bar on a terminal's stderr; nothing elsewhere, or where machines read.
fn progress(len: usize, what: &'static str, json: bool) -> ProgressBar {
    let target = if json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(Some(len as u64), target).with_prefix(what);
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} · {msg} · {eta} left");
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
