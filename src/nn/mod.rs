//! The differentiable operations. On the CPU a sublayer is one candle operation over kernels ([`ops`]); elsewhere, and as their
//! oracle, the same sublayers are composed from candle's differentiable operations ([`composed`]).

pub mod blocks;
pub mod composed;
pub mod distilbert;
pub mod ops;
pub mod padded;
pub mod pass;
pub mod trainable;

pub use crate::kernels::qa_loss::Criterion;
pub use distilbert::{Logits, logits, loss_and_gradient};
pub use pass::{Dropouts, Pass, Trained};
pub use trainable::{Choice, Lora, Target, Trainable};
