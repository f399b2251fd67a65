//! Words of the Ask view.
