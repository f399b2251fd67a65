//! All sentences that people read in the page, one file a view, in plain words that say what to do next.

pub mod ask;
pub mod data;
pub mod evaluate;
pub mod export;
pub mod shell;
pub mod train;
