//! The tasks of this project.

fn main() {}
