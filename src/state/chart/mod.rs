//! Geometry of charts: scales, ticks, smoothing, and lines of thousands of points drawn with as few as the screen can show.

pub mod loss;
pub mod scale;
pub mod series;

pub use loss::{LossChart, Size};
pub use scale::{Scale, Tick};
