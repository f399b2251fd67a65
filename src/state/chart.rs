//! Geometry of the loss chart, without any drawing.

/// Values for the marks of an axis from 0 to at least `max`: 1, 2 or 5 times a power of ten apart, at most `count` steps.
pub fn ticks(max: f64, count: usize) -> Vec<f64> {
    if !(max.is_finite() && max > 0.0) || count == 0 {
        return vec![0.0, 1.0];
    }
    let rough = max / count as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= rough * (1.0 - 1e-9));
    let step = step.unwrap_or(10.0 * power);
    (0..=(max / step * (1.0 - 1e-9)).ceil() as usize).map(|i| i as f64 * step).collect()
}

/// Exponential moving average with its start corrected, so that the first value is the first loss.
pub fn smoothed(values: &[f64], decay: f64) -> Vec<f64> {
    let (mut average, mut weight) = (0.0, 0.0);
    let step = |value: &f64| {
        average = decay * average + (1.0 - decay) * value;
        weight = decay * weight + (1.0 - decay);
        average / weight
    };
    values.iter().map(step).collect()
}

/// At most `2 * columns` points that keep the least and the greatest value of each column: `(index, value)`.
pub fn downsampled(values: &[f64], columns: usize) -> Vec<(usize, f64)> {
    if columns == 0 || values.len() <= 2 * columns {
        return values.iter().copied().enumerate().collect();
    }
    let width = values.len().div_ceil(columns);
    let mut points = Vec::with_capacity(2 * columns);
    for (column, part) in values.chunks(width).enumerate() {
        let by_value = |a: &(usize, &f64), b: &(usize, &f64)| a.1.total_cmp(b.1);
        let ends = [part.iter().enumerate().min_by(by_value), part.iter().enumerate().max_by(by_value)];
        let mut ends: Vec<usize> = ends.into_iter().flatten().map(|(index, _)| index).collect();
        ends.sort_unstable();
        ends.dedup();
        points.extend(ends.into_iter().map(|index| (column * width + index, part[index])));
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_reach_the_top() {
        assert_eq!(ticks(5.81, 4), [0.0, 2.0, 4.0, 6.0]);
        assert_eq!(ticks(150.0, 5), [0.0, 50.0, 100.0, 150.0]);
        assert_eq!(ticks(0.0, 4), [0.0, 1.0]);
        assert_eq!(ticks(f64::NAN, 4), [0.0, 1.0]);
    }

    #[test]
    fn smoothing_starts_at_the_first_value() {
        let smooth = smoothed(&[4.0, 0.0, 0.0], 0.9);
        assert!((smooth[0] - 4.0).abs() < 1e-12);
        assert!((smooth[1] - 0.36 / 0.19).abs() < 1e-12);
        assert!(smooth[2] < smooth[1]);
    }

    #[test]
    fn downsampling_keeps_the_extremes() {
        let mut values = vec![1.0; 10_000];
        (values[1234], values[7777]) = (9.0, -3.0);
        let points = downsampled(&values, 100);
        assert!(points.len() <= 200);
        assert!(points.contains(&(1234, 9.0)) && points.contains(&(7777, -3.0)));
        assert!(points.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(downsampled(&[1.0, 2.0], 100), [(0, 1.0), (1, 2.0)]);
    }
}
