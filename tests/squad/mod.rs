//! Datasets: every form that is read, every error and its place, offsets, and the shared files.

mod check;
mod damage;
mod files;
mod forms;
mod hostile;
mod offsets;
mod round_trips;
mod texts;
mod writing;
