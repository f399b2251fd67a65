//! The composed model over padded batches: what a GPU likes. Sequences lie in rows of equal length, attention is one batched
//! multiplication under a mask, and what the padding computes reaches no loss and no logit.

use candle_core::{D, DType, Device, IndexOp, Result, Tensor};

use super::composed::{Composed, smoothed};
use super::{Criterion, Dropouts, Logits};
use crate::text::batch::{Packed, TrainBatch};

/// What hidden places score: small enough that softmax gives them nothing, finite so that a row of them is no NaN.
const HIDDEN: f32 = -1e9;

/// Sequences of unequal length in rows of the longest.
pub struct Padded {
    /// Token ids, `[sequences, length]` in one row, with equal bounds.
    packed: Packed,
    lengths: Vec<usize>,
    length: usize,
    /// 0 for tokens, [`HIDDEN`] for padding, `[sequences, length]`.
    mask: Tensor,
}

impl Padded {
    /// Pads with `pad`.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn new(packed: &Packed, pad: u32, device: &Device) -> Result<Self> {
        let lengths: Vec<usize> = packed.ranges().map(|rows| rows.len()).collect();
        let length = lengths.iter().copied().max().unwrap_or(0);
        let (mut ids, mut mask) = (vec![pad; lengths.len() * length], vec![HIDDEN; lengths.len() * length]);
        for ((rows, ids), mask) in packed.ranges().zip(ids.chunks_mut(length)).zip(mask.chunks_mut(length)) {
            ids[..rows.len()].copy_from_slice(&packed.ids[rows.clone()]);
            mask[..rows.len()].fill(0.0);
        }
        let bounds = (0..=lengths.len()).map(|sequence| sequence * length).collect();
        let mask = Tensor::from_vec(mask, (lengths.len(), length), device)?;
        Ok(Self { packed: Packed { ids, bounds }, lengths, length, mask })
    }

    fn sequences(&self) -> usize {
        self.lengths.len()
    }

    /// What each place counts for in the mean over its sequence's tokens, `[sequences, length]`, where and of what kind `like` is.
    fn shares(&self, like: &Tensor) -> Result<Tensor> {
        let mut shares = vec![0.0f32; self.sequences() * self.length];
        for (shares, length) in shares.chunks_mut(self.length).zip(&self.lengths) {
            shares[..*length].fill(1.0 / *length as f32);
        }
        Tensor::from_vec(shares, (self.sequences(), self.length), like.device())?.to_dtype(like.dtype())
    }
}

impl Composed {
    /// Logits `[2, sequences, length]`, start and end; those of the padding are [`HIDDEN`].
    ///
    /// # Errors
    /// Where the device fails.
    pub fn padded_logits(&self, batch: &Padded, dropouts: Dropouts) -> Result<Tensor> {
        let mut x = self.embeddings(&batch.packed, dropouts, 0)?;
        for layer in 0..self.config().n_layers {
            x = self.padded_attention(&x, layer, batch, dropouts)?;
            x = self.feed_forward(&x, layer, dropouts, 0)?;
        }
        let logits = self.head(&x, dropouts, 0)?.t()?.contiguous()?;
        let logits = logits.reshape((2, batch.sequences(), batch.length))?;
        logits.broadcast_add(&batch.mask.to_dtype(logits.dtype())?)
    }

    /// Attention block of one layer over `[sequences * length, dim]`.
    fn padded_attention(&self, x: &Tensor, layer: usize, batch: &Padded, dropouts: Dropouts) -> Result<Tensor> {
        let name = |part: &str| format!("distilbert.transformer.layer.{layer}.{part}");
        let (heads, head_dim) = (self.config().n_heads, self.config().head_dim());
        let split = |part: &str| -> Result<Tensor> {
            let y = self.linear(x, &name(part))?.reshape((batch.sequences(), batch.length, heads, head_dim))?;
            y.transpose(1, 2)?.contiguous()
        };
        let (q, k, v) = (split("attention.q_lin")?, split("attention.k_lin")?, split("attention.v_lin")?);
        let scores = (q.matmul(&k.transpose(2, 3)?.contiguous()?)? / (head_dim as f64).sqrt())?;
        let mask = batch.mask.to_dtype(scores.dtype())?.unsqueeze(1)?.unsqueeze(1)?;
        let weights = candle_nn::ops::softmax(&scores.broadcast_add(&mask)?, D::Minus1)?;
        let weights = self.random_dropout(&weights, dropouts.attention)?;
        let context = weights.matmul(&v)?.transpose(1, 2)?.contiguous()?;
        let context = context.reshape((batch.sequences() * batch.length, self.config().dim))?;
        self.layer_norm(&(self.linear(&context, &name("attention.out_lin"))? + x)?, &name("sa_layer_norm"))
    }

    /// Sum over sequences of `weight * (CE_start + CE_end) / 2`, a scalar.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn padded_loss(&self, batch: &TrainBatch, criterion: Criterion, dropouts: Dropouts) -> Result<Tensor> {
        let padded = Padded::new(&batch.packed, self.config().pad_token_id, self.device())?;
        let log_probabilities = candle_nn::ops::log_softmax(&self.padded_logits(&padded, dropouts)?, D::Minus1)?;
        let firsts = &batch.packed.bounds;
        let labels =
            |rows: &[usize]| rows.iter().zip(firsts).map(|(row, first)| (row - first) as u32).collect::<Vec<_>>();
        let labels = [labels(&batch.starts), labels(&batch.ends)].concat();
        let labels = Tensor::from_vec(labels, (2, padded.sequences(), 1), self.device())?;
        let of_labels = log_probabilities.contiguous()?.gather(&labels, 2)?.sum_all()?;
        let means = || log_probabilities.broadcast_mul(&padded.shares(&log_probabilities)?)?.sum_all();
        smoothed(of_labels, means, criterion)? * (-0.5 * f64::from(criterion.weight))
    }

    /// Logits of a packed batch, by way of a padded one.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn device_logits(&self, packed: &Packed) -> Result<Logits> {
        let padded = Padded::new(packed, self.config().pad_token_id, self.device())?;
        let logits = self.padded_logits(&padded, Dropouts::default())?.to_dtype(DType::F32)?;
        let column = |which: usize| -> Result<Vec<Vec<f32>>> {
            let rows: Vec<Vec<f32>> = logits.i(which)?.to_vec2()?;
            Ok(rows.into_iter().zip(&padded.lengths).map(|(row, length)| row[..*length].to_vec()).collect())
        };
        Ok(Logits { start: column(0)?, end: column(1)? })
    }
}
