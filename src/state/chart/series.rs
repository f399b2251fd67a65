//! Lines: smoothing, thinning out, and the path that draws them.

use std::fmt::Write;

/// Share of the past in the smoothed line: it looks back about ten points.
pub const SMOOTHING: f64 = 0.9;

/// Exponential mean with the bias of its start corrected, as Adam does it: the first value is the first point itself.
/// Values that are no numbers leave the mean as it was.
pub fn smooth(values: impl IntoIterator<Item = f64>, keep: f64) -> Vec<f64> {
    let (mut mean, mut weight) = (0.0, 0.0);
    let mut out = Vec::new();
    for value in values {
        if value.is_finite() {
            mean = keep * mean + (1.0 - keep) * value;
            weight = keep * weight + (1.0 - keep);
        }
        out.push(if weight > 0.0 { mean / weight } else { f64::NAN });
    }
    out
}

/// At most four points for each column of pixels: the first, the lowest, the highest and the last in it. What the line
/// looks like stays, spikes of a single point included. `points` are pixels, their x ascending.
pub fn downsample(points: &[(f64, f64)], columns: usize) -> Vec<(f64, f64)> {
    if points.len() <= 4 * columns.max(1) {
        return points.to_vec();
    }
    let (left, right) = (points[0].0, points[points.len() - 1].0);
    let width = ((right - left) / columns.max(1) as f64).max(f64::MIN_POSITIVE);
    let column = |x: f64| (((x - left) / width) as usize).min(columns.max(1) - 1);
    let mut out = Vec::with_capacity(4 * columns);
    for chunk in points.chunk_by(|a, b| column(a.0) == column(b.0)) {
        let by_height = |a: &usize, b: &usize| chunk[*a].1.total_cmp(&chunk[*b].1);
        let lowest = (0..chunk.len()).min_by(by_height).unwrap_or(0);
        let highest = (0..chunk.len()).max_by(by_height).unwrap_or(0);
        let mut kept = [0, lowest, highest, chunk.len() - 1];
        kept.sort_unstable();
        let mut last = None;
        for index in kept {
            if last != Some(index) {
                out.push(chunk[index]);
            }
            last = Some(index);
        }
    }
    out
}

/// The `d` of an SVG path through these pixels; the line breaks where a point is no number.
pub fn path(points: &[(f64, f64)]) -> String {
    let mut out = String::with_capacity(points.len() * 12);
    let mut draws = false;
    for (x, y) in points {
        if x.is_finite() && y.is_finite() {
            // Writing to a string does not fail.
            let _ = write!(out, "{}{x:.1} {y:.1}", if draws { 'L' } else { 'M' });
            draws = true;
        } else {
            draws = false;
        }
    }
    out
}

/// Indices of at most `most` of `len` rows, evenly spread, the last one always among them, and the distance between two.
pub fn spread(len: usize, most: usize) -> (Vec<usize>, usize) {
    let step = len.div_ceil(most.max(1)).max(1);
    let mut rows: Vec<usize> = (0..len).step_by(step).collect();
    if let Some(last) = len.checked_sub(1)
        && rows.last() != Some(&last)
    {
        rows.push(last);
    }
    (rows, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_is_not_drawn_to_zero_at_the_start() {
        assert_eq!(smooth([4.0], 0.9), [4.0]);
        let flat = smooth([2.0; 5], 0.9);
        assert!(flat.iter().all(|value| (value - 2.0).abs() < 1e-12), "{flat:?}");
        // Weights 0.1 and 0.09 over 0.19.
        let two = smooth([1.0, 3.0], 0.9);
        assert!((two[1] - (0.09 * 1.0 + 0.1 * 3.0) / 0.19).abs() < 1e-12, "{two:?}");
        let gap = smooth([f64::NAN, 1.0, f64::NAN], 0.9);
        assert!(gap[0].is_nan());
        assert!((gap[1] - 1.0).abs() < 1e-12 && (gap[2] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn thinning_out_keeps_ends_and_spikes() {
        let mut points: Vec<(f64, f64)> = (0..10_000).map(|i| (f64::from(i) / 20.0, 1.0)).collect();
        points[4321].1 = 99.0;
        points[4325].1 = -7.0;
        let thin = downsample(&points, 500);
        assert!(thin.len() <= 4 * 500, "{}", thin.len());
        assert_eq!((thin[0], thin[thin.len() - 1]), (points[0], points[9_999]));
        assert!(thin.contains(&points[4321]) && thin.contains(&points[4325]));
        assert!(thin.windows(2).all(|pair| pair[0].0 < pair[1].0), "in order, none twice");
        assert_eq!(downsample(&points[..20], 500), points[..20], "few points stay as they are");
    }

    #[test]
    fn a_path_breaks_where_there_is_no_number() {
        assert_eq!(path(&[(0.0, 1.0), (2.0, 3.25)]), "M0.0 1.0L2.0 3.2");
        assert_eq!(path(&[(0.0, 1.0), (1.0, f64::NAN), (2.0, 3.0)]), "M0.0 1.0M2.0 3.0");
        assert_eq!(path(&[]), "");
    }

    #[test]
    fn rows_are_spread_evenly_and_end_with_the_last() {
        assert_eq!(spread(3, 10), (vec![0, 1, 2], 1));
        assert_eq!(spread(10, 4), (vec![0, 3, 6, 9], 3));
        assert_eq!(spread(11, 4), (vec![0, 3, 6, 9, 10], 3));
        assert_eq!(spread(0, 4), (vec![], 1));
    }
}
