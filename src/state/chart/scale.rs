//! From values to pixels, and the round numbers at an axis.

use crate::state::format::whole;

/// A linear map from values to pixels. The pixels may run backwards, as those of a vertical axis do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    domain: [f64; 2],
    pixels: [f64; 2],
}

impl Scale {
    /// Maps `domain` onto `pixels`; a domain without extent is widened, so that its value lands in the middle.
    pub fn new(domain: [f64; 2], pixels: [f64; 2]) -> Self {
        let [low, high] = domain;
        let domain = if high > low { domain } else { [low - 0.5, low + 0.5] };
        Self { domain, pixels }
    }

    /// The pixel of a value.
    pub fn pixel(&self, value: f64) -> f64 {
        let [low, high] = self.domain;
        let [from, to] = self.pixels;
        from + (value - low) / (high - low) * (to - from)
    }

    /// The value at a pixel, beyond the ends too.
    pub fn value(&self, pixel: f64) -> f64 {
        let [low, high] = self.domain;
        let [from, to] = self.pixels;
        if from == to { low } else { low + (pixel - from) / (to - from) * (high - low) }
    }
}

/// A mark at an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where, in pixels.
    pub at: f64,
    /// The value, written.
    pub label: String,
}

/// The distance between ticks: 1, 2 or 5 times a power of ten, so that about `wanted` fit between the two values; never
/// below `least`.
pub fn nice_step(low: f64, high: f64, wanted: usize, least: f64) -> f64 {
    let raw = (high - low) / wanted.max(1) as f64;
    if !raw.is_finite() || raw <= 0.0 {
        return least.max(1.0);
    }
    let power = 10_f64.powf(raw.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| raw <= factor * power * (1.0 + 1e-9)).unwrap_or(10.0);
    (factor * power).max(least)
}

/// The multiples of `step` from `low` to `high`, both included.
pub fn multiples(low: f64, high: f64, step: f64) -> Vec<f64> {
    // A hair of tolerance: 0.3 / 0.1 is a little below 3.
    let (first, last) = ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
    (first..=last).map(|index| index as f64 * step).collect()
}

/// A tick's value with the decimals that its axis needs, and no more.
pub fn tick_label(value: f64, step: f64) -> String {
    let decimals = (-(step.log10() + 1e-9).floor()).max(0.0) as usize;
    if decimals == 0 && value >= 0.0 { whole(value.round() as usize) } else { format!("{value:.decimals$}") }
}

/// Ticks along a scale.
pub fn ticks(scale: &Scale, low: f64, high: f64, step: f64) -> Vec<Tick> {
    let tick = |value| Tick { at: scale.pixel(value), label: tick_label(value, step) };
    multiples(low, high, step).into_iter().map(tick).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_numbers() {
        assert_eq!(nice_step(0.0, 10.0, 5, 0.0), 2.0);
        assert_eq!(nice_step(0.0, 150.0, 5, 0.0), 50.0);
        assert_eq!(nice_step(0.0, 5.9, 4, 0.0), 2.0);
        assert!((nice_step(0.0, 0.07, 4, 0.0) - 0.02).abs() < 1e-12);
        assert_eq!(nice_step(0.0, 3.0, 6, 1.0), 1.0, "half a training step is none");
        assert_eq!(nice_step(4.0, 4.0, 5, 0.0), 1.0, "no extent");
        assert_eq!(nice_step(0.0, f64::NAN, 5, 0.0), 1.0);
    }

    #[test]
    fn multiples_hold_both_ends() {
        assert_eq!(multiples(0.0, 6.0, 2.0), [0.0, 2.0, 4.0, 6.0]);
        assert_eq!(multiples(1.0, 9.0, 5.0), [5.0]);
        assert_eq!(multiples(0.0, 0.3, 0.1).len(), 4, "in spite of rounding");
    }

    #[test]
    fn labels_have_the_decimals_of_their_step() {
        assert_eq!(tick_label(1500.0, 500.0), "1,500");
        assert_eq!(tick_label(0.0, 2.0), "0");
        assert_eq!(tick_label(0.1, 0.05), "0.10");
        assert_eq!(tick_label(0.6, 0.2), "0.6");
        assert_eq!(tick_label(-2.0, 1.0), "-2");
    }

    #[test]
    fn a_scale_leads_there_and_back() {
        let scale = Scale::new([0.0, 4.0], [200.0, 0.0]);
        assert_eq!([scale.pixel(0.0), scale.pixel(1.0), scale.pixel(4.0)], [200.0, 150.0, 0.0]);
        assert_eq!(scale.value(150.0), 1.0);
        assert_eq!(Scale::new([3.0, 3.0], [0.0, 100.0]).pixel(3.0), 50.0);
        assert_eq!(Scale::new([0.0, 4.0], [7.0, 7.0]).value(7.0), 0.0, "a chart of no width");
    }
}
