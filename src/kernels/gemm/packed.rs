//! The multiplication for wasm: packed panels and a tile of 6 x 8 results, which with its operands just fits the registers
//! that V8 has for SIMD; larger tiles spill. Work is cut into fixed blocks, so that threads change the time and nothing else.
//!
//! Source of the blocking: Goto and van de Geijn, Anatomy of high-performance matrix multiplication (2008).

use std::marker::PhantomData;

use rayon::prelude::*;

use super::pack::{DEPTH, Lines};
use super::{Onto, View};
use crate::kernels::ONE_A_TASK;
use crate::kernels::lane::Lane;
use crate::kernels::workspace::Workspace;

/// Rows of a tile.
const TILE_ROWS: usize = 6;
/// Columns of a tile.
const TILE_COLS: usize = 2 * Lane::LEN;
/// Rows of a block: a slab of its panels of `a` (96 kB) stays in the second cache. A multiple of the tile's rows.
const BLOCK_ROWS: usize = 96;
/// Columns of a block. A multiple of the tile's columns.
const BLOCK_COLS: usize = 256;
/// Most rows that are one block, whose right panels are packed when they are needed: they never leave the first cache then.
const FEW_ROWS: usize = 768;
/// Values that this thread packs in less time than another takes to wake up.
const FEW_VALUES: usize = 1 << 17;
/// Columns of such a block: enough blocks that no thread waits long for the last. A multiple of the tile's columns.
const FEW_ROWS_BLOCK_COLS: usize = 32;

/// A right operand that is multiplied by several left ones: packed once.
pub struct Right<'a> {
    panels: Workspace,
    rows: usize,
    cols: usize,
    /// Natively the operand is borrowed.
    packed: PhantomData<View<'a>>,
}

impl<'a> Right<'a> {
    /// Packs a matrix on this thread.
    pub fn new(b: View<'a>) -> Self {
        let columns = Lines::columns(b);
        let mut panels = Workspace::take(columns.packed_len(TILE_COLS));
        columns.pack::<TILE_COLS>(&mut panels, false);
        Self { panels, rows: b.rows, cols: b.cols, packed: PhantomData }
    }

    /// `c = scale a b` on this thread.
    ///
    /// # Safety
    /// As [`super::gemm_raw`].
    pub unsafe fn gemm(&self, c: *mut f32, c_stride: usize, a: View, scale: f32) {
        let target = Target { data: c, stride: c_stride, scale, onto: Onto::Nothing };
        let rows = Lines::rows(a);
        let mut left = Workspace::take(rows.packed_len(TILE_ROWS));
        rows.pack::<TILE_ROWS>(&mut left, false);
        // SAFETY: the caller's promise.
        unsafe { multiply(target, &left, Columns::Packed(&self.panels), [a.rows, self.cols, self.rows], false) }
    }
}

/// The result: rows `stride` apart, and what the product is added to.
#[derive(Clone, Copy)]
struct Target<'a> {
    data: *mut f32,
    stride: usize,
    scale: f32,
    onto: Onto<'a>,
}

// SAFETY: tasks write disjoint blocks (see `multiply`).
unsafe impl Send for Target<'_> {}
// SAFETY: as above.
unsafe impl Sync for Target<'_> {}

impl Target<'_> {
    /// What a slab's products are added to: from the second slab on, to those before.
    fn of_slab(self, start: usize) -> Self {
        if start > 0 { Self { onto: Onto::Itself, ..self } } else { self }
    }
}

/// `c = scale a b`, onto what is said, on one thread or on the pool.
///
/// # Safety
/// As [`super::gemm_raw`].
pub unsafe fn gemm(c: *mut f32, c_stride: usize, a: View, b: View, scale: f32, onto: Onto, parallel: bool) {
    let target = Target { data: c, stride: c_stride, scale, onto };
    let (rows, columns) = (Lines::rows(a), Lines::columns(b));
    let is_ahead = a.rows > FEW_ROWS;
    // Both are this thread's, whichever packs them: a buffer goes back to the thread that drops it.
    let mut left = Workspace::take(rows.packed_len(TILE_ROWS));
    let mut right = Workspace::take(if is_ahead { columns.packed_len(TILE_COLS) } else { 0 });
    let (to_left, to_right) = (&mut *left, &mut *right);
    if parallel && is_ahead {
        rayon::join(|| columns.pack::<TILE_COLS>(to_right, true), || rows.pack::<TILE_ROWS>(to_left, true));
    } else {
        // Nothing, where columns are packed later.
        columns.pack::<TILE_COLS>(to_right, false);
        rows.pack::<TILE_ROWS>(to_left, parallel && to_left.len() > FEW_VALUES);
    }
    let columns = if is_ahead { Columns::Packed(&right) } else { Columns::Waiting(columns) };
    // SAFETY: the caller's promise.
    unsafe { multiply(target, &left, columns, [a.rows, b.cols, a.cols], parallel) };
}

/// The columns of a right operand.
#[derive(Clone, Copy)]
enum Columns<'a> {
    /// All panels, packed ahead.
    Packed(&'a [f32]),
    /// To be packed panel by panel: there is one block of rows, so that each is packed once.
    Waiting(Lines<'a>),
}

/// Multiplies packed panels into the target, block by block; `[m, n, k]` is the shape.
///
/// # Safety
/// The target is valid for `m` rows of `n` values, and nobody else touches them.
unsafe fn multiply(target: Target, left: &[f32], right: Columns, [m, n, k]: [usize; 3], parallel: bool) {
    let [most_rows, most_cols] = match right {
        Columns::Packed(_) => [BLOCK_ROWS, BLOCK_COLS],
        Columns::Waiting(_) => [m.max(1), FEW_ROWS_BLOCK_COLS],
    };
    let (row_blocks, col_blocks) = (m.div_ceil(most_rows), n.div_ceil(most_cols));
    let block = |index: usize| {
        let mut panel = [0.0; TILE_COLS * DEPTH];
        let (first_row, first_col) = (index / col_blocks * most_rows, index % col_blocks * most_cols);
        let (last_row, last_col) = (m.min(first_row + most_rows), n.min(first_col + most_cols));
        // Without any depth there is still what the product is added to.
        for start in (0..k.max(1)).step_by(DEPTH) {
            let depth = DEPTH.min(k - start);
            let a_slab = &left[start * m.next_multiple_of(TILE_ROWS)..];
            let target = target.of_slab(start);
            for col in (first_col..last_col).step_by(TILE_COLS) {
                let b_panel = match right {
                    Columns::Packed(panels) => {
                        let at = start * n.next_multiple_of(TILE_COLS) + col * depth;
                        &panels[at..at + TILE_COLS * depth]
                    }
                    Columns::Waiting(columns) => {
                        let panel = &mut panel[..TILE_COLS * depth];
                        columns.panel::<TILE_COLS>(panel, col, start);
                        &*panel
                    }
                };
                for row in (first_row..last_row).step_by(TILE_ROWS) {
                    let a_panel = &a_slab[row * depth..(row + TILE_ROWS) * depth];
                    let size = [TILE_ROWS.min(m - row), TILE_COLS.min(n - col)];
                    // SAFETY: these rows and columns of the target belong to this block alone; both panels hold `depth` steps.
                    unsafe { tile(target, [row, col], size, [a_panel, b_panel]) };
                }
            }
        }
    };
    let blocks = 0..row_blocks * col_blocks;
    if parallel { blocks.into_par_iter().with_max_len(ONE_A_TASK).for_each(block) } else { blocks.for_each(block) }
}

/// One tile: its results, and where they go.
///
/// # Safety
/// The target is valid at rows `at[0]..` and columns `at[1]..` for `size`, and nobody else touches them.
#[cfg_attr(all(target_arch = "wasm32", feature = "relaxed"), target_feature(enable = "relaxed-simd"))]
unsafe fn tile(target: Target, at: [usize; 2], size: [usize; 2], [a, b]: [&[f32]; 2]) {
    debug_assert_eq!(a.len() / TILE_ROWS, b.len() / TILE_COLS);
    // SAFETY: both panels hold as many steps as the loop makes.
    let sums = unsafe { accumulated(a.as_ptr(), b.as_ptr(), a.len() / TILE_ROWS) };
    let scale = Lane::splat(target.scale);
    // SAFETY: the caller's promise.
    let out = unsafe { target.data.add(at[0] * target.stride + at[1]) };
    if size == [TILE_ROWS, TILE_COLS] {
        // SAFETY: a row that is added has as many values as the target has columns.
        let row = match target.onto {
            Onto::Row(row) => unsafe { [0, Lane::LEN].map(|col| Lane::load(row.as_ptr().add(at[1] + col))) },
            Onto::Nothing | Onto::Itself => [Lane::splat(0.0); 2],
        };
        let is_read = matches!(target.onto, Onto::Itself);
        for (i, sums) in sums.into_iter().enumerate() {
            for (j, (sum, row)) in sums.into_iter().zip(row).enumerate() {
                // SAFETY: the whole tile lies inside the target.
                unsafe {
                    let to = out.add(i * target.stride + j * Lane::LEN);
                    let before = if is_read { Lane::load(to) } else { row };
                    (before + sum * scale).store(to);
                }
            }
        }
        return;
    }
    let mut values = [0.0f32; TILE_ROWS * TILE_COLS];
    for (i, row) in sums.into_iter().enumerate() {
        for (j, sum) in row.into_iter().enumerate() {
            // SAFETY: the buffer holds a whole tile.
            unsafe { (sum * scale).store(values.as_mut_ptr().add(i * TILE_COLS + j * Lane::LEN)) };
        }
    }
    for i in 0..size[0] {
        for j in 0..size[1] {
            // SAFETY: the part of the tile that lies inside the target.
            unsafe {
                let to = out.add(i * target.stride + j);
                let before = match target.onto {
                    Onto::Nothing => 0.0,
                    Onto::Itself => to.read(),
                    Onto::Row(row) => row[at[1] + j],
                };
                to.write(before + values[i * TILE_COLS + j]);
            }
        }
    }
}

/// `sum over p of a[p] b[p]^T`, a tile of results in registers.
///
/// # Safety
/// `a` is valid for `TILE_ROWS * depth` values, `b` for `TILE_COLS * depth`.
#[inline]
#[cfg_attr(all(target_arch = "wasm32", feature = "relaxed"), target_feature(enable = "relaxed-simd"))]
unsafe fn accumulated(mut a: *const f32, mut b: *const f32, depth: usize) -> [[Lane; 2]; TILE_ROWS] {
    let mut sums = [[Lane::splat(0.0); 2]; TILE_ROWS];
    for _ in 0..depth {
        // SAFETY: the caller's panels hold this step, and end behind the last.
        unsafe {
            step(&mut sums, a, b);
            (a, b) = (a.add(TILE_ROWS), b.add(TILE_COLS));
        }
    }
    sums
}

/// One step of a tile.
///
/// # Safety
/// `a` is valid for `TILE_ROWS` values, `b` for `TILE_COLS`.
#[inline]
#[cfg_attr(all(target_arch = "wasm32", feature = "relaxed"), target_feature(enable = "relaxed-simd"))]
unsafe fn step(sums: &mut [[Lane; 2]; TILE_ROWS], a: *const f32, b: *const f32) {
    // SAFETY: the caller's promise.
    let b = unsafe { [Lane::load(b), Lane::load(b.add(Lane::LEN))] };
    for (i, row) in sums.iter_mut().enumerate() {
        // SAFETY: the caller's promise.
        let a = unsafe { Lane::load_splat(a.add(i)) };
        *row = [a.mul_add(b[0], row[0]), a.mul_add(b[1], row[1])];
    }
}
