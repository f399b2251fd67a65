//! Operands as panels: a few lines side by side, in the order in which a tile reads them.

use rayon::prelude::*;

use super::View;
use crate::kernels::lane::{interleave, transpose};

/// Depth of a slab: a panel of eight columns of it (8 kB) stays in the first cache.
pub const DEPTH: usize = 256;
/// Values that one task packs, about.
const VALUES_PER_TASK: usize = 1 << 15;

/// The lines of a matrix: rows of a left operand, columns of a right one.
#[derive(Clone, Copy)]
pub struct Lines<'a> {
    data: &'a [f32],
    count: usize,
    depth: usize,
    line_stride: usize,
    stride: usize,
}

impl<'a> Lines<'a> {
    /// Rows of a left operand.
    pub fn rows(view: View<'a>) -> Self {
        let View { data, rows, cols, row_stride, col_stride } = view;
        Self { data, count: rows, depth: cols, line_stride: row_stride, stride: col_stride }
    }

    /// Columns of a right operand.
    pub fn columns(view: View<'a>) -> Self {
        Self::rows(view.t())
    }

    /// Values of all panels of that width; the last panel is filled up with zeros.
    pub fn packed_len(&self, width: usize) -> usize {
        self.count.next_multiple_of(width) * self.depth
    }

    /// Packs all panels: slabs of [`DEPTH`] one after another, in each the panels one after another.
    pub fn pack<const WIDTH: usize>(&self, out: &mut [f32], parallel: bool) {
        let slab_len = self.count.next_multiple_of(WIDTH) * DEPTH;
        if slab_len == 0 || out.is_empty() {
            return;
        }
        let panel_len = |slab: &[f32]| WIDTH * (slab.len() * DEPTH / slab_len);
        if parallel {
            out.par_chunks_mut(slab_len).enumerate().for_each(|(index, slab)| {
                let len = panel_len(slab);
                slab.par_chunks_mut(len)
                    .with_min_len(VALUES_PER_TASK.div_ceil(len))
                    .enumerate()
                    .for_each(|(panel, out)| self.panel::<WIDTH>(out, panel * WIDTH, index * DEPTH));
            });
            return;
        }
        for (index, slab) in out.chunks_mut(slab_len).enumerate() {
            let len = panel_len(slab);
            for (panel, out) in slab.chunks_mut(len).enumerate() {
                self.panel::<WIDTH>(out, panel * WIDTH, index * DEPTH);
            }
        }
    }

    /// One panel: `out[p * WIDTH + i]` is element `start + p` of line `first + i`.
    pub fn panel<const WIDTH: usize>(&self, out: &mut [f32], first: usize, start: usize) {
        let whole = self.count - first >= WIDTH;
        let out = out.as_chunks_mut::<WIDTH>().0;
        if whole && self.line_stride == 1 {
            for (p, out) in out.iter_mut().enumerate() {
                let at = first + (start + p) * self.stride;
                out.copy_from_slice(&self.data[at..at + WIDTH]);
            }
        } else if whole && self.stride == 1 {
            const { assert!(WIDTH.is_multiple_of(2), "lines are packed four by four, and the last two together") };
            let fours = WIDTH / 4 * 4;
            for lines in (0..fours).step_by(4) {
                self.aside(out, first, start, lines, transpose);
            }
            if fours < WIDTH {
                self.aside(out, first, start, fours, interleave);
            }
        } else {
            let lines = WIDTH.min(self.count - first);
            for (p, out) in out.iter_mut().enumerate() {
                let at = first * self.line_stride + (start + p) * self.stride;
                for (i, out) in out.iter_mut().enumerate() {
                    *out = if i < lines { self.data[at + i * self.line_stride] } else { 0.0 };
                }
            }
        }
    }

    /// A few lines `lines..` of a panel, whose elements lie side by side: `turn` writes four elements of each.
    #[inline(always)]
    fn aside<const LINES: usize, const WIDTH: usize>(
        &self,
        out: &mut [[f32; WIDTH]],
        first: usize,
        start: usize,
        lines: usize,
        turn: unsafe fn([*const f32; LINES], *mut f32, usize),
    ) {
        let depth = out.len();
        let line = |i: usize| {
            let at = (first + lines + i) * self.line_stride + start;
            &self.data[at..at + depth]
        };
        let lines_in: [&[f32]; LINES] = std::array::from_fn(line);
        let whole = depth / 4 * 4;
        for p in (0..whole).step_by(4) {
            // SAFETY: every line holds `depth` values, the panel as many steps of `WIDTH`; `p + 4 <= depth`, `lines + LINES <= WIDTH`.
            unsafe {
                let from = lines_in.map(|line| line.as_ptr().add(p));
                turn(from, out.as_mut_ptr().cast::<f32>().add(p * WIDTH + lines), WIDTH);
            }
        }
        for p in whole..depth {
            for (i, line) in lines_in.iter().enumerate() {
                out[p][lines + i] = line[p];
            }
        }
    }
}
