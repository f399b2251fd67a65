//! Writing.

use std::io::{self, Write};

use serde_json::{Map, json};

use crate::model::Model;

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
