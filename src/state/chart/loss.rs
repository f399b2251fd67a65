//! The loss of a run, step by step, laid out in pixels.

use super::scale::{Scale, Tick, nice_step, ticks};
use super::series::{SMOOTHING, downsample, path, smooth};
use crate::train::StepReport;

/// Room for the numbers at the axes, in pixels.
const LEFT: f64 = 48.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 40.0;

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
pub struct LossChart {
    /// Size of the whole drawing.
    pub size: Size,
    /// The path of each step's loss.
    pub thin: String,
    /// The path of the smoothed loss.
    pub thick: String,
    /// Ticks of the horizontal axis, in steps.
    pub x_ticks: Vec<Tick>,
    /// Ticks of the vertical axis, in units of the loss.
    pub y_ticks: Vec<Tick>,
    /// The smoothed loss of each step.
    pub smoothed: Vec<f64>,
    x: Scale,
    y: Scale,
}

impl LossChart {
    /// Lays out the steps of a run of `steps_total` steps: the axis is as long as the run, so that the line grows into it.
    pub fn new(steps: &[StepReport], steps_total: usize, size: Size) -> Self {
        let last = steps.last().map_or(0, |report| report.step).max(steps_total).max(2) as f64;
        let highest = steps.iter().map(|report| report.loss).filter(|loss| loss.is_finite()).fold(0.0, f64::max);
        let (right, bottom) = ((size.width - RIGHT).max(LEFT + 1.0), size.height - BOTTOM);
        let y_step = nice_step(0.0, if highest > 0.0 { highest } else { 1.0 }, 4, 0.0);
        let top = (highest / y_step - 1e-9).ceil().max(1.0) * y_step;
        let x_step = nice_step(1.0, last, ((right - LEFT) / 80.0) as usize, 1.0);
        let x = Scale::new([1.0, last], [LEFT, right]);
        let y = Scale::new([0.0, top], [bottom, TOP]);
        let smoothed = smooth(steps.iter().map(|report| report.loss), SMOOTHING);
        let line = |values: &mut dyn Iterator<Item = f64>| {
            let points = steps.iter().zip(values).map(|(report, value)| (x.pixel(report.step as f64), y.pixel(value)));
            path(&downsample(&points.collect::<Vec<_>>(), (right - LEFT) as usize))
        };
        Self {
            size,
            thin: line(&mut steps.iter().map(|report| report.loss)),
            thick: line(&mut smoothed.iter().copied()),
            x_ticks: ticks(&x, 1.0, last, x_step),
            y_ticks: ticks(&y, 0.0, top, y_step),
            smoothed,
            x,
            y,
        }
    }

    /// Left, top, right and bottom edge of the plot inside the axes.
    pub fn plot(&self) -> [f64; 4] {
        [LEFT, TOP, (self.size.width - RIGHT).max(LEFT + 1.0), self.size.height - BOTTOM]
    }

    /// Index of the step that is nearest to a horizontal pixel; `None` while there are no steps.
    pub fn nearest(&self, pixel: f64) -> Option<usize> {
        let last = self.smoothed.len().checked_sub(1)?;
        Some(((self.x.value(pixel) - 1.0).round().max(0.0) as usize).min(last))
    }

    /// Pixel of a step's loss.
    pub fn pixel(&self, step: usize, loss: f64) -> (f64, f64) {
        (self.x.pixel(step as f64), self.y.pixel(loss))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 560.0, height: 250.0 };

    fn step(step: usize, loss: f64) -> StepReport {
        StepReport {
            step,
            steps_total: 101,
            epoch: 0.5,
            loss,
            learning_rate: 5e-5,
            grad_norm: 1.5,
            tokens_per_second: 900.0,
            elapsed_ms: 10.0,
            left_ms: 5.0,
        }
    }

    #[test]
    fn the_line_grows_into_an_axis_as_long_as_the_run() {
        let chart = LossChart::new(&[step(1, 4.0), step(2, 3.0)], 101, SIZE);
        assert_eq!(chart.pixel(1, 0.0), (48.0, 210.0));
        assert_eq!(chart.pixel(101, 4.0), (548.0, 10.0));
        assert_eq!(chart.thin, "M48.0 10.0L53.0 60.0");
        let labels = |ticks: &[Tick]| ticks.iter().map(|tick| tick.label.clone()).collect::<Vec<_>>();
        assert_eq!(labels(&chart.y_ticks), ["0", "1", "2", "3", "4"]);
        assert_eq!(labels(&chart.x_ticks), ["20", "40", "60", "80", "100"]);
    }

    #[test]
    fn the_nearest_step_is_one_that_was_made() {
        let chart = LossChart::new(&[step(1, 4.0), step(2, 3.0), step(3, 2.0)], 101, SIZE);
        assert_eq!(chart.nearest(-20.0), Some(0));
        assert_eq!(chart.nearest(52.0), Some(1));
        assert_eq!(chart.nearest(500.0), Some(2), "beyond the last step that was made");
        assert_eq!(LossChart::new(&[], 101, SIZE).nearest(50.0), None);
    }

    #[test]
    fn an_empty_chart_a_narrow_one_and_losses_that_are_no_numbers_can_be_drawn() {
        let empty = LossChart::new(&[], 0, SIZE);
        assert_eq!((empty.thin.as_str(), empty.y_ticks.len() > 1), ("", true));
        let narrow = LossChart::new(&[step(1, 1.0)], 101, Size { width: 0.0, height: 250.0 });
        assert!(narrow.plot()[2] > narrow.plot()[0]);
        let broken = LossChart::new(&[step(1, f64::NAN), step(2, 1.0)], 101, SIZE);
        assert!(!broken.thin.contains("NaN") && !broken.thick.contains("NaN"), "{}", broken.thin);
    }
}
