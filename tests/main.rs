//! The one integration binary: a folder for each subject.

mod browser;
mod nn;
