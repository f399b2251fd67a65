//! Words of the Evaluate view.
