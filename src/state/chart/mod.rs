//! Geometry of charts: scales, ticks, smoothing, and lines of thousands of points drawn with as few as the screen can show.

pub mod layout;
pub mod quantity;
pub mod scale;
pub mod series;
pub mod svg;

pub use layout::{Chart, Curve, Size};
pub use quantity::Quantity;
pub use scale::{Scale, Tick};
