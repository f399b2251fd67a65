//! Setting up what a fresh machine lacks: toolchain, tools, browser. What is there already is found and left alone.

pub mod browser;
pub mod components;
pub mod debian;
pub mod python;
pub mod toolchain;
pub mod tools;
