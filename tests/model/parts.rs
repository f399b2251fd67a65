//! Safetensors files put together by hand, so that they can be put together wrongly.

use serde_json::{Map, Value, json};
use spanwise::model::Model;

/// One tensor of a file.
#[derive(Clone)]
pub struct Part {
    pub name: String,
    pub dtype: &'static str,
    pub shape: Vec<usize>,
    pub bytes: Vec<u8>,
}

impl Part {
    /// Values as F32.
    pub fn f32(name: &str, shape: &[usize], values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { name: name.to_owned(), dtype: "F32", shape: shape.to_vec(), bytes }
    }
}

/// The model's tensors as F32.
pub fn of(model: &Model) -> Vec<Part> {
    let specs = &model.parameters.layout().specs;
    specs.iter().map(|spec| Part::f32(&spec.name, &spec.shape, model.parameters.at(&spec.range))).collect()
}

/// The file of these tensors, one after another.
pub fn file(parts: &[Part]) -> Vec<u8> {
    let (mut header, mut at) = (Map::new(), 0);
    for part in parts {
        let offsets = [at, at + part.bytes.len()];
        at = offsets[1];
        header.insert(part.name.clone(), json!({"dtype": part.dtype, "shape": part.shape, "data_offsets": offsets}));
    }
    let data: Vec<u8> = parts.iter().flat_map(|part| part.bytes.iter().copied()).collect();
    with_header(&Value::Object(header), &data)
}

/// A file with that header and that data, whether they fit each other or not.
pub fn with_header(header: &Value, data: &[u8]) -> Vec<u8> {
    let header = header.to_string().into_bytes();
    [&(header.len() as u64).to_le_bytes()[..], &header, data].concat()
}
