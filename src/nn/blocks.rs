//! `DistilBERT`'s sublayers over kernels: each is a pair of functions, forward and backward, over `[tokens, dim]`.
//!
//! Backward takes the gradient of the block's result, adds the gradients of the block's parameters to the pass's flat buffer and
//! returns the gradient of the block's input.

use crate::kernels::math::axpy;
use crate::kernels::{attention, embedding, gelu, layer_norm, linear, qa_loss};
use crate::model::parameters::LayerRanges;

use super::Pass;

/// Two neighbouring tensors of the flat buffer, weight first, to be written at the same time.
fn pair(
    gradient: &mut [f32],
    weight: std::ops::Range<usize>,
    bias: std::ops::Range<usize>,
) -> (&mut [f32], &mut [f32]) {
    let (head, tail) = gradient.split_at_mut(bias.start);
    (&mut head[weight], &mut tail[..bias.len()])
}

fn add(mut x: Vec<f32>, y: &[f32]) -> Vec<f32> {
    axpy(1.0, y, &mut x);
    x
}

/// `LayerNorm(word + position)`, then dropout.
pub fn embeddings_forward(pass: &Pass) -> (Vec<f32>, layer_norm::Saved) {
    let (p, layout, dim) = (&pass.parameters, pass.parameters.layout(), pass.config.dim);
    let x = embedding::forward(&pass.ids, &pass.positions, p.at(&layout.word), p.at(&layout.position), dim);
    let (mut y, saved) = layer_norm::forward(x, p.at(&layout.norm_weight), p.at(&layout.norm_bias));
    if let Some(dropout) = pass.dropouts.embeddings() {
        dropout.apply(&mut y, dim, pass.first_row);
    }
    (y, saved)
}

/// Backward of [`embeddings_forward`]; there is no input to return a gradient for.
pub fn embeddings_backward(pass: &Pass, saved: &layer_norm::Saved, mut dy: Vec<f32>) {
    let (p, layout, dim) = (&pass.parameters, pass.parameters.layout(), pass.config.dim);
    if let Some(dropout) = pass.dropouts.embeddings() {
        dropout.apply(&mut dy, dim, pass.first_row);
    }
    let mut gradient = pass.gradient();
    let (weight, bias) = pair(&mut gradient, layout.norm_weight.clone(), layout.norm_bias.clone());
    layer_norm::backward(&mut dy, saved, p.at(&layout.norm_weight), weight, bias);
    let (word, position) = pair(&mut gradient, layout.word.clone(), layout.position.clone());
    let pad = pass.config.pad_token_id as usize;
    embedding::backward(&dy, &pass.ids, &pass.positions, word, position, [dim, pad]);
}

/// What the attention block keeps for its backward pass.
pub struct AttentionSaved {
    qkv: Vec<f32>,
    context: Vec<f32>,
    log_sum_exp: Vec<f32>,
    norm: layer_norm::Saved,
}

/// `LayerNorm(x + out_lin(attention(x)))`.
pub fn attention_forward(pass: &Pass, layer: usize, x: &[f32]) -> (Vec<f32>, AttentionSaved) {
    let (p, r) = (&pass.parameters, &pass.parameters.layout().layers[layer]);
    let dim = pass.config.dim;
    let qkv = linear::forward(x, p.at(&r.qkv_weight), p.at(&r.qkv_bias), dim);
    let (context, log_sum_exp) = attention::forward(pass.attention_shape(), &qkv, pass.dropouts.attention(layer));
    let attended = linear::forward(&context, p.at(&r.out_weight), p.at(&r.out_bias), dim);
    let (y, norm) = layer_norm::forward(add(attended, x), p.at(&r.sa_norm_weight), p.at(&r.sa_norm_bias));
    (y, AttentionSaved { qkv, context, log_sum_exp, norm })
}

/// Backward of [`attention_forward`].
pub fn attention_backward(pass: &Pass, layer: usize, x: &[f32], saved: &AttentionSaved, mut dy: Vec<f32>) -> Vec<f32> {
    let (p, r) = (&pass.parameters, &pass.parameters.layout().layers[layer]);
    let dim = pass.config.dim;
    let mut gradient = pass.gradient();
    let (weight, bias) = pair(&mut gradient, r.sa_norm_weight.clone(), r.sa_norm_bias.clone());
    layer_norm::backward(&mut dy, &saved.norm, p.at(&r.sa_norm_weight), weight, bias);
    let (weight, bias) = pair(&mut gradient, r.out_weight.clone(), r.out_bias.clone());
    linear::backward_parameters(&dy, &saved.context, weight, bias);
    let context_grad = linear::backward_input(&dy, p.at(&r.out_weight), dim);
    let AttentionSaved { qkv, context, log_sum_exp, .. } = saved;
    let dropout = pass.dropouts.attention(layer);
    let shape = pass.attention_shape();
    let qkv_grad = attention::backward(shape, qkv, context, log_sum_exp, &context_grad, dropout);
    let (weight, bias) = pair(&mut gradient, r.qkv_weight.clone(), r.qkv_bias.clone());
    linear::backward_parameters(&qkv_grad, x, weight, bias);
    add(dy, &linear::backward_input(&qkv_grad, p.at(&r.qkv_weight), dim))
}

/// What the feed-forward block keeps for its backward pass.
pub struct FeedForwardSaved {
    /// Input of GELU, `[tokens, hidden_dim]`; its result is made anew on the way back.
    inner: Vec<f32>,
    norm: layer_norm::Saved,
}

/// `LayerNorm(x + dropout(lin2(gelu(lin1(x)))))`.
pub fn feed_forward_forward(pass: &Pass, layer: usize, x: &[f32]) -> (Vec<f32>, FeedForwardSaved) {
    let (p, r) = (&pass.parameters, &pass.parameters.layout().layers[layer]);
    let (dim, hidden_dim) = (pass.config.dim, pass.config.hidden_dim);
    let inner = linear::forward(x, p.at(&r.lin1_weight), p.at(&r.lin1_bias), dim);
    let mut out = linear::forward(&gelu::forward(&inner), p.at(&r.lin2_weight), p.at(&r.lin2_bias), hidden_dim);
    if let Some(dropout) = pass.dropouts.feed_forward(layer) {
        dropout.apply(&mut out, dim, pass.first_row);
    }
    let (y, norm) = layer_norm::forward(add(out, x), p.at(&r.output_norm_weight), p.at(&r.output_norm_bias));
    (y, FeedForwardSaved { inner, norm })
}

/// Backward of [`feed_forward_forward`].
pub fn feed_forward_backward(
    pass: &Pass,
    layer: usize,
    x: &[f32],
    saved: &FeedForwardSaved,
    mut dy: Vec<f32>,
) -> Vec<f32> {
    let (p, r) = (&pass.parameters, &pass.parameters.layout().layers[layer]);
    let mut gradient = pass.gradient();
    let (weight, bias) = pair(&mut gradient, r.output_norm_weight.clone(), r.output_norm_bias.clone());
    layer_norm::backward(&mut dy, &saved.norm, p.at(&r.output_norm_weight), weight, bias);
    let mut out_grad = dy.clone();
    if let Some(dropout) = pass.dropouts.feed_forward(layer) {
        dropout.apply(&mut out_grad, pass.config.dim, pass.first_row);
    }
    let (weight, bias) = pair(&mut gradient, r.lin2_weight.clone(), r.lin2_bias.clone());
    linear::backward_parameters(&out_grad, &gelu::forward(&saved.inner), weight, bias);
    let mut inner_grad = linear::backward_input(&out_grad, p.at(&r.lin2_weight), pass.config.hidden_dim);
    gelu::backward(&mut inner_grad, &saved.inner);
    add(dy, &feed_forward_input(pass, r, x, &inner_grad, &mut gradient))
}

fn feed_forward_input(pass: &Pass, r: &LayerRanges, x: &[f32], inner_grad: &[f32], gradient: &mut [f32]) -> Vec<f32> {
    let (weight, bias) = pair(gradient, r.lin1_weight.clone(), r.lin1_bias.clone());
    linear::backward_parameters(inner_grad, x, weight, bias);
    linear::backward_input(inner_grad, pass.parameters.at(&r.lin1_weight), pass.config.dim)
}

/// What the head keeps for its backward pass: the gradient of its logits, `[tokens, 2]`.
pub struct HeadSaved {
    logits_grad: Vec<f32>,
}

fn head_input(pass: &Pass, x: &[f32]) -> Vec<f32> {
    let mut x = x.to_vec();
    if let Some(dropout) = pass.dropouts.head(pass.config.n_layers) {
        dropout.apply(&mut x, pass.config.dim, pass.first_row);
    }
    x
}

/// `qa_outputs(dropout(x))`: logits `[tokens, 2]`, start and end.
pub fn head_logits(pass: &Pass, x: &[f32]) -> Vec<f32> {
    let (p, layout) = (&pass.parameters, pass.parameters.layout());
    linear::forward(&head_input(pass, x), p.at(&layout.qa_weight), p.at(&layout.qa_bias), pass.config.dim)
}

/// Sum over sequences of `weight * (CE_start + CE_end) / 2`; labels are rows of the batch.
pub fn head_forward(pass: &Pass, x: &[f32], starts: &[usize], ends: &[usize], weight: f32) -> (f64, HeadSaved) {
    let logits = head_logits(pass, x);
    let mut logits_grad = vec![0.0; logits.len()];
    let mut loss = 0.0;
    for (bounds, (start, end)) in pass.bounds.windows(2).zip(starts.iter().zip(ends)) {
        let (first, range) = (bounds[0], 2 * bounds[0]..2 * bounds[1]);
        let labels = [start - first, end - first];
        let gradient = &mut logits_grad[range.clone()];
        loss += f64::from(weight) * qa_loss::forward_backward(&logits[range], labels, weight, gradient);
    }
    (loss, HeadSaved { logits_grad })
}

/// Backward of [`head_forward`], for a gradient of 1 of the loss.
pub fn head_backward(pass: &Pass, x: &[f32], saved: &HeadSaved) -> Vec<f32> {
    let (p, layout, dim) = (&pass.parameters, pass.parameters.layout(), pass.config.dim);
    let mut gradient = pass.gradient();
    let (weight, bias) = pair(&mut gradient, layout.qa_weight.clone(), layout.qa_bias.clone());
    linear::backward_parameters(&saved.logits_grad, &head_input(pass, x), weight, bias);
    let mut dx = linear::backward_input(&saved.logits_grad, p.at(&layout.qa_weight), dim);
    if let Some(dropout) = pass.dropouts.head(pass.config.n_layers) {
        dropout.apply(&mut dx, dim, pass.first_row);
    }
    dx
}
