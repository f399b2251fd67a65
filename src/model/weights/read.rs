//! Reading, chunk by chunk.

use std::io::Read;

use half::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::Metadata;

use super::plan::{Entry, Target, plan};
use super::{Naming, Weights, WeightsError};
use crate::model::parameters::Layout;
use crate::model::{Config, Parameters};

/// Longest header that is read. A model of 256 layers has one of about 500 kB.
const HEADER_MAX: u64 = 16 << 20;

/// Bytes of the number that the file begins with.
const LENGTH_FIELD: usize = 8;

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
            return Err(WeightsError::NotFinite(crate::model::convert::TOKEN_TYPES.to_owned()));
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
