//! A run as bytes: enough to go on as if it had never been interrupted, bit for bit, from the model that it began with.
//!
//! A length, a JSON header, then what is trained and both moments as f32. Where there is little room the moments are left out: the run
//! then goes on with an optimizer that begins afresh. Masks, order and sampling follow from the seed and the number of
//! steps; weights that are frozen come from the model; adapters are merged anew.

use std::fmt::Write as _;
use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::TrainError;
use super::settings::TrainSettings;
use crate::model::Model;
use crate::text::features::TrainFeature;

/// Raised with every change that an older reader would misread.
const VERSION: u32 = 3;
/// Longest header that is read: a log of a million steps.
const HEADER_MAX: u64 = 256 << 20;
/// Values converted at a time.
const CHUNK: usize = 1 << 14;

/// What a checkpoint says before its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    version: u32,
    /// Of model, data and settings: see [`Identity`].
    fingerprint: String,
    /// Steps made.
    pub steps: usize,
    /// Milliseconds spent computing.
    pub busy_ms: f64,
    /// Whether the moments are there.
    pub with_moments: bool,
    /// What whoever drives the run wants back: its log so far.
    pub notes: Value,
}

/// Why a run cannot be taken up again.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// The bytes end early, or the storage fails.
    #[error("the checkpoint cannot be read: {0}")]
    Io(#[from] io::Error),
    /// No header of ours.
    #[error("the checkpoint cannot be read: {0}. It was written by another version: start the run anew")]
    Header(#[from] serde_json::Error),
    /// Another version's.
    #[error("the checkpoint is of version {found}, this program reads {VERSION}: start the run anew")]
    Version {
        /// The version found.
        found: u32,
    },
    /// Another run's.
    #[error(
        "the checkpoint belongs to a run with another model, other data or other settings, or on another device: give the same as then, or start anew"
    )]
    OtherRun,
    /// The run itself cannot begin.
    #[error(transparent)]
    Train(#[from] TrainError),
}

impl Header {
    /// A header of this version.
    pub fn new(fingerprint: String, steps: usize, busy_ms: f64, with_moments: bool, notes: Value) -> Self {
        Self { version: VERSION, fingerprint, steps, busy_ms, with_moments, notes }
    }

    /// Writes the header.
    ///
    /// # Errors
    /// Where the storage fails.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let json = serde_json::to_vec(self)?;
        out.write_all(&(json.len() as u64).to_le_bytes())?;
        out.write_all(&json)
    }

    /// Reads a header, and sees that it belongs to a run with this fingerprint.
    ///
    /// # Errors
    /// Where it does not, or cannot be read.
    pub fn read(input: &mut dyn Read, fingerprint: &str) -> Result<Self, ResumeError> {
        let header = Self::peek(input)?;
        if header.fingerprint == fingerprint { Ok(header) } else { Err(ResumeError::OtherRun) }
    }

    /// Reads the header of whatever run it is.
    ///
    /// # Errors
    /// Where it cannot be read, or is another version's.
    pub fn peek(input: &mut dyn Read) -> Result<Self, ResumeError> {
        let mut len = [0; 8];
        input.read_exact(&mut len)?;
        let len = u64::from_le_bytes(len);
        if len > HEADER_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its header is longer than any can be").into());
        }
        let mut json = vec![0; len as usize];
        input.read_exact(&mut json)?;
        let value: Value = serde_json::from_slice(&json)?;
        match value["version"].as_u64() {
            Some(version) if version == u64::from(VERSION) => {}
            other => return Err(ResumeError::Version { found: other.unwrap_or(0) as u32 }),
        }
        Ok(serde_json::from_value(value)?)
    }
}

/// What a run must have in common with its checkpoint beside the settings: the model that it began with, the windows with their labels,
/// the micro-batch, the order of its state.
#[derive(Clone, Debug)]
pub struct Identity(Sha256);

impl Identity {
    /// Of a run that begins with this model; `state_order` is that of its engine.
    pub fn new(model: &Model, features: &[TrainFeature], micro_batch: usize, state_order: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(model.config.to_json());
        hash.update(folded(model.parameters.values()).to_le_bytes());
        hash.update((micro_batch as u64).to_le_bytes());
        hash.update(state_order);
        for feature in features {
            for (start, end) in (0..=feature.others.len()).map(|turn| feature.labels(turn)) {
                hash.update(start.to_le_bytes());
                hash.update(end.to_le_bytes());
            }
            hash.update((feature.window.ids.len() as u64).to_le_bytes());
            feature.window.ids.iter().for_each(|id| hash.update(id.to_le_bytes()));
        }
        Self(hash)
    }

    /// Of the run with these settings, as text.
    pub fn fingerprint(&self, settings: &TrainSettings) -> String {
        // Struct fields are written in their order: the same settings are the same text.
        let hash = self.0.clone().chain_update(serde_json::to_vec(settings).unwrap_or_default());
        let mut text = String::new();
        for byte in hash.finalize() {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

/// All weights in one number, at the speed of memory: eight sums that multiply what they have by an odd number (FNV's) each time.
fn folded(values: &[f32]) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut sums = [0xcbf2_9ce4_8422_2325u64; 8];
    for chunk in values.chunks(8) {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum = (*sum ^ u64::from(value.to_bits())).wrapping_mul(PRIME);
        }
    }
    sums.iter().fold(values.len() as u64, |all, sum| (all ^ sum).wrapping_mul(PRIME).rotate_left(23))
}

/// Writes values as little-endian f32.
///
/// # Errors
/// Where the storage fails.
pub fn write_values(out: &mut dyn Write, values: &[f32]) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(4 * CHUNK.min(values.len()));
    for chunk in values.chunks(CHUNK) {
        bytes.clear();
        chunk.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// Fills `values` from little-endian f32.
///
/// # Errors
/// Where the bytes end early, or the storage fails.
pub fn read_values(input: &mut dyn Read, values: &mut [f32]) -> io::Result<()> {
    let mut bytes = vec![0; 4 * CHUNK.min(values.len())];
    for chunk in values.chunks_mut(CHUNK) {
        let bytes = &mut bytes[..4 * chunk.len()];
        input.read_exact(bytes)?;
        let words = bytes.as_chunks::<4>().0;
        chunk.iter_mut().zip(words).for_each(|(value, word)| *value = f32::from_le_bytes(*word));
    }
    Ok(())
}
