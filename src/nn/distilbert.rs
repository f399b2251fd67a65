//! `DistilBERT` for question answering, from token ids to logits and to the gradient.

use std::sync::Arc;

use candle_core::{Device, Var};

use super::ops::{AttentionBlock, Embeddings, FeedForwardBlock, HeadLoss};
use super::{Dropouts, Pass, blocks};
use crate::model::Model;
use crate::text::batch::{AskBatch, TrainBatch};

/// Logits of a packed batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Logits {
    /// Start logits, one vector a sequence.
    pub start: Vec<Vec<f32>>,
    /// End logits, one vector a sequence.
    pub end: Vec<Vec<f32>>,
}

/// Sum over the micro-batch's sequences of `weight * loss`; its gradient is added to `gradient`, which has the layout of the
/// model's parameters.
///
/// # Errors
/// Where candle fails; the batch must have been checked by [`Model::check`].
pub fn loss_and_gradient(
    model: &Model,
    batch: &TrainBatch,
    weight: f32,
    dropouts: Dropouts,
    gradient: &mut Vec<f32>,
) -> candle_core::Result<f64> {
    let pass = Arc::new(Pass::new(model, &batch.packed, batch.first_row, dropouts, std::mem::take(gradient)));
    let anchor = Var::zeros((), candle_core::DType::F32, &Device::Cpu)?;
    let mut x = anchor.as_tensor().apply_op1(Embeddings::new(&pass))?;
    for layer in 0..model.config.n_layers {
        x = x.apply_op1(AttentionBlock::new(&pass, layer))?;
        x = x.apply_op1(FeedForwardBlock::new(&pass, layer))?;
    }
    let loss = x.apply_op1(HeadLoss::new(&pass, batch.starts.clone(), batch.ends.clone(), weight))?;
    let result = loss.backward();
    *gradient = pass.take_gradient();
    result?;
    Ok(f64::from(loss.to_scalar::<f32>()?))
}

/// Hidden states of the last layer, `[tokens, dim]`, without dropout and without a graph: nothing is kept.
pub fn hidden_states(pass: &Pass) -> Vec<f32> {
    let (mut x, _) = blocks::embeddings_forward(pass);
    for layer in 0..pass.config.n_layers {
        x = blocks::attention_forward(pass, layer, &x).0;
        x = blocks::feed_forward_forward(pass, layer, &x).0;
    }
    x
}

/// Logits of a batch that was checked by [`Model::check`].
pub fn logits(model: &Model, batch: &AskBatch) -> Logits {
    let pass = Pass::new(model, &batch.packed, 0, Dropouts::default(), Vec::new());
    let logits = blocks::head_logits(&pass, &hidden_states(&pass));
    let column = |column: usize| {
        let sequence = |rows: std::ops::Range<usize>| {
            logits[2 * rows.start..2 * rows.end].iter().skip(column).step_by(2).copied().collect()
        };
        batch.packed.ranges().map(sequence).collect()
    };
    Logits { start: column(0), end: column(1) }
}
