//! The one integration binary: a folder for each subject.

mod browser;
mod cli;
mod metrics;
mod model;
mod nn;
mod squad;
mod support;
mod text;
mod train;
