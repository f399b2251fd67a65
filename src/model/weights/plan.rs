//! Matches the tensors of a file with those of the model.

use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use super::{Naming, WeightsError};
use crate::model::Config;
use crate::model::parameters::Layout;

/// Where the bytes of one tensor of the file go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    Tensor(usize),
    TokenType,
    Ignored,
}

/// One tensor of the file.
#[derive(Debug)]
pub struct Entry {
    pub name: String,
    pub dtype: Dtype,
    pub target: Target,
    pub bytes: u64,
}

/// What the tensors of a file are to the model.
pub struct Plan {
    pub entries: Vec<Entry>,
    pub has_head: bool,
    pub has_token_types: bool,
}

/// Matches the header against the layout.
pub fn plan(metadata: &Metadata, layout: &Layout, config: &Config, naming: Naming) -> Result<Plan, WeightsError> {
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
        Naming::Bert => match crate::model::convert::distilbert_name(name) {
            Some(key) => key,
            None => return Target::Ignored,
        },
    };
    if naming == Naming::Bert && key == crate::model::convert::TOKEN_TYPES {
        return Target::TokenType;
    }
    layout.index(&key).map_or(Target::Ignored, Target::Tensor)
}
