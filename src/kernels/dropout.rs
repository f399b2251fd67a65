//! Dropout from counters: a mask is a function of (seed, step, site, element), so it is recomputed where it is needed
//! and never stored, and a resumed run needs only the seed and the step.
//!
//! Source: Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (SC 2011), Philox4x32 with 10 rounds.

use rayon::prelude::*;

use super::ROWS_PER_TASK;

/// Four random words from a counter and a key.
#[inline(always)]
pub fn philox4x32(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let ([mut c0, mut c1, mut c2, mut c3], [mut k0, mut k1]) = (counter, key);
    for _ in 0..10 {
        let p0 = u64::from(c0) * 0xD251_1F53;
        let p1 = u64::from(c2) * 0xCD9E_8D57;
        (c0, c1, c2, c3) = ((p1 >> 32) as u32 ^ c1 ^ k0, p1 as u32, (p0 >> 32) as u32 ^ c3 ^ k1, p0 as u32);
        k0 = k0.wrapping_add(0x9E37_79B9);
        k1 = k1.wrapping_add(0xBB67_AE85);
    }
    [c0, c1, c2, c3]
}

/// One dropout site of one step: which elements fall out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    key: [u32; 2],
    step: u32,
    site: u32,
    /// An element stays where its random word is at least this.
    threshold: u32,
    scale: f32,
    probability: f32,
}

impl Dropout {
    /// `probability` in 0..1 is the share of elements that become zero; the others are scaled by 1 / (1 - probability).
    /// `None` where nothing falls out.
    pub fn new(probability: f32, seed: u64, step: u32, site: u32) -> Option<Self> {
        (probability > 0.0).then(|| Self {
            key: [seed as u32, (seed >> 32) as u32],
            step,
            site,
            threshold: (f64::from(probability) * 4_294_967_296.0) as u32,
            scale: 1.0 / (1.0 - probability),
            probability,
        })
    }

    /// Share of elements that become zero.
    pub fn probability(&self) -> f32 {
        self.probability
    }

    /// Writes the factors (0 or the scale) of elements `first..first + out.len()`; `first` is a multiple of four.
    pub fn factors(&self, first: u64, out: &mut [f32]) {
        debug_assert_eq!(first % 4, 0);
        for (group, out) in (first / 4..).zip(out.chunks_mut(4)) {
            let words = philox4x32([group as u32, (group >> 32) as u32, self.site, self.step], self.key);
            for (value, word) in out.iter_mut().zip(words) {
                *value = if word >= self.threshold { self.scale } else { 0.0 };
            }
        }
    }

    /// Multiplies a matrix `[rows, cols]` by its factors; row 0 is row `first_row` of the whole batch.
    pub fn apply(&self, x: &mut [f32], cols: usize, first_row: usize) {
        let stride = row_stride(cols);
        x.par_chunks_mut(cols * ROWS_PER_TASK).enumerate().for_each(|(task, block)| {
            let mut factors = vec![0.0; cols];
            for (i, row) in block.chunks_mut(cols).enumerate() {
                self.factors((first_row + task * ROWS_PER_TASK + i) as u64 * stride, &mut factors);
                row.iter_mut().zip(&factors).for_each(|(x, factor)| *x *= factor);
            }
        });
    }
}

/// Elements from one row to the next: rows begin at a multiple of four, the words of one counter.
pub fn row_stride(cols: usize) -> u64 {
    cols.next_multiple_of(4) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers of the Philox paper's reference (Random123, `kat_vectors`).
    #[test]
    fn philox_gives_the_published_words() {
        assert_eq!(philox4x32([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox4x32([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
    }

    #[test]
    fn the_share_that_falls_out_is_the_probability() {
        let dropout = Dropout::new(0.1, 42, 3, 7).unwrap();
        let mut factors = vec![0.0; 100_000];
        dropout.factors(0, &mut factors);
        let zeros = factors.iter().filter(|f| **f == 0.0).count();
        // Five standard deviations of a binomial with n = 100,000 and p = 0.1.
        assert!((9_526..=10_474).contains(&zeros), "{zeros} of 100,000 fell out");
        assert!(factors.iter().all(|f| *f == 0.0 || (*f - 1.0 / 0.9).abs() < 1e-6));
    }

    #[test]
    fn a_mask_does_not_depend_on_how_the_rows_are_cut() {
        let dropout = Dropout::new(0.5, 1, 2, 3).unwrap();
        let mut whole = vec![1.0; 10 * 6];
        dropout.apply(&mut whole, 6, 0);
        let mut cut = vec![1.0; 10 * 6];
        dropout.apply(&mut cut[..4 * 6], 6, 0);
        dropout.apply(&mut cut[4 * 6..], 6, 4);
        assert_eq!(whole, cut);
        let other = Dropout::new(0.5, 1, 3, 3).unwrap();
        let mut next_step = vec![1.0; 10 * 6];
        other.apply(&mut next_step, 6, 0);
        assert_ne!(whole, next_step);
    }
}
