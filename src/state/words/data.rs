//! Words of the Data view.
