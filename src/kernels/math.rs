//! Branch-free exponential and normal distribution, written so that the compiler turns loops over them into SIMD.

/// `exp(x)`, relative error below 3e-7 where the result is a normal number; 0 below -87.3, clamped above 88.
///
/// Source: reduction by powers of two (Cody and Waite), Taylor polynomial of degree 7 on |r| <= ln(2)/2.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    // ln(2) in two parts: the first has few enough bits that n * HI is exact.
    const HI: f32 = 0.693_359_4;
    const LO: f32 = -2.121_944_4e-4;
    // Adding and subtracting 1.5 * 2^23 rounds to the nearest whole number, without the instruction that baseline x86-64 lacks.
    const ROUND: f32 = 12_582_912.0;
    let clamped = x.clamp(-87.3, 88.0);
    let n = (clamped * LOG2_E + ROUND) - ROUND;
    let r = (clamped - n * HI) - n * LO;
    let p = 1.0 / 5040.0;
    let p = p * r + 1.0 / 720.0;
    let p = p * r + 1.0 / 120.0;
    let p = p * r + 1.0 / 24.0;
    let p = p * r + 1.0 / 6.0;
    let p = p * r + 0.5;
    let p = p * r + 1.0;
    let p = p * r + 1.0;
    // SAFETY: n lies in -126..=127 after the clamp, so the conversion is exact.
    let n = unsafe { n.to_int_unchecked::<i32>() };
    let scale = f32::from_bits(((n + 127) << 23) as u32);
    if x < -87.3 { 0.0 } else { p * scale }
}

/// `(Phi(x), phi(x))`: the normal distribution's cumulative and density functions; absolute error of both below 3e-7.
///
/// Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26; the exponential of the erf is the density's own.
#[inline(always)]
pub fn normal(x: f32) -> (f32, f32) {
    const P: f32 = 0.327_591_1 * std::f32::consts::FRAC_1_SQRT_2;
    let gauss = exp(-0.5 * x * x);
    let t = 1.0 / (1.0 + P * x.abs());
    let q = 1.061_405_4;
    let q = q * t - 1.453_152;
    let q = q * t + 1.421_413_7;
    let q = q * t - 0.284_496_74;
    let q = q * t + 0.254_829_6;
    let upper = 0.5 * q * t * gauss;
    let cumulative = if x > 0.0 { 1.0 - upper } else { upper };
    (cumulative, gauss * 0.398_942_3)
}

/// Dot product in eight running sums, which the compiler keeps in SIMD registers; the order of addition is fixed.
#[inline(always)]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    let (a_chunks, b_chunks) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sum_of_eight(sums) + tail
}

/// Sum in eight running sums; the order of addition is fixed.
#[inline(always)]
pub fn sum(values: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    let chunks = values.chunks_exact(8);
    let tail: f32 = chunks.remainder().iter().sum();
    for chunk in chunks {
        for lane in 0..8 {
            sums[lane] += chunk[lane];
        }
    }
    sum_of_eight(sums) + tail
}

#[inline(always)]
fn sum_of_eight(s: [f32; 8]) -> f32 {
    ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]))
}

/// `y += a * x`.
#[inline(always)]
pub fn axpy(a: f32, x: &[f32], y: &mut [f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// erf by its Maclaurin series, in f64: converges for every |x| used here.
    fn erf(x: f64) -> f64 {
        let (mut term, mut sum, mut n) = (x, x, 0.0);
        while term.abs() > 1e-18 {
            n += 1.0;
            term *= -x * x / n;
            sum += term / (2.0 * n + 1.0);
        }
        sum * std::f64::consts::FRAC_2_SQRT_PI
    }

    #[test]
    fn exp_keeps_its_bound_against_f64() {
        let mut worst = 0.0f64;
        for i in 0..200_000 {
            let x = -87.0 + 175.0 * (i as f32) / 200_000.0;
            let expected = f64::from(x).exp();
            worst = worst.max((f64::from(exp(x)) - expected).abs() / expected);
        }
        assert!(worst < 3e-7, "worst relative error {worst:e}");
        assert_eq!(exp(-200.0), 0.0);
        assert_eq!(exp(0.0), 1.0);
    }

    #[test]
    fn normal_keeps_its_bound_against_f64() {
        let (mut worst_cumulative, mut worst_density) = (0.0f64, 0.0f64);
        for i in 0..20_000 {
            let x = -5.0 + 10.0 * (i as f32) / 20_000.0;
            let exact = f64::from(x);
            let (cumulative, density) = normal(x);
            let expected = 0.5 * (1.0 + erf(exact / 2f64.sqrt()));
            worst_cumulative = worst_cumulative.max((f64::from(cumulative) - expected).abs());
            let expected = (-0.5 * exact * exact).exp() / (2.0 * std::f64::consts::PI).sqrt();
            worst_density = worst_density.max((f64::from(density) - expected).abs());
        }
        assert!(worst_cumulative < 3e-7, "worst absolute error {worst_cumulative:e}");
        assert!(worst_density < 3e-7, "worst absolute error {worst_density:e}");
    }

    #[test]
    fn dot_and_sum_reach_the_tail() {
        let a: Vec<f32> = (0..19).map(|i| i as f32).collect();
        assert_eq!(dot(&a, &a), 2109.0);
        assert_eq!(sum(&a), 171.0);
    }
}
