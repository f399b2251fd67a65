//! Why weights cannot be used.

use std::io;

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
