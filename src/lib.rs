//! Spanwise fine-tunes `DistilBERT` for extractive question answering: in a web page, and on the command line.
//!
//! Data flows one way: bytes, [`squad::Dataset`], features, packed batch, logits, loss, step, [`protocol::Event`], state, view.
//! `ARCHITECTURE.md` has the table of modules and the direction that their dependencies keep.

pub mod answer;
pub mod export;
pub mod kernels;
pub mod metrics;
pub mod model;
pub mod nn;
pub mod protocol;
pub mod squad;
pub mod state;
pub mod storage;
pub mod text;
pub mod train;

#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod app;
#[cfg(target_arch = "wasm32")]
pub mod browser;
#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
#[cfg(target_arch = "wasm32")]
pub mod worker;
