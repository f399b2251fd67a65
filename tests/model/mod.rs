//! Models in and out: weights files good and bad, folders, conversion.

mod convert;
mod folder;
mod parts;
mod weights;
