//! The command line.

/// Runs the command line; never returns an error, since it prints it and exits.
pub fn main() {}
