//! `DistilBERT`'s sublayers over kernels: each is a pair of functions, forward and backward, over `[tokens, dim]`.
//!
//! Backward takes the gradient of the block's result, adds the gradients of those of the block's tensors that are trained (or of their
//! adapters) to the pass's flat buffer and returns the gradient of the block's input.

use std::ops::Range;

use crate::kernels::gemm::View;
use crate::kernels::qa_loss::{self, Criterion};
use crate::kernels::{attention, copied, embedding, gelu, layer_norm, linear, lora};

use super::Pass;
use super::trainable::{Lowest, Target};

/// A linear layer of the pass: its tensors, and those of its outputs that may have adapters, side by side.
struct Linear<'a> {
    layer: usize,
    weight: &'a Range<usize>,
    bias: &'a Range<usize>,
    targets: &'a [Target],
}

/// Adds the gradients of a linear layer's weight and bias, or those of its adapters.
fn linear_gradients(pass: &Pass, linear: &Linear, x: &[f32], dy: &[f32]) {
    let mut gradients = pass.gradients();
    if let Some([weight, bias]) = gradients.pair(linear.weight, linear.bias) {
        linear::backward_parameters(dy, x, weight, bias);
        return;
    }
    let trained = pass.trained();
    let (width, tokens) = (linear.bias.len(), dy.len() / linear.bias.len());
    for (index, target) in linear.targets.iter().enumerate() {
        let Some(adapter) = trained.trainable.adapter(linear.layer, *target) else { continue };
        let d_out = adapter.weight.len() / adapter.d_in;
        let dy = View::strided(&dy[index * d_out..], tokens, d_out, width);
        let values = [&trained.adapters[adapter.a.clone()], &trained.adapters[adapter.b.clone()]];
        let [a, b] = gradients.adapter(adapter);
        lora::backward(View::new(x, tokens, adapter.d_in), dy, values, trained.trainable.scale(), a, b);
    }
}

/// The gradient of a LayerNorm's input in place of `dy`.
fn norm_backward(pass: &Pass, dy: &mut [f32], saved: &layer_norm::Saved, weight: &Range<usize>, bias: &Range<usize>) {
    layer_norm::backward(dy, saved, pass.parameters.at(weight), pass.gradients().pair(weight, bias));
}

/// `LayerNorm(word + position)`, then dropout.
pub fn embeddings_forward(pass: &Pass) -> (Vec<f32>, layer_norm::Saved) {
    let (p, layout, dim) = (&pass.parameters, pass.parameters.layout(), pass.config.dim);
    let x = embedding::forward(&pass.ids, &pass.positions, p.at(&layout.word), p.at(&layout.position), dim);
    let (mut y, saved) = layer_norm::forward(x, None, p.at(&layout.norm_weight), p.at(&layout.norm_bias));
    if let Some(dropout) = pass.dropouts.embeddings() {
        dropout.apply(&mut y, dim, pass.first_row);
    }
    (y, saved)
}

/// Backward of [`embeddings_forward`]; there is no input to return a gradient for.
pub fn embeddings_backward(pass: &Pass, saved: &layer_norm::Saved, mut dy: Vec<f32>) {
    let (layout, dim) = (pass.parameters.layout(), pass.config.dim);
    if let Some(dropout) = pass.dropouts.embeddings() {
        dropout.apply(&mut dy, dim, pass.first_row);
    }
    norm_backward(pass, &mut dy, saved, &layout.norm_weight, &layout.norm_bias);
    if let Some([word, position]) = pass.gradients().pair(&layout.word, &layout.position) {
        let pad = pass.config.pad_token_id as usize;
        embedding::backward(&dy, &pass.ids, &pass.positions, word, position, [dim, pad]);
    }
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
    let (y, norm) = layer_norm::forward(attended, Some(x), p.at(&r.sa_norm_weight), p.at(&r.sa_norm_bias));
    (y, AttentionSaved { qkv, context, log_sum_exp, norm })
}

/// Backward of [`attention_forward`]; `None` where the gradient of the input is not needed.
pub fn attention_backward(
    pass: &Pass,
    layer: usize,
    x: &[f32],
    saved: &AttentionSaved,
    mut dy: Vec<f32>,
) -> Option<Vec<f32>> {
    let (p, r) = (&pass.parameters, &pass.parameters.layout().layers[layer]);
    let dim = pass.config.dim;
    let AttentionSaved { qkv, context, log_sum_exp, norm } = saved;
    norm_backward(pass, &mut dy, norm, &r.sa_norm_weight, &r.sa_norm_bias);
    let out = Linear { layer, weight: &r.out_weight, bias: &r.out_bias, targets: &[Target::OutLin] };
    linear_gradients(pass, &out, context, &dy);
    let context_grad = linear::backward_input(&dy, p.at(&r.out_weight), dim);
    let dropout = pass.dropouts.attention(layer);
    let qkv_grad = attention::backward(pass.attention_shape(), qkv, context, log_sum_exp, &context_grad, dropout);
    let targets = &[Target::QLin, Target::KLin, Target::VLin];
    linear_gradients(pass, &Linear { layer, weight: &r.qkv_weight, bias: &r.qkv_bias, targets }, x, &qkv_grad);
    let is_needed = pass.trained().trainable.lowest() < Lowest::Layer(layer);
    is_needed.then(|| {
        linear::add_backward_input(&qkv_grad, p.at(&r.qkv_weight), dim, &mut dy);
        dy
    })
}

/// What the feed-forward block keeps for its backward pass.
pub struct FeedForwardSaved {
    /// Input of GELU, `[tokens, hidden_dim]`; its result takes its place on the way back.
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
    let (y, norm) = layer_norm::forward(out, Some(x), p.at(&r.output_norm_weight), p.at(&r.output_norm_bias));
    (y, FeedForwardSaved { inner, norm })
}

/// Backward of [`feed_forward_forward`].
pub fn feed_forward_backward(
    pass: &Pass,
    layer: usize,
    x: &[f32],
    mut saved: FeedForwardSaved,
    mut dy: Vec<f32>,
) -> Vec<f32> {
    let (p, r) = (&pass.parameters, &pass.parameters.layout().layers[layer]);
    norm_backward(pass, &mut dy, &saved.norm, &r.output_norm_weight, &r.output_norm_bias);
    let mut out_grad = copied(&dy);
    if let Some(dropout) = pass.dropouts.feed_forward(layer) {
        dropout.apply(&mut out_grad, pass.config.dim, pass.first_row);
    }
    let lin2 = Linear { layer, weight: &r.lin2_weight, bias: &r.lin2_bias, targets: &[Target::Lin2] };
    let mut inner_grad = linear::backward_input(&out_grad, p.at(&r.lin2_weight), pass.config.hidden_dim);
    gelu::backward(&mut inner_grad, &mut saved.inner);
    linear_gradients(pass, &lin2, &saved.inner, &out_grad);
    let lin1 = Linear { layer, weight: &r.lin1_weight, bias: &r.lin1_bias, targets: &[Target::Lin1] };
    linear_gradients(pass, &lin1, x, &inner_grad);
    linear::add_backward_input(&inner_grad, p.at(&r.lin1_weight), pass.config.dim, &mut dy);
    dy
}

/// What the head keeps for its backward pass: the gradient of its logits, `[tokens, 2]`.
pub struct HeadSaved {
    logits_grad: Vec<f32>,
}

fn head_input(pass: &Pass, x: &[f32]) -> Vec<f32> {
    let mut x = copied(x);
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
pub fn head_forward(
    pass: &Pass,
    x: &[f32],
    starts: &[usize],
    ends: &[usize],
    criterion: Criterion,
) -> (f64, HeadSaved) {
    let logits = head_logits(pass, x);
    let mut logits_grad = vec![0.0; logits.len()];
    let mut loss = 0.0;
    for (bounds, (start, end)) in pass.bounds.windows(2).zip(starts.iter().zip(ends)) {
        let (first, range) = (bounds[0], 2 * bounds[0]..2 * bounds[1]);
        let labels = [start - first, end - first];
        let gradient = &mut logits_grad[range.clone()];
        loss += f64::from(criterion.weight) * qa_loss::forward_backward(&logits[range], labels, criterion, gradient);
    }
    (loss, HeadSaved { logits_grad })
}

/// Backward of [`head_forward`], for a gradient of 1 of the loss; `None` where the gradient of the input is not needed.
pub fn head_backward(pass: &Pass, x: &[f32], saved: &HeadSaved) -> Option<Vec<f32>> {
    let (p, layout, dim) = (&pass.parameters, pass.parameters.layout(), pass.config.dim);
    if let Some([weight, bias]) = pass.gradients().pair(&layout.qa_weight, &layout.qa_bias) {
        linear::backward_parameters(&saved.logits_grad, &head_input(pass, x), weight, bias);
    }
    if pass.trained().trainable.lowest() == Lowest::Head {
        return None;
    }
    let mut dx = linear::backward_input(&saved.logits_grad, p.at(&layout.qa_weight), dim);
    if let Some(dropout) = pass.dropouts.head(pass.config.n_layers) {
        dropout.apply(&mut dx, dim, pass.first_row);
    }
    Some(dx)
}
