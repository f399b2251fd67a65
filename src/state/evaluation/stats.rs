//! How much a difference between two models on the same questions means. All of it exact or seeded: the same answers
//! give the same figures.

/// Draws of the bootstrap, as long as they are cheap.
const RESAMPLES_MOST: usize = 2000;
const RESAMPLES_LEAST: usize = 200;
/// Questions drawn in all, which bounds the time to a fraction of a second.
const DRAWS: usize = 10_000_000;
/// 95 % of the normal law lie within so many standard deviations.
const NORMAL_95: f64 = 1.959_963_984_540_054;

/// Two-sided exact p-value of `McNemar`'s test (a sign test on the questions whose answer changed from right to wrong or
/// back): how often chance alone would split `fixed + broken` questions at least as unevenly.
pub fn sign_test(fixed: usize, broken: usize) -> f64 {
    let (few, total) = (fixed.min(broken), fixed + broken);
    // Logarithms: 0.5^n leaves the numbers from n = 1075 on.
    let mut choose = 0.0_f64;
    let mut tail = 0.0;
    for k in 0..=few {
        if k > 0 {
            choose += ((total - k + 1) as f64 / k as f64).ln();
        }
        tail += (choose - total as f64 * std::f64::consts::LN_2).exp();
    }
    (2.0 * tail).min(1.0)
}

/// An interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// 95 % percentile intervals of the means of several columns, by drawing whole rows (questions) with replacement: columns
/// that belong together stay together. `None` for a column whose rows are all the same: the draws say nothing of it.
pub fn bootstrap<const N: usize>(rows: &[[f64; N]], seed: u64) -> [Option<Interval>; N] {
    if rows.len() < 2 {
        return [None; N];
    }
    let resamples = (DRAWS / rows.len()).clamp(RESAMPLES_LEAST, RESAMPLES_MOST);
    let mut random = SplitMix(seed);
    let mut means: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(resamples));
    for _ in 0..resamples {
        let mut sums = [0.0; N];
        for _ in 0..rows.len() {
            let row = &rows[random.below(rows.len())];
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        means.iter_mut().zip(sums).for_each(|(means, sum)| means.push(sum / rows.len() as f64));
    }
    std::array::from_fn(|column| {
        let first = rows[0][column];
        let is_flat = rows.iter().all(|row| (row[column] - first).abs() < 1e-12);
        let means = &mut means[column];
        means.sort_by(f64::total_cmp);
        (!is_flat).then(|| Interval { low: quantile(means, 0.025), high: quantile(means, 0.975) })
    })
}

/// Wilson's 95 % interval of a share of which `hits` of `count` were found, 0 to 1; from 0 to 1 without any.
pub fn wilson(hits: usize, count: usize) -> Interval {
    if count == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let (share, count) = (hits as f64 / count as f64, count as f64);
    let weight = NORMAL_95 * NORMAL_95 / count;
    let middle = (share + weight / 2.0) / (1.0 + weight);
    let half = (weight * (share * (1.0 - share) + weight / 4.0)).sqrt() / (1.0 + weight);
    Interval { low: (middle - half).max(0.0), high: (middle + half).min(1.0) }
}

/// Quantile of sorted values, interpolated as most programs do.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

/// `SplitMix64` of Steele, Lea and Flood: enough for a bootstrap, and the same on every machine.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, wanted: f64) {
        assert!((found - wanted).abs() < 1e-12, "found {found}, wanted {wanted}");
    }

    #[test]
    fn the_sign_test_agrees_with_counting_by_hand() {
        close(sign_test(0, 0), 1.0);
        close(sign_test(1, 0), 1.0);
        close(sign_test(5, 0), 2.0 / 32.0);
        close(sign_test(6, 0), 2.0 / 64.0);
        // (1 + 7) of 128, both tails.
        close(sign_test(6, 1), 16.0 / 128.0);
        close(sign_test(1, 6), 16.0 / 128.0);
        close(sign_test(4, 4), 1.0);
        // (1 + 10 + 45) of 1024, both tails.
        close(sign_test(8, 2), 112.0 / 1024.0);
    }

    #[test]
    fn the_sign_test_holds_for_thousands_of_questions() {
        let even = sign_test(2500, 2500);
        assert!((0.99..=1.0).contains(&even), "{even}");
        let uneven = sign_test(3000, 2000);
        assert!(uneven > 0.0 && uneven < 1e-40, "{uneven}");
        // One standard deviation of 10,000 coins is 50: two of them leave about 5 %.
        let two_sigma = sign_test(5100, 4900);
        assert!((0.04..0.05).contains(&two_sigma), "{two_sigma}");
    }

    #[test]
    fn split_mix_gives_its_published_numbers() {
        let mut random = SplitMix(1_234_567);
        assert_eq!([random.next(), random.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn the_interval_is_near_that_of_the_normal_law() {
        // 40 of 100 right: 0.4 +- 1.96 * sqrt(0.24 / 100) = 0.304 to 0.496.
        let rows: Vec<[f64; 2]> = (0..100).map(|i| [f64::from(u8::from(i < 40)), 1.0]).collect();
        let [interval, flat] = bootstrap(&rows, 42);
        let interval = interval.unwrap();
        assert!((interval.low - 0.304).abs() < 0.02 && (interval.high - 0.496).abs() < 0.02, "{interval:?}");
        assert_eq!(flat, None, "all the same: nothing to draw from");
        assert_eq!(bootstrap(&rows, 42), bootstrap(&rows, 42));
        assert_ne!(bootstrap(&rows, 42)[0], bootstrap(&rows, 7)[0]);
        assert_eq!(bootstrap(&rows[..1], 42), [None, None]);
    }

    #[test]
    fn shares_of_few_have_the_intervals_of_the_formula() {
        // Wilson's bounds of 5 in 10 are 0.2366 and 0.7634, those of 0 in 10 0 and 0.2775.
        let [half, none, all] = [wilson(5, 10), wilson(0, 10), wilson(10, 10)];
        assert!((half.low - 0.2366).abs() < 1e-4 && (half.high - 0.7634).abs() < 1e-4, "{half:?}");
        assert!(none.low.abs() < 1e-12 && (none.high - 0.2775).abs() < 1e-4, "{none:?}");
        assert!((all.low - 0.7225).abs() < 1e-4 && (all.high - 1.0).abs() < 1e-12, "{all:?}");
        assert_eq!(wilson(0, 0), Interval { low: 0.0, high: 1.0 });
    }

    #[test]
    fn quantiles_are_interpolated() {
        close(quantile(&[0.0, 1.0, 2.0, 3.0, 4.0], 0.5), 2.0);
        close(quantile(&[0.0, 10.0], 0.025), 0.25);
    }
}
