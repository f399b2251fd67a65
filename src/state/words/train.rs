//! Words of the Train view.
