//! Words of the Export view.
