//! Packed batches: sequences one after another, no padding and no mask.

use super::features::{TrainFeature, Window};

/// Sequences laid end to end. `bounds[i]..bounds[i + 1]` are the rows of sequence `i`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Packed {
    /// Token ids, `[tokens]`.
    pub ids: Vec<u32>,
    /// Sequence bounds, `[sequences + 1]`, first 0, last `ids.len()`.
    pub bounds: Vec<usize>,
}

/// A micro-batch to train on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainBatch {
    /// The sequences.
    pub packed: Packed,
    /// Row (in `0..tokens`) of each sequence's first answer token.
    pub starts: Vec<usize>,
    /// Row of each sequence's last answer token, inclusive.
    pub ends: Vec<usize>,
    /// Row of the first token of this micro-batch within the whole batch: dropout counts from the batch's first row,
    /// so that a mask does not depend on how the batch was cut.
    pub first_row: usize,
}

/// A batch to answer: no labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AskBatch {
    /// The sequences.
    pub packed: Packed,
}

impl Packed {
    /// Appends one sequence.
    fn push(&mut self, ids: &[u32]) {
        if self.bounds.is_empty() {
            self.bounds.push(0);
        }
        self.ids.extend_from_slice(ids);
        self.bounds.push(self.ids.len());
    }

    /// Number of sequences.
    pub fn sequences(&self) -> usize {
        self.bounds.len().saturating_sub(1)
    }

    /// Number of tokens in all sequences.
    pub fn tokens(&self) -> usize {
        self.ids.len()
    }

    /// Row ranges of the sequences.
    pub fn ranges(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        self.bounds.windows(2).map(|pair| pair[0]..pair[1])
    }
}

impl TrainBatch {
    /// Packs features with the labels of a turn ([`TrainFeature::labels`]); `first_row` is the number of tokens of the same batch in
    /// earlier micro-batches.
    pub fn pack<'a>(features: impl IntoIterator<Item = &'a TrainFeature>, turn: usize, first_row: usize) -> Self {
        let mut batch = Self { first_row, ..Self::default() };
        for feature in features {
            let row = batch.packed.tokens();
            batch.packed.push(&feature.window.ids);
            let (start, end) = feature.labels(turn);
            batch.starts.push(row + start as usize);
            batch.ends.push(row + end as usize);
        }
        batch
    }
}

impl AskBatch {
    /// Packs windows.
    pub fn pack<'a>(windows: impl IntoIterator<Item = &'a Window>) -> Self {
        let mut batch = Self::default();
        for window in windows {
            batch.packed.push(&window.ids);
        }
        batch
    }
}
