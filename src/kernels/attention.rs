//! Multi-head self-attention over packed sequences, forward and backward, without the score matrix in memory:
//! scores are made anew for a block of query rows at a time, and only their log-sum-exp is kept.
//!
//! Source: Dao et al., `FlashAttention` (2022), for the backward pass from the log-sum-exp.

use std::ops::Range;
use std::slice;

use rayon::prelude::*;

use super::ONE_A_TASK;
use super::dropout::{Dropout, row_stride};
use super::gemm::{Onto, Right, View, gemm_raw};
use super::lane::Lane;
use super::math::{dot, exp, exp_sum, map, max};
use super::wide::wide;
use super::workspace::Workspace;

/// Query rows whose scores exist at a time.
const BLOCK: usize = 96;

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

    /// Query (0), key (1) or value (2) of the whole sequence.
    fn whole(&self, part: usize) -> View<'a> {
        self.part(part, self.rows.clone())
    }

    /// Scaled scores of a block of queries against all keys, `[block, tokens of the sequence]`.
    fn scores(&self, keys: &Right, block: &Range<usize>, out: &mut [f32]) {
        assert!(out.len() >= block.len() * self.rows.len(), "the block exceeds its scratch");
        // SAFETY: the assertion above.
        unsafe { keys.gemm(out.as_mut_ptr(), self.rows.len(), self.part(0, block.clone()), self.scale()) }
    }

    /// Dropout's factors of the weights of one query row; `false` where nothing falls out.
    #[inline(always)]
    fn factors(&self, row: usize, out: &mut [f32]) -> bool {
        let Some(dropout) = self.dropout else { return false };
        let element_row = (self.shape.first_row + row) * self.shape.heads + self.head;
        dropout.factors(element_row as u64 * row_stride(self.shape.max_positions), out);
        true
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
    Task::all(shape, qkv, dropout).par_iter().with_max_len(ONE_A_TASK).for_each(|task| {
        let length = task.rows.len();
        let (keys, values) = (Right::new(task.whole(1).t()), Right::new(task.whole(2)));
        let mut scores = Workspace::take(BLOCK.min(length) * length);
        let mut factors = Workspace::take(length);
        let mut inverses = [0.0; BLOCK];
        for block in task.blocks() {
            task.scores(&keys, &block, &mut scores);
            wide(|| {
                for ((row, weights), inverse) in block.clone().zip(scores.chunks_exact_mut(length)).zip(&mut inverses) {
                    let max = max(weights);
                    let total = exp_sum(weights, max);
                    *inverse = 1.0 / total;
                    // SAFETY: (head, row) belongs to this task alone.
                    unsafe { *lse_out.at(task.head * tokens + row) = max + total.ln() };
                    if task.factors(row, &mut factors) {
                        map([weights], [&factors], |[weight], [factor]| [weight * factor]);
                    }
                }
            });
            let weights = View::new(&scores, block.len(), length);
            let first = block.start * shape.dim + task.head * task.head_dim();
            // SAFETY: these rows and columns of the context belong to this task alone.
            unsafe { values.gemm(context_out.at(first), shape.dim, weights, 1.0) };
            // The sums are divided by, not the weights: there are more of those.
            for (i, inverse) in inverses[..block.len()].iter().enumerate() {
                // SAFETY: as above.
                let row = unsafe { slice::from_raw_parts_mut(context_out.at(first + i * shape.dim), task.head_dim()) };
                row.iter_mut().for_each(|value| *value *= inverse);
            }
        }
    });
    (context, log_sum_exp)
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
    Task::all(shape, qkv, dropout).par_iter().with_max_len(ONE_A_TASK).for_each(|task| {
        let mut scratch = Scratch::new(task);
        for block in task.blocks() {
            scratch.fill(task, &block, task.columns(context_grad, block.clone()));
            wide(|| {
                for (i, row) in block.clone().enumerate() {
                    let first = row * shape.dim + task.head * task.head_dim();
                    let columns = first..first + task.head_dim();
                    let projection = dot(&context[columns.clone()], &context_grad[columns]);
                    scratch.row_backward(i, task, row, log_sum_exp[task.head * tokens + row], projection);
                }
            });
            // SAFETY: these rows and columns of the gradient belong to this task alone.
            unsafe { scratch.write(task, &block, task.columns(context_grad, block.clone()), out) };
        }
    });
    qkv_grad
}

/// What a task works with: operands of all its blocks, and blocks of rows, `[block, tokens of the sequence]`.
struct Scratch<'a> {
    keys: Right<'a>,
    keys_transposed: Right<'a>,
    values_transposed: Right<'a>,
    /// Scores; after the row's backward the weights with dropout.
    scores: Workspace,
    /// Gradient of the weights; after the row's backward that of the scores, scaled.
    grads: Workspace,
    factors: Workspace,
    length: usize,
}

impl<'a> Scratch<'a> {
    fn new(task: &Task<'a>) -> Self {
        let length = task.rows.len();
        let len = BLOCK.min(length) * length;
        let mut factors = Workspace::take(length);
        factors.fill(1.0);
        Self {
            keys: Right::new(task.whole(1)),
            keys_transposed: Right::new(task.whole(1).t()),
            values_transposed: Right::new(task.whole(2).t()),
            scores: Workspace::take(len),
            grads: Workspace::take(len),
            factors,
            length,
        }
    }

    /// Scores of a block, and the gradient of its weights.
    fn fill(&mut self, task: &Task, block: &Range<usize>, context_grad: View) {
        task.scores(&self.keys_transposed, block, &mut self.scores);
        // SAFETY: the scratch holds the rows of a block.
        unsafe { self.values_transposed.gemm(self.grads.as_mut_ptr(), self.length, context_grad, 1.0) }
    }

    #[inline(always)]
    fn row_backward(&mut self, i: usize, task: &Task, row: usize, log_sum_exp: f32, projection: f32) {
        task.factors(row, &mut self.factors);
        let [log_sum_exp, projection, scale] = [log_sum_exp, projection, task.scale()].map(Lane::splat);
        let range = i * self.length..(i + 1) * self.length;
        let rows = [&mut self.scores[range.clone()], &mut self.grads[range]];
        map(rows, [&self.factors], |[score, grad], [factor]| {
            let weight = exp(score - log_sum_exp);
            [weight * factor, weight * (grad * factor - projection) * scale]
        });
    }

    /// `dv += weights^T grads`, `dk += dscores^T q`, `dq = dscores k`.
    ///
    /// # Safety
    /// `out` is a matrix `[tokens, 3 dim]`, and nobody else touches the columns of this head in the rows of this sequence.
    unsafe fn write(&self, task: &Task, block: &Range<usize>, context_grad: View, out: Columns) {
        let stride = 3 * task.shape.dim;
        let target =
            |part: usize, row: usize| out.at(row * stride + part * task.shape.dim + task.head * task.head_dim());
        let weights = View::new(&self.scores, block.len(), self.length);
        let score_grads = View::new(&self.grads, block.len(), self.length);
        let queries = task.part(0, block.clone());
        // The first block writes, the others add.
        let first = task.rows.start;
        let onto = if block.start > first { Onto::Itself } else { Onto::Nothing };
        // SAFETY: the caller's promise.
        unsafe {
            gemm_raw(target(2, first), stride, weights.t(), context_grad, 1.0, onto, false);
            gemm_raw(target(1, first), stride, score_grads.t(), queries, 1.0, onto, false);
            self.keys.gemm(target(0, block.start), stride, score_grads, 1.0);
        }
    }
}
