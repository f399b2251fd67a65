//! All that crosses the boundary between the page and its workers.
//!
//! A [`Request`] goes in, any number of [`Reply`]s with the same `id` come out; the last of them is marked `last`.
//! Bytes never travel inside: files go beside the message as attachments (`File`, `Blob`), which the browser passes by reference.

mod command;
mod event;

use serde::{Deserialize, Serialize};

pub use command::{AskItem, Begin, Command, FileToRead, HeldOut, Keeping, ModelSource};
pub use event::{EvaluatedQuestion, Event, Folding, ModelInfo};

pub use crate::model::HeadOrigin;
pub use crate::train::Plan;

/// Raised with every change that an older worker or page would misread.
pub const PROTOCOL_VERSION: u32 = 1;

/// From the page to a worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    /// [`PROTOCOL_VERSION`] of the sender.
    pub version: u32,
    /// Chosen by the page; replies carry it.
    pub id: u32,
    /// What to do.
    pub command: Command,
}

/// From a worker to the page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reply {
    /// The request that this answers; 0 for events that nobody asked for.
    pub id: u32,
    /// What happened.
    pub event: Event,
    /// Whether this is the last reply to the request.
    pub last: bool,
}
