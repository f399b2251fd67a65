//! The one integration binary: a folder for each subject.

mod nn;
