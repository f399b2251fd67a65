//! Model folders on disk, as Hugging Face tools read and write them.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::weights::{self, Naming, Precision};
use super::{Config, ConfigError, HeadOrigin, Model, WeightsError};
use crate::text::tokenizer::{TOKENIZER_FILES, Tokenizer, TokenizerError};

/// Why a model folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file cannot be opened, read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The config cannot be used.
    #[error("{path}: {source}")]
    Config {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: ConfigError,
    },
    /// The weights cannot be used.
    #[error("{path}: {source}")]
    Weights {
        /// The file.
        path: PathBuf,
        /// Why.
        source: WeightsError,
    },
    /// The tokenizer cannot be used.
    #[error("{path}: {source}")]
    Tokenizer {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: TokenizerError,
    },
}

/// Opens a file and gives its length.
fn open(path: &Path) -> Result<(File, u64), FolderError> {
    let failed = |source| FolderError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    Ok((file, length))
}

fn read_file(path: &Path) -> Result<Vec<u8>, FolderError> {
    fs::read(path).map_err(|source| FolderError::File { path: path.to_owned(), source })
}

/// The weights of a folder for that config.
fn read_weights(folder: &Path, config: &Config, naming: Naming) -> Result<weights::Weights, FolderError> {
    let path = folder.join("model.safetensors");
    let (file, length) = open(&path)?;
    weights::read(file, length, config, naming).map_err(|source| FolderError::Weights { path, source })
}

/// Reads a `DistilBERT` and its tokenizer; the head is drawn with `seed` where the checkpoint has none.
///
/// # Errors
/// Which file cannot be used, and why.
pub fn read(folder: &Path, seed: u64) -> Result<(Model, Tokenizer), FolderError> {
    let config = Config::from_json(&read_file(&folder.join("config.json"))?)
        .map_err(|source| FolderError::Config { path: folder.to_owned(), source })?;
    let tokenizer = read_tokenizer(folder)?;
    let weights = read_weights(folder, &config, Naming::DistilBert)?;
    Ok((Model::new(config, weights, seed), tokenizer))
}

fn read_tokenizer(folder: &Path) -> Result<Tokenizer, FolderError> {
    let file = |name: &str| fs::read(folder.join(name)).ok();
    let [json, config, vocab, _] = TOKENIZER_FILES.map(file);
    Tokenizer::from_files(json.as_deref(), vocab.as_deref(), config.as_deref())
        .map_err(|source| FolderError::Tokenizer { path: folder.to_owned(), source })
}

/// Writes the model and copies the tokenizer's files from `tokenizer_from`. The folder is made where it does not exist.
///
/// # Errors
/// Which file cannot be written, and why.
pub fn write(folder: &Path, model: &Model, precision: Precision, tokenizer_from: &Path) -> Result<(), FolderError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| FolderError::File { path, source }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let path = folder.join("model.safetensors");
    let written = File::create(&path).and_then(|file| {
        let mut out = BufWriter::new(file);
        weights::write(model, precision, &mut out)?;
        out.flush()
    });
    written.map_err(failed(&path))?;
    let path = folder.join("config.json");
    fs::write(&path, model.config.to_json()).map_err(failed(&path))?;
    for name in TOKENIZER_FILES {
        let (from, to) = (tokenizer_from.join(name), folder.join(name));
        // Reading before writing keeps the file where both are the same.
        if from.is_file() {
            fs::write(&to, read_file(&from)?).map_err(failed(&to))?;
        }
    }
    Ok(())
}

/// Reads a `DistilBERT`, or a BERT whose token types are all 0 and which therefore is one; whether it has a head that is not freshly drawn.
///
/// # Errors
/// Which file cannot be used, and why.
pub fn read_any(folder: &Path, seed: u64) -> Result<(Model, bool), FolderError> {
    let json = read_file(&folder.join("config.json"))?;
    if super::convert::is_distilbert(&json) {
        let (model, _) = read(folder, seed)?;
        let has_head = !matches!(model.head, HeadOrigin::Fresh { .. });
        return Ok((model, has_head));
    }
    let config =
        super::convert::config(&json).map_err(|source| FolderError::Config { path: folder.to_owned(), source })?;
    let mut weights = read_weights(folder, &config, Naming::Bert)?;
    super::convert::fold_token_type(&config, &mut weights);
    let has_head = weights.has_head;
    Ok((Model::new(config, weights, seed), has_head))
}
