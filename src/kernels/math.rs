//! Exponential and normal distribution of a few values at once, loops over slices by such lanes, and sums.

use super::lane::Lane;

/// `exp(x)`, relative error below 3e-7 where the result is a normal number; 0 below -87.3, clamped above 88.
///
/// Source: reduction by powers of two (Cody and Waite), Taylor polynomial of degree 7 on |r| <= ln(2)/2.
#[inline(always)]
pub fn exp(x: Lane) -> Lane {
    // ln(2) in two parts: the first has few enough bits that n * HI is exact.
    const HI: f32 = 0.693_359_4;
    const LO: f32 = -2.121_944_4e-4;
    // Adding 1.5 * 2^23 rounds to the nearest whole number.
    const ROUND: f32 = 12_582_912.0;
    let clamped = x.max(Lane::splat(-87.3)).min(Lane::splat(88.0));
    let rounded = clamped.mul_add(Lane::splat(std::f32::consts::LOG2_E), Lane::splat(ROUND));
    let n = rounded - Lane::splat(ROUND);
    let r = n.mul_add(Lane::splat(-LO), n.mul_add(Lane::splat(-HI), clamped));
    let terms = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let p = polynomial(r, 1.0 / 5040.0, terms);
    (p * rounded.power_of_two()).zero_below(x, -87.3)
}

/// `exp` of one value.
#[inline(always)]
pub fn exp_of(x: f32) -> f32 {
    to_array(exp(Lane::splat(x)))[0]
}

/// `(Phi(x), phi(x))`: the normal distribution's cumulative and density functions; absolute error of both below 3e-7.
///
/// Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26; the exponential of the erf is the density's own.
#[inline(always)]
pub fn normal(x: Lane) -> (Lane, Lane) {
    const P: f32 = 0.327_591_1 * std::f32::consts::FRAC_1_SQRT_2;
    let one = Lane::splat(1.0);
    let gauss = exp(Lane::splat(-0.5) * x * x);
    let t = one / x.abs().mul_add(Lane::splat(P), one);
    let q = polynomial(t, 1.061_405_4, [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6]);
    let upper = Lane::splat(0.5) * q * t * gauss;
    ((one - upper).where_positive(x, upper), gauss * Lane::splat(0.398_942_3))
}

/// A polynomial by Horner's rule, highest coefficient first.
#[inline(always)]
fn polynomial<const TERMS: usize>(x: Lane, highest: f32, terms: [f32; TERMS]) -> Lane {
    terms.into_iter().fold(Lane::splat(highest), |sum, term| sum.mul_add(x, Lane::splat(term)))
}

/// Sets the values of `out` to what `f` makes of them and of those at the same places of `input`, a lane at a time.
///
/// # Panics
/// Where the slices differ in length.
#[inline(always)]
pub fn map<const OUT: usize, const IN: usize>(
    out: [&mut [f32]; OUT],
    input: [&[f32]; IN],
    f: impl Fn([Lane; OUT], [Lane; IN]) -> [Lane; OUT],
) {
    let len = out[0].len();
    assert!(out.iter().all(|out| out.len() == len) && input.iter().all(|input| input.len() == len), "lengths differ");
    let (to, from) = (out.map(<[f32]>::as_mut_ptr), input.map(<[f32]>::as_ptr));
    let whole = len / Lane::LEN * Lane::LEN;
    for at in (0..whole).step_by(Lane::LEN) {
        // SAFETY: every slice holds a lane at `at`.
        unsafe {
            let results = f(to.map(|to| Lane::load(to.add(at))), from.map(|from| Lane::load(from.add(at))));
            to.into_iter().zip(results).for_each(|(to, lane)| lane.store(to.add(at)));
        }
    }
    if whole < len {
        // What is left of each slice, filled up with zeros.
        let rest = |from: *const f32| {
            let mut values = [0.0; Lane::LEN];
            // SAFETY: every slice holds the values from `whole` to `len`, fewer than a lane.
            unsafe { std::ptr::copy_nonoverlapping(from.add(whole), values.as_mut_ptr(), len - whole) };
            // SAFETY: the array holds a lane.
            unsafe { Lane::load(values.as_ptr()) }
        };
        let results = f(to.map(|to| rest(to.cast_const())), from.map(rest));
        for (to, lane) in to.into_iter().zip(results) {
            let mut values = [0.0; Lane::LEN];
            // SAFETY: the array holds a lane, the slice the values from `whole` to `len`.
            unsafe {
                lane.store(values.as_mut_ptr());
                std::ptr::copy_nonoverlapping(values.as_ptr(), to.add(whole), len - whole);
            }
        }
    }
}

/// Largest value; minus infinity where there is none.
#[inline(always)]
pub fn max(values: &[f32]) -> f32 {
    let (lanes, rest) = whole_lanes(values);
    let most = lanes.fold(Lane::splat(f32::NEG_INFINITY), Lane::max);
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    to_array(most).into_iter().chain(rest.iter().copied()).fold(f32::NEG_INFINITY, larger)
}

/// `exp(x - shift)` in place of every value; returns their sum, whose order is fixed.
#[inline(always)]
pub fn exp_sum(values: &mut [f32], shift: f32) -> f32 {
    let shift = Lane::splat(shift);
    let (lanes, rest) = values.split_at_mut(values.len() / Lane::LEN * Lane::LEN);
    let mut total = Lane::splat(0.0);
    for values in lanes.chunks_exact_mut(Lane::LEN) {
        // SAFETY: the chunk holds a lane.
        unsafe {
            let lane = exp(Lane::load(values.as_ptr()) - shift);
            lane.store(values.as_mut_ptr());
            total = total + lane;
        }
    }
    map([&mut *rest], [], |[x], []| [exp(x - shift)]);
    to_array(total).into_iter().sum::<f32>() + rest.iter().sum::<f32>()
}

/// The lanes of a slice, and what is left of it.
#[inline(always)]
fn whole_lanes(values: &[f32]) -> (impl Iterator<Item = Lane>, &[f32]) {
    let chunks = values.chunks_exact(Lane::LEN);
    let rest = chunks.remainder();
    // SAFETY: every chunk holds a lane.
    (chunks.map(|chunk| unsafe { Lane::load(chunk.as_ptr()) }), rest)
}

#[inline(always)]
fn to_array(lane: Lane) -> [f32; Lane::LEN] {
    let mut values = [0.0; Lane::LEN];
    // SAFETY: the array holds a lane.
    unsafe { lane.store(values.as_mut_ptr()) };
    values
}

/// Lanes of eight running sums.
const EIGHT: usize = 8 / Lane::LEN;

/// Dot product in eight running sums; the order of addition is fixed.
#[inline(always)]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let tail = a.len().min(b.len()) / 8 * 8;
    let (a_eights, b_eights) = (a.chunks_exact(8), b.chunks_exact(8));
    let mut sums = [Lane::splat(0.0); EIGHT];
    for (a, b) in a_eights.zip(b_eights) {
        for (i, sum) in sums.iter_mut().enumerate() {
            // SAFETY: both chunks hold eight values.
            let [a, b] = [a, b].map(|eight| unsafe { Lane::load(eight.as_ptr().add(i * Lane::LEN)) });
            *sum = a.mul_add(b, *sum);
        }
    }
    sum_of_eight(sums) + a[tail..].iter().zip(&b[tail..]).map(|(a, b)| a * b).sum::<f32>()
}

/// Sum in eight running sums; the order of addition is fixed.
#[inline(always)]
pub fn sum(values: &[f32]) -> f32 {
    let eights = values.chunks_exact(8);
    let tail: f32 = eights.remainder().iter().sum();
    let mut sums = [Lane::splat(0.0); EIGHT];
    for eight in eights {
        for (i, sum) in sums.iter_mut().enumerate() {
            // SAFETY: the chunk holds eight values.
            *sum = *sum + unsafe { Lane::load(eight.as_ptr().add(i * Lane::LEN)) };
        }
    }
    sum_of_eight(sums) + tail
}

#[inline(always)]
fn sum_of_eight(sums: [Lane; EIGHT]) -> f32 {
    let mut s = [0.0f32; 8];
    for (i, sum) in sums.into_iter().enumerate() {
        s[i * Lane::LEN..(i + 1) * Lane::LEN].copy_from_slice(&to_array(sum));
    }
    ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]))
}

/// `y += a * x`.
///
/// # Panics
/// Where the slices differ in length.
#[inline(always)]
pub fn axpy(a: f32, x: &[f32], y: &mut [f32]) {
    let a = Lane::splat(a);
    map([y], [x], |[y], [x]| [x.mul_add(a, y)]);
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
            worst = worst.max((f64::from(exp_of(x)) - expected).abs() / expected);
        }
        assert!(worst < 3e-7, "worst relative error {worst:e}");
        assert_eq!(exp_of(-200.0), 0.0);
        assert_eq!(exp_of(0.0), 1.0);
    }

    #[test]
    fn normal_keeps_its_bound_against_f64() {
        let (mut worst_cumulative, mut worst_density) = (0.0f64, 0.0f64);
        for i in 0..20_000 {
            let x = -5.0 + 10.0 * (i as f32) / 20_000.0;
            let exact = f64::from(x);
            let (cumulative, density) = normal(Lane::splat(x));
            let (cumulative, density) = (to_array(cumulative)[0], to_array(density)[0]);
            let expected = 0.5 * (1.0 + erf(exact / 2f64.sqrt()));
            worst_cumulative = worst_cumulative.max((f64::from(cumulative) - expected).abs());
            let expected = (-0.5 * exact * exact).exp() / (2.0 * std::f64::consts::PI).sqrt();
            worst_density = worst_density.max((f64::from(density) - expected).abs());
        }
        assert!(worst_cumulative < 3e-7, "worst absolute error {worst_cumulative:e}");
        assert!(worst_density < 3e-7, "worst absolute error {worst_density:e}");
    }

    #[test]
    fn map_reaches_the_tail_and_nothing_else() {
        for len in [0, 1, 7, 8, 19] {
            let input: Vec<f32> = (0..len).map(|i| i as f32).collect();
            let (mut first, mut second) = (vec![2.0; len + 1], vec![3.0; len + 1]);
            map([&mut first[..len], &mut second[..len]], [&input], |[a, b], [x]| [a * x, b + x]);
            let expected =
                |at: fn(f32) -> f32, rest: f32| -> Vec<f32> { input.iter().map(|x| at(*x)).chain([rest]).collect() };
            assert_eq!(first, expected(|x| 2.0 * x, 2.0));
            assert_eq!(second, expected(|x| 3.0 + x, 3.0));
        }
    }

    #[test]
    fn dot_and_sum_reach_the_tail() {
        let a: Vec<f32> = (0..19).map(|i| i as f32).collect();
        assert_eq!(dot(&a, &a), 2109.0);
        assert_eq!(sum(&a), 171.0);
        assert_eq!(max(&a), 18.0);
        assert_eq!(max(&a[..3]), 2.0);
        let mut shifted = a.clone();
        let total = exp_sum(&mut shifted, 18.0);
        let expected: f64 = a.iter().map(|x| f64::from(x - 18.0).exp()).sum();
        assert!((f64::from(total) - expected).abs() < 1e-6, "{total} for {expected}");
        assert_eq!((shifted[0], shifted[18]), (exp_of(-18.0), 1.0));
    }
}
