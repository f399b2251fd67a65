//! Multi-head self-attention over packed sequences, forward and backward, without the score matrix in memory:
//! scores are made anew for a block of query rows at a time, and only their log-sum-exp is kept.
//!
//! Source: Dao et al., `FlashAttention` (2022), for the backward pass from the log-sum-exp.

use std::ops::Range;

use rayon::prelude::*;

use super::dropout::{Dropout, row_stride};
use super::gemm::{View, gemm, gemm_raw};
use super::math::{dot, exp, sum};

/// Query rows whose scores exist at a time.
const BLOCK: usize = 64;

/// Shape of a call.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    /// Sequence bounds, rows of the packed batch.
    pub bounds: &'a [usize],
    /// Number of heads.
    pub heads: usize,
    /// Width of all heads together.
    pub dim: usize,
    /// Longest sequence that the model can read: fixes the numbering of dropout's elements.
    pub max_positions: usize,
    /// Row of the whole batch that row 0 is.
    pub first_row: usize,
}

/// Pointer to a matrix whose columns the tasks share out among themselves.
#[derive(Clone, Copy)]
struct Columns(*mut f32);
// SAFETY: each task writes only the columns of its head in the rows of its sequence (see the uses).
unsafe impl Send for Columns {}
// SAFETY: as above.
unsafe impl Sync for Columns {}

impl Columns {
    fn at(self, offset: usize) -> *mut f32 {
        // SAFETY: every caller's offset lies inside the matrix, whose size is asserted before the tasks start.
        unsafe { self.0.add(offset) }
    }
}

/// One (sequence, head), with the scratch for a block of score rows.
struct Task<'a> {
    shape: Shape<'a>,
    qkv: &'a [f32],
    rows: Range<usize>,
    head: usize,
    dropout: Option<Dropout>,
}

impl<'a> Task<'a> {
    fn all(shape: Shape<'a>, qkv: &'a [f32], dropout: Option<Dropout>) -> Vec<Self> {
        let heads = 0..shape.heads;
        let sequences = shape.bounds.windows(2).map(|pair| pair[0]..pair[1]).filter(|rows| !rows.is_empty());
        sequences
            .flat_map(|rows| heads.clone().map(move |head| Task { shape, qkv, rows: rows.clone(), head, dropout }))
            .collect()
    }

    fn head_dim(&self) -> usize {
        self.shape.dim / self.shape.heads
    }

    fn scale(&self) -> f32 {
        1.0 / (self.head_dim() as f32).sqrt()
    }

    /// Query (0), key (1) or value (2) of this head: `rows` of `head_dim`, strided.
    fn part(&self, part: usize, rows: Range<usize>) -> View<'a> {
        let stride = 3 * self.shape.dim;
        let first = rows.start * stride + part * self.shape.dim + self.head * self.head_dim();
        View::strided(&self.qkv[first..], rows.len(), self.head_dim(), stride)
    }

    /// This head's columns of a matrix `[tokens, dim]`.
    fn columns<'b>(&self, matrix: &'b [f32], rows: Range<usize>) -> View<'b> {
        let first = rows.start * self.shape.dim + self.head * self.head_dim();
        View::strided(&matrix[first..], rows.len(), self.head_dim(), self.shape.dim)
    }

    fn blocks(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let end = self.rows.end;
        self.rows.clone().step_by(BLOCK).map(move |start| start..(start + BLOCK).min(end))
    }

    /// Scaled scores of a block of queries against all keys, `[block, tokens of the sequence]`.
    fn scores(&self, block: &Range<usize>, out: &mut [f32]) {
        let keys = self.part(1, self.rows.clone()).t();
        gemm(out, self.rows.len(), self.part(0, block.clone()), keys, false, false);
        let scale = self.scale();
        out[..block.len() * self.rows.len()].iter_mut().for_each(|score| *score *= scale);
    }

    /// Dropout's factors of the weights of one query row.
    fn factors(&self, dropout: Dropout, row: usize, out: &mut [f32]) {
        let element_row = (self.shape.first_row + row) * self.shape.heads + self.head;
        dropout.factors(element_row as u64 * row_stride(self.shape.max_positions), out);
    }
}

/// `context = softmax(q k^T / sqrt(head_dim)) v` per head; `qkv` `[tokens, 3 dim]`.
/// Returns the context `[tokens, dim]` and the log-sum-exp of the scores `[heads, tokens]`.
///
/// # Panics
/// Where the bounds exceed the tokens.
pub fn forward(shape: Shape, qkv: &[f32], dropout: Option<Dropout>) -> (Vec<f32>, Vec<f32>) {
    let tokens = qkv.len() / (3 * shape.dim);
    assert!(shape.bounds.last().is_none_or(|end| *end <= tokens), "sequence bounds exceed the batch");
    let mut context = vec![0.0; tokens * shape.dim];
    let mut log_sum_exp = vec![0.0; shape.heads * tokens];
    let (context_out, lse_out) = (Columns(context.as_mut_ptr()), Columns(log_sum_exp.as_mut_ptr()));
    Task::all(shape, qkv, dropout).par_iter().for_each(|task| {
        let length = task.rows.len();
        let mut scores = vec![0.0; BLOCK.min(length) * length];
        let mut factors = vec![0.0; length];
        for block in task.blocks() {
            task.scores(&block, &mut scores);
            for (row, weights) in block.clone().zip(scores.chunks_exact_mut(length)) {
                let log_sum = softmax(weights);
                // SAFETY: (head, row) belongs to this task alone.
                unsafe { *lse_out.at(task.head * tokens + row) = log_sum };
                if let Some(dropout) = task.dropout {
                    task.factors(dropout, row, &mut factors);
                    weights.iter_mut().zip(&factors).for_each(|(weight, factor)| *weight *= factor);
                }
            }
            let weights = View::new(&scores, block.len(), length);
            let out = context_out.at(block.start * shape.dim + task.head * task.head_dim());
            // SAFETY: these rows and columns of the context belong to this task alone.
            unsafe { gemm_raw(out, shape.dim, weights, task.part(2, task.rows.clone()), 1.0, false, false) };
        }
    });
    (context, log_sum_exp)
}

/// Softmax in place; returns the log-sum-exp.
fn softmax(row: &mut [f32]) -> f32 {
    let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    row.iter_mut().for_each(|score| *score = exp(*score - max));
    let total = sum(row);
    let inverse = 1.0 / total;
    row.iter_mut().for_each(|score| *score *= inverse);
    max + total.ln()
}

/// Gradient of `qkv`, `[tokens, 3 dim]`, from that of the context, `[tokens, dim]`.
///
/// # Panics
/// Where the bounds exceed the tokens.
pub fn backward(
    shape: Shape,
    qkv: &[f32],
    context: &[f32],
    log_sum_exp: &[f32],
    context_grad: &[f32],
    dropout: Option<Dropout>,
) -> Vec<f32> {
    let tokens = qkv.len() / (3 * shape.dim);
    assert!(shape.bounds.last().is_none_or(|end| *end <= tokens), "sequence bounds exceed the batch");
    let mut qkv_grad = vec![0.0; qkv.len()];
    let out = Columns(qkv_grad.as_mut_ptr());
    Task::all(shape, qkv, dropout).par_iter().for_each(|task| {
        let length = task.rows.len();
        let mut scratch = Scratch::new(length);
        for block in task.blocks() {
            task.scores(&block, &mut scratch.scores);
            let (grads, values) = (task.columns(context_grad, block.clone()), task.part(2, task.rows.clone()));
            gemm(&mut scratch.grads, length, grads, values.t(), false, false);
            for (i, row) in block.clone().enumerate() {
                let first = row * shape.dim + task.head * task.head_dim();
                let columns = first..first + task.head_dim();
                let projection = dot(&context[columns.clone()], &context_grad[columns]);
                scratch.row_backward(i, task, row, log_sum_exp[task.head * tokens + row], projection);
            }
            let first_block = block.start == task.rows.start;
            // SAFETY: these rows and columns of the gradient belong to this task alone.
            unsafe { write_block(task, &scratch, &block, grads, out, !first_block) };
        }
    });
    qkv_grad
}

/// Blocks of rows, `[block, tokens of the sequence]`.
struct Scratch {
    /// Scores; after the row's backward the weights with dropout.
    scores: Vec<f32>,
    /// Gradient of the weights; after the row's backward that of the scores, scaled.
    grads: Vec<f32>,
    factors: Vec<f32>,
    length: usize,
}

impl Scratch {
    fn new(length: usize) -> Self {
        let len = BLOCK.min(length) * length;
        Self { scores: vec![0.0; len], grads: vec![0.0; len], factors: vec![1.0; length], length }
    }

    fn row_backward(&mut self, i: usize, task: &Task, row: usize, log_sum_exp: f32, projection: f32) {
        if let Some(dropout) = task.dropout {
            task.factors(dropout, row, &mut self.factors);
        }
        let scale = task.scale();
        let range = i * self.length..(i + 1) * self.length;
        for ((score, grad), factor) in
            self.scores[range.clone()].iter_mut().zip(&mut self.grads[range]).zip(&self.factors)
        {
            let weight = exp(*score - log_sum_exp);
            *grad = weight * (*grad * factor - projection) * scale;
            *score = weight * factor;
        }
    }
}

/// `dv += weights^T grads`, `dk += dscores^T q`, `dq = dscores k`.
///
/// # Safety
/// `out` is a matrix `[tokens, 3 dim]`, and nobody else touches the columns of this head in the rows of this sequence.
unsafe fn write_block(
    task: &Task,
    scratch: &Scratch,
    block: &Range<usize>,
    grads: View,
    out: Columns,
    accumulate: bool,
) {
    let stride = 3 * task.shape.dim;
    let target = |part: usize, row: usize| out.at(row * stride + part * task.shape.dim + task.head * task.head_dim());
    let weights = View::new(&scratch.scores, block.len(), scratch.length);
    let score_grads = View::new(&scratch.grads, block.len(), scratch.length);
    let (queries, keys) = (task.part(0, block.clone()), task.part(1, task.rows.clone()));
    // SAFETY: the caller's promise.
    unsafe {
        gemm_raw(target(2, task.rows.start), stride, weights.t(), grads, 1.0, accumulate, false);
        gemm_raw(target(1, task.rows.start), stride, score_grads.t(), queries, 1.0, accumulate, false);
        gemm_raw(target(0, block.start), stride, score_grads, keys, 1.0, false, false);
    }
}
