//! Dropout from counters: a mask is a function of (seed, step, site, element), so it is recomputed where it is needed
//! and never stored, and a resumed run needs only the seed and the step.
//!
//! Source: Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (SC 2011), Philox4x32 with 10 rounds.

use rayon::prelude::*;

use super::ROWS_PER_TASK;
use super::lane::Words;
use super::math::map;
use super::wide::wide;
use super::workspace::Workspace;

/// Counters that are encrypted at a time.
const LANES: usize = Words::LEN;
/// Elements that they make, one for each half of their four words: the first words of all counters come first, then the second.
const BLOCK: usize = 8 * LANES;

/// Four random words from a counter and a key.
pub fn philox4x32(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    encrypted(counter.map(Words::splat), key).map(|words| words.to_array()[0])
}

/// The same for a few counters, word by word.
#[inline(always)]
fn encrypted(counter: [Words; 4], key: [u32; 2]) -> [Words; 4] {
    let ([mut c0, mut c1, mut c2, mut c3], [mut k0, mut k1]) = (counter, key);
    for _ in 0..10 {
        let ([high0, low0], [high2, low2]) = (c0.wide_mul(0xD251_1F53), c2.wide_mul(0xCD9E_8D57));
        (c0, c1) = (high2.xor(c1).xor(Words::splat(k0)), low2);
        (c2, c3) = (high0.xor(c3).xor(Words::splat(k1)), low0);
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
    /// An element stays where its random half word is at least this.
    threshold: u16,
    scale: f32,
    probability: f32,
}

impl Dropout {
    /// `probability` in 0..1 is the share of elements that become zero, in steps of 1 / 65,536; the others are scaled so that their mean
    /// stays. `None` where nothing falls out.
    pub fn new(probability: f32, seed: u64, step: u32, site: u32) -> Option<Self> {
        let threshold = (probability * 65_536.0).round().min(65_535.0) as u16;
        (threshold > 0).then(|| Self {
            key: [seed as u32, (seed >> 32) as u32],
            step,
            site,
            threshold,
            scale: 65_536.0 / (65_536.0 - f32::from(threshold)),
            probability,
        })
    }

    /// Share of elements that become zero.
    pub fn probability(&self) -> f32 {
        self.probability
    }

    /// Writes the factors (0 or the scale) of elements `first..first + out.len()`; `first` is where a row begins (see [`row_stride`]).
    #[inline(always)]
    pub fn factors(&self, first: u64, out: &mut [f32]) {
        debug_assert_eq!(first % BLOCK as u64, 0);
        let mut blocks = out.chunks_exact_mut(BLOCK);
        let mut counter = first / 8;
        for block in &mut blocks {
            self.block(counter, block);
            counter += LANES as u64;
        }
        let rest = blocks.into_remainder();
        if !rest.is_empty() {
            let mut block = [0.0; BLOCK];
            self.block(counter, &mut block);
            rest.copy_from_slice(&block[..rest.len()]);
        }
    }

    #[inline(always)]
    fn block(&self, counter: u64, out: &mut [f32]) {
        // The counter is a multiple of the lanes, so that only its lower word counts.
        let [lower, upper] = [Words::counted_from(counter as u32), Words::splat((counter >> 32) as u32)];
        let words = encrypted([lower, upper, Words::splat(self.site), Words::splat(self.step)], self.key);
        for (words, out) in words.into_iter().zip(out.as_chunks_mut().0) {
            words.halves_at_least(self.threshold, self.scale, out);
        }
    }

    /// Multiplies a matrix `[rows, cols]` by its factors; row 0 is row `first_row` of the whole batch.
    pub fn apply(&self, x: &mut [f32], cols: usize, first_row: usize) {
        let stride = row_stride(cols);
        x.par_chunks_mut(cols * ROWS_PER_TASK).enumerate().for_each(|(task, block)| {
            let mut factors = Workspace::take(cols);
            wide(|| {
                for (i, row) in block.chunks_mut(cols).enumerate() {
                    self.factors((first_row + task * ROWS_PER_TASK + i) as u64 * stride, &mut factors);
                    map([row], [&factors], |[x], [factor]| [x * factor]);
                }
            });
        });
    }
}

/// Elements from one row to the next: rows begin where a block does.
pub fn row_stride(cols: usize) -> u64 {
    cols.next_multiple_of(BLOCK) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers of the Philox paper's reference (Random123, `kat_vectors`).
    #[test]
    fn philox_gives_the_published_words() {
        for (word, expected) in [
            (0, [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            (u32::MAX, [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
        ] {
            assert_eq!(philox4x32([word; 4], [word; 2]), expected);
        }
    }

    #[test]
    fn every_element_has_its_word() {
        let dropout = Dropout::new(0.5, 9, 4, 2).unwrap();
        let mut factors = vec![0.0; 3 * BLOCK - 5];
        dropout.factors(7 * BLOCK as u64, &mut factors);
        for (i, factor) in factors.iter().enumerate() {
            let (block, word, half) = (7 + i / BLOCK, i % BLOCK / (2 * LANES), i % (2 * LANES));
            let words = philox4x32([(block * LANES + half / 2) as u32, 0, 2, 4], [9, 0]);
            let half = (words[word] >> (half % 2 * 16)) as u16;
            assert_eq!(*factor > 0.0, half >= 1 << 15, "element {i}");
        }
    }

    #[test]
    fn the_share_that_falls_out_is_the_probability() {
        let dropout = Dropout::new(0.1, 42, 3, 7).unwrap();
        let mut factors = vec![0.0; 100_000];
        dropout.factors(0, &mut factors);
        let zeros = factors.iter().filter(|f| **f == 0.0).count();
        // Five standard deviations of a binomial with n = 100,000 and p = 0.1.
        assert!((9_526..=10_474).contains(&zeros), "{zeros} of 100,000 fell out");
        assert!(factors.iter().all(|f| *f == 0.0 || (*f - 1.0 / 0.9).abs() < 1e-5));
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
