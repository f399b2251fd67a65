//! `DistilBERT` for question answering, from token ids to logits and to the gradient.

use std::sync::Arc;

use candle_core::{DType, Device, Tensor, Var};

use super::ops::{AttentionBlock, Embeddings, FeedForwardBlock, HeadLoss};
use super::trainable::Lowest;
use super::{Criterion, Dropouts, Pass, Trained, blocks};
use crate::kernels::on_pool;
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

/// Sum over the micro-batch's sequences of their loss times their weight; its gradient is added to `gradient`, which has the places of `trained`.
/// What lies below the lowest tensor that is trained is computed without a graph.
///
/// # Errors
/// Where candle fails; the batch must have been checked by [`Model::check`].
pub fn loss_and_gradient(
    model: &Model,
    batch: &TrainBatch,
    criterion: Criterion,
    dropouts: Dropouts,
    trained: &Trained,
    gradient: &mut Vec<f32>,
) -> candle_core::Result<f64> {
    let gradient_so_far = std::mem::take(gradient);
    let pass = Pass::training(model, &batch.packed, batch.first_row, dropouts, trained, gradient_so_far);
    let pass = Arc::new(pass);
    let (anchor, first) = match trained.trainable.lowest() {
        Lowest::Embeddings => (Var::zeros((), DType::F32, &Device::Cpu)?, 0),
        Lowest::Layer(layer) => (states_before(&pass, layer)?, layer),
        Lowest::Head => (states_before(&pass, model.config.n_layers)?, model.config.n_layers),
    };
    let mut x = match trained.trainable.lowest() {
        Lowest::Embeddings => anchor.as_tensor().apply_op1(Embeddings::new(&pass))?,
        _ => anchor.as_tensor().clone(),
    };
    for layer in first..model.config.n_layers {
        x = x.apply_op1(AttentionBlock::new(&pass, layer))?;
        x = x.apply_op1(FeedForwardBlock::new(&pass, layer))?;
    }
    let loss = x.apply_op1(HeadLoss::new(&pass, batch.starts.clone(), batch.ends.clone(), criterion))?;
    let result = loss.backward();
    *gradient = pass.take_gradient();
    result?;
    Ok(f64::from(loss.to_scalar::<f32>()?))
}

/// What a layer reads, as the variable that a graph begins with.
fn states_before(pass: &Pass, layer: usize) -> candle_core::Result<Var> {
    let shape = (pass.ids.len(), pass.config.dim);
    Var::from_tensor(&Tensor::from_vec(states(pass, layer), shape, &Device::Cpu)?)
}

/// Hidden states of the last layer, `[tokens, dim]`.
pub fn hidden_states(pass: &Pass) -> Vec<f32> {
    states(pass, pass.config.n_layers)
}

/// Hidden states after so many layers, `[tokens, dim]`, without a graph: nothing is kept.
fn states(pass: &Pass, layers: usize) -> Vec<f32> {
    let (mut x, _) = blocks::embeddings_forward(pass);
    for layer in 0..layers {
        x = blocks::attention_forward(pass, layer, &x).0;
        x = blocks::feed_forward_forward(pass, layer, &x).0;
    }
    x
}

/// Logits of a batch that was checked by [`Model::check`].
pub fn logits(model: &Model, batch: &AskBatch) -> Logits {
    let pass = Pass::forward(model, &batch.packed);
    let logits = on_pool(|| blocks::head_logits(&pass, &hidden_states(&pass)));
    let column = |column: usize| {
        let sequence = |rows: std::ops::Range<usize>| {
            logits[2 * rows.start..2 * rows.end].iter().skip(column).step_by(2).copied().collect()
        };
        batch.packed.ranges().map(sequence).collect()
    };
    Logits { start: column(0), end: column(1) }
}
