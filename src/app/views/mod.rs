//! The five views.

pub mod ask;
pub mod data;
pub mod evaluate;
pub mod export;
pub mod train;
