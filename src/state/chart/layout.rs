//! Lines of a run over its steps, laid out in pixels.

use super::scale::{Scale, Tick, nice_step, ticks};
use super::series::{downsample, path};

/// Room for the numbers at the axes, in pixels.
const LEFT: f64 = 52.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 40.0;

/// Values at steps, the steps ascending.
pub type Curve = Vec<(usize, f64)>;

/// Size of the whole drawing, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// From left to right.
    pub width: f64,
    /// From top to bottom.
    pub height: f64,
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Size of the whole drawing.
    pub size: Size,
    /// The path of each curve.
    pub paths: Vec<String>,
    /// Ticks of the horizontal axis, in steps.
    pub x_ticks: Vec<Tick>,
    /// Ticks of the vertical axis.
    pub y_ticks: Vec<Tick>,
    /// Steps of the first curve: the cursor goes from one to the next.
    pub steps: Vec<usize>,
    x: Scale,
    y: Scale,
}

impl Chart {
    /// Lays out curves. The horizontal axis reaches to `last_step`, so that a line grows into it; the vertical one from 0 to `highest`,
    /// or to the highest value.
    pub fn new(curves: &[&Curve], last_step: usize, highest: Option<f64>, size: Size) -> Self {
        let points = || curves.iter().copied().flatten();
        let first = points().map(|(step, _)| *step).min().unwrap_or(1).min(1);
        let last = points().map(|(step, _)| *step).fold(last_step, usize::max).max(2);
        let (first, last) = (first as f64, last as f64);
        let found = || points().map(|(_, value)| *value).filter(|value| value.is_finite()).fold(0.0, f64::max);
        let highest = highest.unwrap_or_else(found);
        let (right, bottom) = ((size.width - RIGHT).max(LEFT + 1.0), size.height - BOTTOM);
        let y_step = nice_step(0.0, if highest > 0.0 { highest } else { 1.0 }, 4, 0.0);
        let top = (highest / y_step - 1e-9).ceil().max(1.0) * y_step;
        // One mark alone says nothing about a scale.
        let x_step = nice_step(first, last, ((right - LEFT) / 80.0).max(3.0) as usize, 1.0);
        let x = Scale::new([first, last], [LEFT, right]);
        let y = Scale::new([0.0, top], [bottom, TOP]);
        let line = |curve: &&Curve| {
            let points = curve.iter().map(|(step, value)| (x.pixel(*step as f64), y.pixel(*value)));
            path(&downsample(&points.collect::<Vec<_>>(), (right - LEFT) as usize))
        };
        Self {
            size,
            paths: curves.iter().map(line).collect(),
            x_ticks: ticks(&x, first, last, x_step),
            y_ticks: ticks(&y, 0.0, top, y_step),
            steps: curves.first().map(|curve| curve.iter().map(|(step, _)| *step).collect()).unwrap_or_default(),
            x,
            y,
        }
    }

    /// Left, top, right and bottom edge of the plot inside the axes.
    pub fn plot(&self) -> [f64; 4] {
        [LEFT, TOP, (self.size.width - RIGHT).max(LEFT + 1.0), self.size.height - BOTTOM]
    }

    /// Index of the point of the first curve that is nearest to a horizontal pixel; `None` where it has none.
    pub fn nearest(&self, pixel: f64) -> Option<usize> {
        let wanted = self.x.value(pixel);
        let after = self.steps.partition_point(|step| (*step as f64) < wanted);
        let distance = |index: &usize| (self.steps[*index] as f64 - wanted).abs();
        let near = [after.checked_sub(1), (after < self.steps.len()).then_some(after)].into_iter().flatten();
        near.min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    /// Pixel of a value at a step.
    pub fn pixel(&self, step: usize, value: f64) -> (f64, f64) {
        (self.x.pixel(step as f64), self.y.pixel(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 564.0, height: 250.0 };

    #[test]
    fn the_line_grows_into_an_axis_as_long_as_the_run() {
        let chart = Chart::new(&[&vec![(1, 4.0), (2, 3.0)]], 101, None, SIZE);
        assert_eq!(chart.pixel(1, 0.0), (52.0, 210.0));
        assert_eq!(chart.pixel(101, 4.0), (552.0, 10.0));
        assert_eq!(chart.paths, ["M52.0 10.0L57.0 60.0"]);
        let labels = |ticks: &[Tick]| ticks.iter().map(|tick| tick.label.clone()).collect::<Vec<_>>();
        assert_eq!(labels(&chart.y_ticks), ["0", "1", "2", "3", "4"]);
        assert_eq!(labels(&chart.x_ticks), ["20", "40", "60", "80", "100"]);
        let narrow = Chart::new(&[&vec![(1, 4.0), (2, 3.0)]], 60, None, Size { width: 274.0, ..SIZE });
        assert_eq!(labels(&narrow.x_ticks), ["20", "40", "60"]);
    }

    #[test]
    fn the_nearest_point_is_one_that_was_made() {
        let chart = Chart::new(&[&vec![(1, 4.0), (2, 3.0), (3, 2.0)]], 101, None, SIZE);
        assert_eq!(chart.nearest(-20.0), Some(0));
        assert_eq!(chart.nearest(56.0), Some(1));
        assert_eq!(chart.nearest(500.0), Some(2), "beyond the last step that was made");
        let sparse = Chart::new(&[&vec![(0, 4.0), (50, 3.0), (100, 2.0)]], 100, Some(100.0), SIZE);
        assert_eq!([53.0, 290.0, 310.0, 600.0].map(|pixel| sparse.nearest(pixel)), [0, 1, 1, 2].map(Some));
        assert_eq!(sparse.pixel(0, 100.0), (52.0, 10.0));
        assert_eq!(Chart::new(&[&Vec::new()], 101, None, SIZE).nearest(50.0), None);
    }

    #[test]
    fn an_empty_chart_a_narrow_one_and_values_that_are_no_numbers_can_be_drawn() {
        let empty = Chart::new(&[], 0, None, SIZE);
        assert_eq!((empty.paths.len(), empty.y_ticks.len() > 1), (0, true));
        let narrow = Chart::new(&[&vec![(1, 1.0)]], 101, None, Size { width: 0.0, height: 250.0 });
        assert!(narrow.plot()[2] > narrow.plot()[0]);
        let broken = Chart::new(&[&vec![(1, f64::NAN), (2, 1.0)]], 101, None, SIZE);
        assert!(!broken.paths[0].contains("NaN"), "{}", broken.paths[0]);
    }

    #[test]
    fn a_longer_run_beside_it_makes_the_axis_longer() {
        let chart = Chart::new(&[&vec![(1, 1.0)], &vec![(1, 2.0), (400, 9.0)]], 10, None, SIZE);
        assert_eq!(chart.pixel(400, 0.0).0, 552.0);
        assert_eq!(chart.steps, [1]);
        assert_eq!(chart.y_ticks.last().map(|tick| tick.label.clone()).as_deref(), Some("10"));
    }
}
