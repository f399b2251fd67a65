//! What the tests of several subjects share.

pub mod counter;
pub mod tiny;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use safetensors::{Dtype, SafeTensors};
use spanwise::model::{Config, HeadOrigin, Model, Parameters, init};
use spanwise::squad::Dataset;
use spanwise::squad::read::read;

/// A file of this folder, by its path below `tests/`.
pub fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)
}

/// Real data and models that lie beside the project. Where they are missing a line says so, and the test ends.
pub fn shared(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    say(&format!("NOT TESTED: ../shared/{path} is not there, so this test checks nothing"));
    None
}

/// A line on the terminal itself: the test harness swallows what passing tests print.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// A dataset of the shared folder.
pub fn shared_dataset(path: &str) -> Option<Dataset> {
    let bytes = std::fs::read(shared(path)?).unwrap();
    Some(read(&bytes).unwrap_or_else(|error| panic!("{path}: {error}")))
}

/// A model of that shape with matrices drawn from N(0, `std`), the same each time.
pub fn drawn(config: Config, std: f64) -> Model {
    let mut parameters = Parameters::zeros(&config);
    let layout = parameters.layout().clone();
    let values = parameters.values_mut();
    for (i, spec) in layout.specs.iter().enumerate() {
        let values = &mut values[spec.range.clone()];
        if spec.name.ends_with("orm.weight") {
            values.fill(1.0);
        } else if spec.decay {
            init::normal(values, std, 77 + i as u64);
        }
    }
    Model { config, parameters, head: HeadOrigin::Checkpoint }
}

/// Golden tensors, by name.
pub struct Golden(BTreeMap<String, Vec<f64>>);

impl Golden {
    /// Reads a safetensors file below `tests/`.
    pub fn read(path: &str) -> Self {
        let bytes = std::fs::read(file(path)).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let values = |view: &safetensors::tensor::TensorView| -> Vec<f64> {
            match view.dtype() {
                Dtype::F32 => {
                    let words = view.data().as_chunks::<4>().0.iter();
                    words.map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect()
                }
                Dtype::F64 => view.data().as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect(),
                dtype => panic!("golden tensors are F32 or F64, not {dtype:?}"),
            }
        };
        Self(tensors.iter().map(|(name, view)| (name.to_owned(), values(&view))).collect())
    }

    /// The tensor of that name.
    pub fn get(&self, name: &str) -> &[f64] {
        self.0.get(name).unwrap_or_else(|| panic!("the golden file has no '{name}'"))
    }

    /// Names that begin so.
    pub fn names_with(&self, prefix: &str) -> usize {
        self.0.keys().filter(|name| name.starts_with(prefix)).count()
    }
}

/// Euclidean norm.
pub fn norm(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().map(|value| value * value).sum::<f64>().sqrt()
}
