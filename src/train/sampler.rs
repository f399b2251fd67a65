//! The order of an epoch: which windows are trained on, and when. A function of seed and epoch alone.

use crate::kernels::dropout::philox4x32;

use super::settings::TrainSettings;
use crate::text::features::TrainFeature;

/// Keeps the draws apart from those of dropout (small sites) and of fresh weights (`u32::MAX`).
const SHUFFLE: u32 = u32::MAX - 1;
const NEGATIVES: u32 = u32::MAX - 2;

/// Whole numbers from counters: the same for the same seed, on every machine.
pub struct Draws {
    key: [u32; 2],
    site: u32,
    epoch: u32,
    next: u64,
}

impl Draws {
    /// Draws of a seed; another `site` or `epoch` gives others.
    pub fn new(seed: u64, site: u32, epoch: usize) -> Self {
        Self { key: [seed as u32, (seed >> 32) as u32], site, epoch: epoch as u32, next: 0 }
    }

    /// A number below `bound`; the bias of the multiplication is below 2^-32.
    pub fn below(&mut self, bound: usize) -> usize {
        let words = philox4x32([self.next as u32, (self.next >> 32) as u32, self.site, self.epoch], self.key);
        self.next += 1;
        let word = u64::from(words[0]) << 32 | u64::from(words[1]);
        ((u128::from(word) * bound as u128) >> 64) as usize
    }

    /// Moves a random choice of `count` elements to the front, in random order (Fisher and Yates).
    pub fn shuffle_front<T>(&mut self, items: &mut [T], count: usize) {
        for i in 0..count.min(items.len()) {
            let j = i + self.below(items.len() - i);
            items.swap(i, j);
        }
    }
}

/// Number of windows of each epoch.
pub fn epoch_len(features: &[TrainFeature], settings: &TrainSettings) -> usize {
    let negatives = features.iter().filter(|feature| feature.is_negative()).count();
    let positives = features.len() - negatives;
    positives + kept_negatives(positives, negatives, settings.negatives)
}

/// A dataset without a single answer is trained on whole: there is nothing to balance.
fn kept_negatives(positives: usize, negatives: usize, ratio: Option<f64>) -> usize {
    match ratio {
        Some(ratio) if positives > 0 => negatives.min((ratio * positives as f64).ceil() as usize),
        _ => negatives,
    }
}

/// Indices of the features of one epoch, in the order of training. Windows without an answer are drawn anew each epoch.
pub fn epoch_order(features: &[TrainFeature], settings: &TrainSettings, epoch: usize) -> Vec<usize> {
    let (mut negatives, positives): (Vec<usize>, Vec<usize>) =
        (0..features.len()).partition(|index| features[*index].is_negative());
    let kept = kept_negatives(positives.len(), negatives.len(), settings.negatives);
    if kept < negatives.len() {
        Draws::new(settings.seed, NEGATIVES, epoch).shuffle_front(&mut negatives, kept);
        negatives.truncate(kept);
    }
    let mut order = positives;
    order.extend(negatives);
    order.sort_unstable();
    if settings.shuffle {
        let len = order.len();
        Draws::new(settings.seed, SHUFFLE, epoch).shuffle_front(&mut order, len);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::features::Window;

    fn features(positives: usize, negatives: usize) -> Vec<TrainFeature> {
        (0..positives + negatives)
            .map(|i| TrainFeature {
                window: Window { question: i, ids: vec![1, 2, 3].into(), offsets: vec![None; 3].into() },
                start: u32::from(i < positives),
                end: u32::from(i < positives),
                others: Box::default(),
            })
            .collect()
    }

    #[test]
    fn keeps_all_positives_and_as_many_negatives_as_asked() {
        let features = features(10, 100);
        let settings = TrainSettings { negatives: Some(1.5), ..TrainSettings::default() };
        let order = epoch_order(&features, &settings, 0);
        assert_eq!(order.len(), epoch_len(&features, &settings));
        assert_eq!(order.iter().filter(|i| **i < 10).count(), 10);
        assert_eq!(order.iter().filter(|i| **i >= 10).count(), 15);
        let mut unique = order.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), 25);
        assert_ne!(order, epoch_order(&features, &settings, 1), "another epoch draws other windows");
        assert_eq!(order, epoch_order(&features, &settings, 0), "the same epoch draws the same");
        let all = TrainSettings { negatives: None, shuffle: false, ..settings };
        assert_eq!(epoch_order(&features, &all, 3), (0..110).collect::<Vec<_>>());
    }

    #[test]
    fn every_place_is_as_likely() {
        let features = features(5, 0);
        let mut counts = [[0usize; 5]; 5];
        for seed in 0..5_000 {
            let settings = TrainSettings { seed, ..TrainSettings::default() };
            for (place, index) in epoch_order(&features, &settings, 0).into_iter().enumerate() {
                counts[index][place] += 1;
            }
        }
        // Five standard deviations of a binomial with n = 5,000 and p = 1/5.
        assert!(counts.iter().flatten().all(|count| (858..=1142).contains(count)), "{counts:?}");
    }
}
