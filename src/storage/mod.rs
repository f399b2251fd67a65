//! Where things are kept: a trait, and its implementations.
