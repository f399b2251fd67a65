//! Loading of a model: files of a folder, of the person or of the hub become weights, tokenizer and what the page shows.

use std::collections::HashSet;

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_time::Instant;

use super::hub::Folder;
use super::model::Loaded;
use super::port::Port;
use crate::browser::streams::Chunks;
use crate::model::{Config, Model, WeightsReader, card};
use crate::protocol::{Event, ModelInfo, ModelSource};
use crate::text::tokenizer::{TOKENIZER_FILES, Tokenizer};

/// Seed of the head where the checkpoint has none; "Fresh head" draws it with the seed of the page.
const SEED: u64 = 42;

/// Largest file, other than the weights, that is read; the largest vocabularies make a `tokenizer.json` of 30 MB.
const SMALL_FILE_MAX: u64 = 64 << 20;

/// Bytes that are copied into wasm at a time.
const BUFFER: usize = 1 << 20;

/// A file that was found.
pub struct Opened {
    /// Its bytes to come.
    pub chunks: Chunks,
    /// Its length, where known.
    pub bytes_total: Option<u64>,
}

/// Loads a model; progress goes out as replies to request `id`.
///
/// # Errors
/// What happened, where, and what to do.
pub async fn load(port: &Port, id: u32, source: ModelSource, attachments: &[JsValue]) -> Result<Loaded, String> {
    let mut folder = Folder::new(source, attachments).await?;
    let loaded = read(port, id, &mut folder).await;
    folder.close(loaded.is_ok()).await;
    loaded
}

async fn read(port: &Port, id: u32, folder: &mut Folder) -> Result<Loaded, String> {
    let Some(config) = small_file(folder, "config.json").await? else {
        return Err(folder.lacks("config.json"));
    };
    let config = Config::from_json(&config).map_err(|error| format!("{error}."))?;
    let mut files = Vec::new();
    for name in TOKENIZER_FILES {
        if let Some(bytes) = small_file(folder, name).await? {
            files.push((name.to_owned(), bytes));
        }
    }
    let file = |name: &str| files.iter().find(|(found, _)| found == name).map(|(_, bytes)| bytes.as_slice());
    let tokenizer = Tokenizer::from_files(file("tokenizer.json"), file("vocab.txt"), file("tokenizer_config.json"))
        .map_err(|error| format!("{error}."))?;
    let readme = small_file(folder, "README.md").await?.unwrap_or_default();
    let readme = String::from_utf8_lossy(&readme);
    let (model, bytes_total) = weights(port, id, folder, &config).await?;
    let info = ModelInfo {
        name: folder.name(&config),
        parameters: model.parameters.layout().len(),
        n_layers: config.n_layers,
        dim: config.dim,
        vocab_size: config.vocab_size,
        lowercase: tokenizer.is_lowercase(),
        languages: card::languages(&readme),
        datasets: card::datasets(&readme),
        head: model.head,
        bytes_total,
        max_position_embeddings: config.max_position_embeddings,
    };
    let (base, licence) = (model.clone(), card::licence(&readme));
    Ok(Loaded { info, base, model, tokenizer, files, licence, measured: None, training: None, seen: HashSet::new() })
}

/// A whole file, small enough to be held; `None` where there is none of that name.
async fn small_file(folder: &mut Folder, name: &str) -> Result<Option<Vec<u8>>, String> {
    let Some(mut opened) = folder.open(name).await? else { return Ok(None) };
    let mut bytes = Vec::new();
    while let Some(chunk) = opened.chunks.next().await? {
        if bytes.len() as u64 + u64::from(chunk.length()) > SMALL_FILE_MAX {
            return Err(format!("{name} is larger than {} MB: it is no such file.", SMALL_FILE_MAX >> 20));
        }
        folder.keep(&chunk);
        bytes.extend(chunk.to_vec());
    }
    folder.kept();
    Ok(Some(bytes))
}

/// Streams the weights into the model.
async fn weights(port: &Port, id: u32, folder: &mut Folder, config: &Config) -> Result<(Model, u64), String> {
    let Some(mut opened) = folder.open("model.safetensors").await? else {
        return Err(folder.lacks("model.safetensors"));
    };
    let Some(bytes_total) = opened.bytes_total else {
        return Err(
            "The server does not say how long model.safetensors is. Download the file and choose it as a file."
                .to_owned(),
        );
    };
    let mut reader = WeightsReader::new(config, bytes_total);
    let mut progress = Progress { port, id, loaded: 0, total: bytes_total, said: Instant::now() };
    progress.say();
    let mut buffer = vec![0; BUFFER];
    while let Some(chunk) = opened.chunks.next().await? {
        push(&mut reader, &chunk, &mut buffer)?;
        folder.keep(&chunk);
        progress.add(u64::from(chunk.length()));
    }
    folder.kept();
    let weights = reader.finish().map_err(|error| format!("{error}."))?;
    Ok((Model::new(config.clone(), weights, SEED), bytes_total))
}

fn push(reader: &mut WeightsReader, chunk: &Uint8Array, buffer: &mut [u8]) -> Result<(), String> {
    let mut start = 0;
    while start < chunk.length() {
        let end = chunk.length().min(start + buffer.len() as u32);
        let part = &mut buffer[..(end - start) as usize];
        chunk.subarray(start, end).copy_to(part);
        reader.push(part).map_err(|error| format!("{error}."))?;
        start = end;
    }
    Ok(())
}

/// Tells the page how far it is, ten times a second.
struct Progress<'a> {
    port: &'a Port,
    id: u32,
    loaded: u64,
    total: u64,
    said: Instant,
}

impl Progress<'_> {
    fn add(&mut self, bytes: u64) {
        self.loaded += bytes;
        if self.said.elapsed().as_millis() >= 100 || self.loaded == self.total {
            self.said = Instant::now();
            self.say();
        }
    }

    fn say(&self) {
        let (what, unit) = ("loading the model".to_owned(), "bytes".to_owned());
        self.port.reply(self.id, Event::Progress { what, loaded: self.loaded, total: Some(self.total), unit });
    }
}
