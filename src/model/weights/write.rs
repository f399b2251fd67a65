//! Writing.

use std::io::{self, Write};

use half::f16;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

use crate::model::Model;

/// How many bits a number is written with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32: what was trained, to the last bit.
    #[default]
    F32,
    /// 16: half the bytes, each number rounded to 11 bits.
    F16,
}

impl Precision {
    /// Its name in the file.
    fn dtype(self) -> &'static str {
        match self {
            Self::F32 => "F32",
            Self::F16 => "F16",
        }
    }

    /// Bytes of a number.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
        }
    }
}

fn header(model: &Model, precision: Precision) -> Vec<u8> {
    let mut header = Map::new();
    header.insert("__metadata__".to_owned(), json!({"format": "pt"}));
    for spec in &model.parameters.layout().specs {
        let offsets = [spec.range.start, spec.range.end].map(|at| at * precision.bytes());
        let entry = json!({"dtype": precision.dtype(), "shape": spec.shape, "data_offsets": offsets});
        header.insert(spec.name.clone(), entry);
    }
    let mut bytes = serde_json::Value::Object(header).to_string().into_bytes();
    // The format wants the data aligned to eight bytes.
    bytes.resize(bytes.len().next_multiple_of(8), b' ');
    bytes
}

/// Length in bytes of what [`write`] writes.
pub fn serialized_len(model: &Model, precision: Precision) -> u64 {
    8 + header(model, precision).len() as u64 + (precision.bytes() * model.parameters.layout().len()) as u64
}

/// Writes the weights as safetensors, in pieces of at most 256 kB.
///
/// # Errors
/// Where `out` fails.
pub fn write(model: &Model, precision: Precision, out: &mut impl Write) -> io::Result<()> {
    let header = header(model, precision);
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    let mut bytes = Vec::with_capacity(1 << 18);
    for values in model.parameters.values().chunks(1 << 16) {
        bytes.clear();
        match precision {
            Precision::F32 => values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes())),
            Precision::F16 => {
                values.iter().for_each(|value| bytes.extend_from_slice(&f16::from_f32(*value).to_le_bytes()));
            }
        }
        out.write_all(&bytes)?;
    }
    Ok(())
}
