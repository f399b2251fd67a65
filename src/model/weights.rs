//! `model.safetensors` in and out, as a stream: the file itself is never held in memory, only the weights it becomes.
//!
//! The header is checked against the config before anything is allocated: names, types, shapes and the file's length.

use std::io::{self, Read, Write};

use half::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use serde_json::{Map, json};

use super::parameters::Layout;
use super::{Config, Model, Parameters};

/// Longest header that is read. A model of 256 layers has one of about 500 kB.
const HEADER_MAX: u64 = 16 << 20;

/// Bytes of the number that the file begins with.
const LENGTH_FIELD: usize = 8;

/// Why a `model.safetensors` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The file could not be read.
    #[error("the weights could not be read: {0}")]
    Io(#[from] io::Error),
    /// Not a safetensors file, or a damaged one.
    #[error("this is no valid safetensors file: {0}. Download it again")]
    Header(String),
    /// The header's length field is beyond reason.
    #[error(
        "this is no safetensors file: its header would be {0} bytes long. A pytorch_model.bin must be converted first"
    )]
    HeaderLength(u64),
    /// Tensors and file do not have the same length.
    #[error(
        "the weights have {found} bytes where their header says {expected}: the file is cut off or damaged. Download it again"
    )]
    Length {
        /// Bytes that the header asks for.
        expected: u64,
        /// Bytes that there are.
        found: u64,
    },
    /// A tensor that the config asks for is not there.
    #[error("the weights lack {missing} tensors that config.json asks for, '{first}' among them. {remedy}")]
    Missing {
        /// How many.
        missing: usize,
        /// The first of them.
        first: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A tensor has another shape than the config says.
    #[error(
        "tensor '{name}' has shape {found:?}, config.json asks for {expected:?}. Take the config.json that belongs to these weights"
    )]
    Shape {
        /// Key of the tensor.
        name: String,
        /// Shape in the file.
        found: Vec<usize>,
        /// Shape by the config.
        expected: Vec<usize>,
    },
    /// A tensor is of a type that is not read.
    #[error("tensor '{name}' is of type {dtype}, Spanwise reads F32, F16 and BF16")]
    Dtype {
        /// Key of the tensor.
        name: String,
        /// Type in the file.
        dtype: String,
    },
    /// Two tensors of the file stand for the same weights.
    #[error("the weights hold '{0}' twice, with and without a prefix")]
    Twice(String),
    /// A value that no computation survives.
    #[error("tensor '{0}' holds values that are not finite: these weights are damaged")]
    NotFinite(String),
}

/// How the tensors of a file are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// `DistilBERT`, with or without the prefix `distilbert.`.
    DistilBert,
    /// BERT, with or without the prefix `bert.`; token types are read so that they can be folded into the positions.
    Bert,
}

/// Weights as read.
#[derive(Debug)]
pub struct Weights {
    /// The weights; the head is zero where the file has none.
    pub parameters: Parameters,
    /// Whether the file holds a question-answering head.
    pub has_head: bool,
    /// Tensors that the model has no use for, in the order of the file.
    pub ignored: Vec<String>,
    /// Row 0 of a BERT's token type embeddings, `[dim]`; empty for `DistilBERT`.
    pub token_type: Vec<f32>,
}

/// Where the bytes of one tensor of the file go.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Target {
    Tensor(usize),
    TokenType,
    Ignored,
}

/// One tensor of the file.
#[derive(Debug)]
struct Entry {
    name: String,
    dtype: Dtype,
    target: Target,
    bytes: u64,
}

enum State {
    Header(Vec<u8>),
    Data { entries: Vec<Entry>, entry: usize, done: u64, carry: Vec<u8> },
}

/// Reads safetensors chunk by chunk.
pub struct WeightsReader {
    config: Config,
    naming: Naming,
    bytes_total: u64,
    bytes_seen: u64,
    state: State,
    weights: Option<Weights>,
}

impl WeightsReader {
    /// A reader of a file of `bytes_total` bytes for a `DistilBERT` of that config. Allocates nothing yet.
    pub fn new(config: &Config, bytes_total: u64) -> Self {
        Self::with_naming(config, bytes_total, Naming::DistilBert)
    }

    /// The same for another naming of the tensors.
    pub fn with_naming(config: &Config, bytes_total: u64, naming: Naming) -> Self {
        let state = State::Header(Vec::new());
        Self { config: config.clone(), naming, bytes_total, bytes_seen: 0, state, weights: None }
    }

    /// Takes the next bytes of the file, any number of them.
    ///
    /// # Errors
    /// As soon as the file is known to be unusable; the reader must then be dropped.
    pub fn push(&mut self, mut chunk: &[u8]) -> Result<(), WeightsError> {
        self.bytes_seen += chunk.len() as u64;
        if self.bytes_seen > self.bytes_total {
            return Err(WeightsError::Length { expected: self.bytes_total, found: self.bytes_seen });
        }
        if let State::Header(header) = &mut self.state {
            loop {
                let wanted = header_end(header, self.bytes_total)?;
                let (taken, rest) = chunk.split_at(chunk.len().min(wanted - header.len()));
                header.extend_from_slice(taken);
                chunk = rest;
                if header.len() < wanted {
                    return Ok(());
                }
                if wanted > LENGTH_FIELD {
                    break;
                }
            }
            let header = std::mem::take(header);
            self.begin(&header)?;
        }
        self.data(chunk);
        Ok(())
    }

    /// Checks the header and allocates the weights.
    fn begin(&mut self, header: &[u8]) -> Result<(), WeightsError> {
        let text =
            std::str::from_utf8(&header[LENGTH_FIELD..]).map_err(|error| WeightsError::Header(error.to_string()))?;
        let metadata: Metadata = serde_json::from_str(text).map_err(|error| WeightsError::Header(error.to_string()))?;
        let expected = header.len() as u64 + metadata.data_len() as u64;
        if expected != self.bytes_total {
            return Err(WeightsError::Length { expected, found: self.bytes_total });
        }
        let plan = plan(&metadata, &Layout::new(&self.config), &self.config, self.naming)?;
        let ignored = plan.entries.iter().filter(|entry| entry.target == Target::Ignored);
        self.weights = Some(Weights {
            parameters: Parameters::zeros(&self.config),
            has_head: plan.has_head,
            ignored: ignored.map(|entry| entry.name.clone()).collect(),
            token_type: vec![0.0; if plan.has_token_types { self.config.dim } else { 0 }],
        });
        self.state = State::Data { entries: plan.entries, entry: 0, done: 0, carry: Vec::new() };
        Ok(())
    }

    /// Converts bytes into the weights they stand for.
    fn data(&mut self, mut chunk: &[u8]) {
        let (State::Data { entries, entry, done, carry }, Some(weights)) = (&mut self.state, &mut self.weights) else {
            return;
        };
        let layout = weights.parameters.layout().clone();
        while let Some(current) = entries.get(*entry) {
            if *done == current.bytes {
                (*entry, *done) = (*entry + 1, 0);
                continue;
            }
            if chunk.is_empty() {
                return;
            }
            let taken = chunk.len().min(usize::try_from(current.bytes - *done).unwrap_or(usize::MAX));
            let (bytes, rest) = chunk.split_at(taken);
            let target = match current.target {
                Target::Tensor(index) => &mut weights.parameters.values_mut()[layout.specs[index].range.clone()],
                Target::TokenType => weights.token_type.as_mut_slice(),
                Target::Ignored => &mut [],
            };
            if current.target != Target::Ignored {
                convert(bytes, current.dtype, *done, carry, target);
            }
            *done += taken as u64;
            chunk = rest;
        }
    }

    /// The weights, once all bytes were pushed.
    ///
    /// # Errors
    /// Where bytes are missing, or a value is not finite.
    pub fn finish(self) -> Result<Weights, WeightsError> {
        let incomplete = WeightsError::Length { expected: self.bytes_total, found: self.bytes_seen };
        if self.bytes_seen != self.bytes_total {
            return Err(incomplete);
        }
        let weights = self.weights.ok_or(incomplete)?;
        for spec in &weights.parameters.layout().specs {
            if weights.parameters.at(&spec.range).iter().any(|value| !value.is_finite()) {
                return Err(WeightsError::NotFinite(spec.name.clone()));
            }
        }
        if weights.token_type.iter().any(|value| !value.is_finite()) {
            return Err(WeightsError::NotFinite(super::convert::TOKEN_TYPES.to_owned()));
        }
        Ok(weights)
    }
}

/// Length of the header with its length field; that of the field alone while it is not whole.
fn header_end(header: &[u8], bytes_total: u64) -> Result<usize, WeightsError> {
    let Some((field, _)) = header.split_first_chunk::<LENGTH_FIELD>() else { return Ok(LENGTH_FIELD) };
    let length = u64::from_le_bytes(*field);
    if length > HEADER_MAX {
        return Err(WeightsError::HeaderLength(length));
    }
    if length == 0 || length + 8 > bytes_total {
        return Err(WeightsError::Length { expected: length + 8, found: bytes_total });
    }
    // Bounded by HEADER_MAX just above.
    Ok(LENGTH_FIELD + length as usize)
}

struct Plan {
    entries: Vec<Entry>,
    has_head: bool,
    has_token_types: bool,
}

/// Matches the header against the layout.
fn plan(metadata: &Metadata, layout: &Layout, config: &Config, naming: Naming) -> Result<Plan, WeightsError> {
    let mut filled = vec![false; layout.specs.len()];
    let mut entries = Vec::new();
    let tensors = metadata.tensors();
    for name in metadata.offset_keys() {
        let Some(info) = tensors.get(&name) else { continue };
        let target = target(&name, layout, naming);
        match target {
            Target::Tensor(index) => {
                if std::mem::replace(&mut filled[index], true) {
                    return Err(WeightsError::Twice(layout.specs[index].name.clone()));
                }
                check(&name, info, &layout.specs[index].shape)?;
            }
            // However many types there are: only row 0 is read.
            Target::TokenType => check(&name, info, &[info.shape.first().copied().unwrap_or(0), config.dim])?,
            Target::Ignored => {}
        }
        let bytes = (info.data_offsets.1 - info.data_offsets.0) as u64;
        entries.push(Entry { name, dtype: info.dtype, target, bytes });
    }
    // Half a head is neither a trained one nor a fresh one: its other half counts as missing.
    let has_head = layout.specs.iter().zip(&filled).any(|(spec, filled)| is_head(&spec.name) && *filled);
    let missing: Vec<&str> = (layout.specs.iter().zip(&filled))
        .filter(|(spec, filled)| !**filled && (!is_head(&spec.name) || has_head))
        .map(|(spec, _)| spec.name.as_str())
        .collect();
    if let Some(first) = missing.first() {
        let bert = naming == Naming::DistilBert && entries.iter().any(|entry| entry.name.contains("encoder.layer."));
        let remedy = if bert {
            "This is a BERT: `spanwise convert` turns one whose token types are all 0 into DistilBERT's layout"
        } else {
            "Take the config.json that belongs to these weights"
        };
        return Err(WeightsError::Missing { missing: missing.len(), first: (*first).to_owned(), remedy });
    }
    let has_token_types = entries.iter().any(|entry| entry.target == Target::TokenType);
    Ok(Plan { entries, has_head, has_token_types })
}

fn is_head(name: &str) -> bool {
    name.starts_with("qa_outputs.")
}

fn check(name: &str, info: &TensorInfo, expected: &[usize]) -> Result<(), WeightsError> {
    if info.shape != expected || expected.contains(&0) {
        return Err(WeightsError::Shape {
            name: name.to_owned(),
            found: info.shape.clone(),
            expected: expected.to_vec(),
        });
    }
    match info.dtype {
        Dtype::F32 | Dtype::F16 | Dtype::BF16 => Ok(()),
        dtype => Err(WeightsError::Dtype { name: name.to_owned(), dtype: format!("{dtype:?}") }),
    }
}

/// Which of the model's tensors a tensor of the file is.
fn target(name: &str, layout: &Layout, naming: Naming) -> Target {
    let key = match naming {
        Naming::DistilBert if is_head(name) || name.starts_with("distilbert.") => name.to_owned(),
        Naming::DistilBert => format!("distilbert.{name}"),
        Naming::Bert => match super::convert::distilbert_name(name) {
            Some(key) => key,
            None => return Target::Ignored,
        },
    };
    if naming == Naming::Bert && key == super::convert::TOKEN_TYPES {
        return Target::TokenType;
    }
    layout.index(&key).map_or(Target::Ignored, Target::Tensor)
}

/// Writes the values of `bytes`, which begin `done` bytes into their tensor; a value cut by a chunk waits in `carry`.
/// Values beyond the target's end are dropped (rows of the token types after the first).
fn convert(mut bytes: &[u8], dtype: Dtype, done: u64, carry: &mut Vec<u8>, target: &mut [f32]) {
    let width = if dtype == Dtype::F32 { 4 } else { 2 };
    let mut next = (done as usize - carry.len()) / width;
    let decode = |value: &[u8]| match (dtype, value) {
        (Dtype::F32, [a, b, c, d]) => f32::from_le_bytes([*a, *b, *c, *d]),
        (Dtype::F16, [a, b]) => f16::from_le_bytes([*a, *b]).to_f32(),
        (_, [a, b]) => bf16::from_le_bytes([*a, *b]).to_f32(),
        _ => 0.0,
    };
    if !carry.is_empty() {
        let taken = bytes.len().min(width - carry.len());
        carry.extend_from_slice(&bytes[..taken]);
        bytes = &bytes[taken..];
        if carry.len() < width {
            return;
        }
        if let Some(target) = target.get_mut(next) {
            *target = decode(carry);
        }
        carry.clear();
        next += 1;
    }
    let whole = bytes.len() / width * width;
    for (target, value) in target.iter_mut().skip(next).zip(bytes[..whole].chunks_exact(width)) {
        *target = decode(value);
    }
    carry.extend_from_slice(&bytes[whole..]);
}

/// Reads a whole safetensors file from a reader, a megabyte at a time.
///
/// # Errors
/// As [`WeightsReader::push`] and [`WeightsReader::finish`], and where reading fails.
pub fn read(mut source: impl Read, bytes_total: u64, config: &Config, naming: Naming) -> Result<Weights, WeightsError> {
    let mut reader = WeightsReader::with_naming(config, bytes_total, naming);
    let mut buffer = vec![0; 1 << 20];
    loop {
        match source.read(&mut buffer)? {
            0 => return reader.finish(),
            read => reader.push(&buffer[..read])?,
        }
    }
}

fn header(model: &Model) -> Vec<u8> {
    let mut header = Map::new();
    header.insert("__metadata__".to_owned(), json!({"format": "pt"}));
    for spec in &model.parameters.layout().specs {
        let offsets = [spec.range.start * 4, spec.range.end * 4];
        header.insert(spec.name.clone(), json!({"dtype": "F32", "shape": spec.shape, "data_offsets": offsets}));
    }
    let mut bytes = serde_json::Value::Object(header).to_string().into_bytes();
    // The format wants the data aligned to eight bytes.
    bytes.resize(bytes.len().next_multiple_of(8), b' ');
    bytes
}

/// Length in bytes of what [`write`] writes.
pub fn serialized_len(model: &Model) -> u64 {
    8 + header(model).len() as u64 + 4 * model.parameters.layout().len() as u64
}

/// Writes the weights as F32 safetensors, in pieces of at most 256 kB.
///
/// # Errors
/// Where `out` fails.
pub fn write(model: &Model, out: &mut impl Write) -> io::Result<()> {
    let header = header(model);
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    let mut bytes = Vec::with_capacity(1 << 18);
    for values in model.parameters.values().chunks(1 << 16) {
        bytes.clear();
        values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        out.write_all(&bytes)?;
    }
    Ok(())
}
