//! What the page knows: plain data and pure reducers, no browser types, so that all of it is tested natively.

pub mod asking;
pub mod chart;
pub mod evaluation;
pub mod format;
pub mod model;
pub mod project;
pub mod route;
pub mod run;
pub mod shelf;
pub mod words;
