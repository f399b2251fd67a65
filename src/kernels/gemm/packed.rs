//! The multiplication for wasm: packed panels and a tile of 4 x 8 results, which with its operands just fits the registers
//! that V8 has for SIMD; larger tiles spill. Rows are cut into fixed blocks, so that threads change the time and nothing else.
//!
//! Source of the blocking: Goto and van de Geijn, Anatomy of high-performance matrix multiplication (2008).

use std::cell::RefCell;

use rayon::prelude::*;

use super::View;
use super::lane::{Lane, add, load, load_splat, mul, mul_add, splat, store};

/// Rows of a tile.
const TILE_ROWS: usize = 4;
/// Columns of a tile.
const TILE_COLS: usize = 8;
/// Depth of a panel: a panel of `b` (8 kB) then stays in the first cache.
const DEPTH: usize = 256;
/// Rows of a block: its panels of `a` (96 kB) stay in the second cache. A multiple of the tile's rows.
const BLOCK_ROWS: usize = 96;
/// Panels of `b` that one task packs.
const PANELS_PER_TASK: usize = 16;

/// Packed panels of both operands.
#[derive(Default)]
struct Scratch {
    a: Vec<f32>,
    b: Vec<f32>,
}

thread_local! {
    /// Kept between calls: the allocator is one lock for all threads. A call inside another call takes an empty one.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// The result: rows `stride` apart.
#[derive(Clone, Copy)]
struct Target {
    data: *mut f32,
    stride: usize,
    scale: f32,
}

// SAFETY: tasks write disjoint rows (see `multiply`).
unsafe impl Send for Target {}
// SAFETY: as above.
unsafe impl Sync for Target {}

/// `c = scale a b`, or `c += scale a b`, on one thread or on the pool.
///
/// # Safety
/// As [`super::gemm_raw`].
pub unsafe fn gemm(c: *mut f32, c_stride: usize, a: View, b: View, scale: f32, accumulate: bool, parallel: bool) {
    let target = Target { data: c, stride: c_stride, scale };
    if a.cols == 0 && !accumulate {
        for row in 0..a.rows {
            // SAFETY: the caller's promise.
            unsafe { std::slice::from_raw_parts_mut(c.add(row * c_stride), b.cols) }.fill(0.0);
        }
    }
    let mut scratch = SCRATCH.with(RefCell::take);
    for start in (0..a.cols).step_by(DEPTH) {
        let depth = DEPTH.min(a.cols - start);
        scratch.pack(a, b, start, depth, parallel);
        // SAFETY: the caller's promise.
        unsafe { multiply(target, &scratch, [a.rows, b.cols, depth], accumulate || start > 0, parallel) };
    }
    SCRATCH.with(|kept| kept.replace(scratch));
}

impl Scratch {
    /// Packs columns `start..start + depth` of `a` and the same rows of `b`; edges are filled up with zeros.
    fn pack(&mut self, a: View, b: View, start: usize, depth: usize, parallel: bool) {
        resize(&mut self.a, a.rows.next_multiple_of(TILE_ROWS) * depth);
        resize(&mut self.b, b.cols.next_multiple_of(TILE_COLS) * depth);
        let pack_a = |(panel, out): (usize, &mut [f32])| {
            pack::<TILE_ROWS>(out, a.data, [a.row_stride, a.col_stride], panel * TILE_ROWS, a.rows, start);
        };
        let pack_b = |(panel, out): (usize, &mut [f32])| {
            pack::<TILE_COLS>(out, b.data, [b.col_stride, b.row_stride], panel * TILE_COLS, b.cols, start);
        };
        if parallel {
            let (a, b) = (&mut self.a, &mut self.b);
            a.par_chunks_mut(TILE_ROWS * depth).enumerate().with_min_len(2 * PANELS_PER_TASK).for_each(pack_a);
            b.par_chunks_mut(TILE_COLS * depth).enumerate().with_min_len(PANELS_PER_TASK).for_each(pack_b);
        } else {
            self.a.chunks_mut(TILE_ROWS * depth).enumerate().for_each(pack_a);
            self.b.chunks_mut(TILE_COLS * depth).enumerate().for_each(pack_b);
        }
    }
}

/// Makes room without writing twice: all of it is packed into next.
fn resize(values: &mut Vec<f32>, len: usize) {
    if values.len() < len {
        *values = vec![0.0; len];
    } else {
        values.truncate(len);
    }
}

/// One panel, `WIDTH` lines side by side: `out[p * WIDTH + i]` is element `start + p` of line `first + i`.
fn pack<const WIDTH: usize>(
    out: &mut [f32],
    data: &[f32],
    [line_stride, stride]: [usize; 2],
    first: usize,
    lines: usize,
    start: usize,
) {
    let count = WIDTH.min(lines - first);
    if count == WIDTH && line_stride == 1 {
        for (p, out) in out.chunks_exact_mut(WIDTH).enumerate() {
            let at = first + (start + p) * stride;
            out.copy_from_slice(&data[at..at + WIDTH]);
        }
        return;
    }
    if count < WIDTH {
        out.fill(0.0);
    }
    let depth = out.len() / WIDTH;
    for i in 0..count {
        let line = &data[(first + i) * line_stride + start * stride..];
        for (p, out) in out.iter_mut().skip(i).step_by(WIDTH).enumerate().take(depth) {
            *out = line[p * stride];
        }
    }
}

/// Multiplies packed panels of depth `depth` into the target, block by block of rows.
///
/// # Safety
/// The target is valid for `rows` rows of `cols` values, and nobody else touches them.
unsafe fn multiply(
    target: Target,
    scratch: &Scratch,
    [rows, cols, depth]: [usize; 3],
    accumulate: bool,
    parallel: bool,
) {
    let block = |index: usize| {
        let first = index * BLOCK_ROWS;
        let last = rows.min(first + BLOCK_ROWS);
        for (panel, b) in scratch.b.chunks_exact(TILE_COLS * depth).enumerate() {
            let column = panel * TILE_COLS;
            for row in (first..last).step_by(TILE_ROWS) {
                let a = &scratch.a[row * depth..(row + TILE_ROWS) * depth];
                let size = [TILE_ROWS.min(rows - row), TILE_COLS.min(cols - column)];
                // SAFETY: rows `row..row + size[0]` of the target belong to this block alone; a and b hold `depth` steps.
                unsafe { tile(target, [row, column], size, a, b, accumulate) };
            }
        }
    };
    let blocks = 0..rows.div_ceil(BLOCK_ROWS);
    if parallel { blocks.into_par_iter().for_each(block) } else { blocks.for_each(block) }
}

/// One tile: its results, and where they go.
///
/// # Safety
/// The target is valid at rows `at[0]..` and columns `at[1]..` for `size`, and nobody else touches them.
#[cfg_attr(all(target_arch = "wasm32", feature = "relaxed"), target_feature(enable = "relaxed-simd"))]
unsafe fn tile(target: Target, at: [usize; 2], size: [usize; 2], a: &[f32], b: &[f32], accumulate: bool) {
    debug_assert_eq!(a.len() / TILE_ROWS, b.len() / TILE_COLS);
    // SAFETY: both panels hold as many steps as the loop makes.
    let sums = unsafe { accumulated(a.as_ptr(), b.as_ptr(), a.len() / TILE_ROWS) };
    let scale = splat(target.scale);
    // SAFETY: the caller's promise.
    let out = unsafe { target.data.add(at[0] * target.stride + at[1]) };
    if size == [TILE_ROWS, TILE_COLS] {
        for (i, row) in sums.into_iter().enumerate() {
            for (j, sum) in row.into_iter().enumerate() {
                // SAFETY: the whole tile lies inside the target.
                unsafe {
                    let to = out.add(i * target.stride + 4 * j);
                    let scaled = mul(sum, scale);
                    store(to, if accumulate { add(load(to), scaled) } else { scaled });
                }
            }
        }
        return;
    }
    let mut values = [0.0f32; TILE_ROWS * TILE_COLS];
    for (i, row) in sums.into_iter().enumerate() {
        for (j, sum) in row.into_iter().enumerate() {
            // SAFETY: the buffer holds a whole tile.
            unsafe { store(values.as_mut_ptr().add(i * TILE_COLS + 4 * j), mul(sum, scale)) };
        }
    }
    for i in 0..size[0] {
        // SAFETY: the part of the tile that lies inside the target.
        let out = unsafe { std::slice::from_raw_parts_mut(out.add(i * target.stride), size[1]) };
        for (out, value) in out.iter_mut().zip(&values[i * TILE_COLS..]) {
            *out = if accumulate { *out + value } else { *value };
        }
    }
}

/// `sum over p of a[p] b[p]^T`, 4 x 8 results in eight registers.
///
/// # Safety
/// `a` is valid for `4 * depth` values, `b` for `8 * depth`.
#[inline]
#[cfg_attr(all(target_arch = "wasm32", feature = "relaxed"), target_feature(enable = "relaxed-simd"))]
unsafe fn accumulated(a: *const f32, b: *const f32, depth: usize) -> [[Lane; 2]; TILE_ROWS] {
    let zero = splat(0.0);
    let [mut c00, mut c01, mut c10, mut c11] = [zero; 4];
    let [mut c20, mut c21, mut c30, mut c31] = [zero; 4];
    for p in 0..depth {
        // SAFETY: step p of the caller's panels.
        unsafe {
            let (a, b) = (a.add(p * TILE_ROWS), b.add(p * TILE_COLS));
            let (b0, b1) = (load(b), load(b.add(4)));
            let a0 = load_splat(a);
            (c00, c01) = (mul_add(a0, b0, c00), mul_add(a0, b1, c01));
            let a1 = load_splat(a.add(1));
            (c10, c11) = (mul_add(a1, b0, c10), mul_add(a1, b1, c11));
            let a2 = load_splat(a.add(2));
            (c20, c21) = (mul_add(a2, b0, c20), mul_add(a2, b1, c21));
            let a3 = load_splat(a.add(3));
            (c30, c31) = (mul_add(a3, b0, c30), mul_add(a3, b1, c31));
        }
    }
    [[c00, c01], [c10, c11], [c20, c21], [c30, c31]]
}
