//! The multiplication natively: the `gemm` crate, which picks AVX-512, AVX2 or NEON.

use gemm::Parallelism;
use rayon::prelude::*;

use super::{Onto, View};
use crate::kernels::lane::transpose;
use crate::kernels::workspace::Workspace;

/// Rows that a task lays out: of every column it reads one line of the cache.
const ROWS_PER_TASK: usize = 16;
/// Rows and columns of what is turned at once.
const TURNED: usize = 4;

/// Bytes such that columns which lie a multiple of them apart push each other out of the cache: it finds a line by the last twelve
/// bits of its address.
const CROWDED: usize = 2048;

/// A right operand. The crate packs the transpose of a weight column by column, which for a weight `[768, 3072]` takes longer than the
/// multiplication of 192 rows: such a one is laid out row by row first.
pub struct Right<'a> {
    view: View<'a>,
    laid_out: Option<Workspace>,
}

impl<'a> Right<'a> {
    /// Makes a matrix ready on this thread.
    pub fn new(view: View<'a>) -> Self {
        Self::ready(view, false)
    }

    /// `c = scale a b` on this thread.
    ///
    /// # Safety
    /// As [`super::gemm_raw`].
    pub unsafe fn gemm(&self, c: *mut f32, c_stride: usize, a: View, scale: f32) {
        // SAFETY: the caller's promise.
        unsafe { self.multiply(c, c_stride, a, scale, false, Parallelism::None) }
    }

    fn ready(view: View<'a>, parallel: bool) -> Self {
        let is_crowded = view.row_stride == 1 && (size_of::<f32>() * view.col_stride).is_multiple_of(CROWDED);
        Self { view, laid_out: is_crowded.then(|| laid_out(view, parallel)) }
    }

    /// Where it begins, and how far its rows and its columns lie apart.
    fn layout(&self) -> (*const f32, [isize; 2]) {
        match &self.laid_out {
            Some(values) => (values.as_ptr(), [self.view.cols as isize, 1]),
            None => (self.view.data.as_ptr(), [self.view.row_stride as isize, self.view.col_stride as isize]),
        }
    }

    /// `c = scale a b`, or `c += scale a b`.
    ///
    /// # Safety
    /// As [`super::gemm_raw`].
    unsafe fn multiply(&self, c: *mut f32, c_stride: usize, a: View, scale: f32, add: bool, parallelism: Parallelism) {
        let (b, [row_stride, col_stride]) = self.layout();
        // SAFETY: both operands were checked against their slices when the views were made, c is the caller's promise.
        unsafe {
            gemm::gemm(
                a.rows,
                self.view.cols,
                a.cols,
                c,
                1,
                c_stride as isize,
                add,
                a.data.as_ptr(),
                a.col_stride as isize,
                a.row_stride as isize,
                b,
                col_stride,
                row_stride,
                1.0,
                scale,
                false,
                false,
                false,
                parallelism,
            );
        }
    }
}

/// `c = scale a b`, onto what is said, on one thread or on the pool.
///
/// # Safety
/// As [`super::gemm_raw`].
pub unsafe fn gemm(c: *mut f32, c_stride: usize, a: View, b: View, scale: f32, onto: Onto, parallel: bool) {
    let parallelism = if parallel { Parallelism::Rayon(rayon::current_num_threads()) } else { Parallelism::None };
    if let Onto::Row(values) = onto {
        // SAFETY: the caller's promise.
        unsafe { fill(c, c_stride, a.rows, values, parallel) };
    }
    // SAFETY: the caller's promise; a row was written first where it is added to.
    unsafe {
        let add = !matches!(onto, Onto::Nothing);
        Right::ready(b, parallel).multiply(c, c_stride, a, scale, add, parallelism);
    }
}

/// Where a result begins, for tasks that write a row each.
struct Rows(*mut f32);

// SAFETY: tasks write disjoint rows (see `fill`).
unsafe impl Sync for Rows {}

impl Rows {
    /// # Safety
    /// As `pointer::add`.
    unsafe fn at(&self, offset: usize) -> *mut f32 {
        // SAFETY: the caller's promise.
        unsafe { self.0.add(offset) }
    }
}

/// Writes the same values into all rows of a matrix.
///
/// # Safety
/// As [`super::gemm_raw`].
unsafe fn fill(c: *mut f32, c_stride: usize, rows: usize, values: &[f32], parallel: bool) {
    let c = Rows(c);
    // SAFETY: c is valid for so many values from each row's beginning on, and each row is written once.
    let fill = |row: usize| unsafe { c.at(row * c_stride).copy_from_nonoverlapping(values.as_ptr(), values.len()) };
    if parallel {
        (0..rows).into_par_iter().with_min_len(ROWS_PER_TASK).for_each(fill);
    } else {
        (0..rows).for_each(fill);
    }
}

/// The matrix row by row.
fn laid_out(view: View, parallel: bool) -> Workspace {
    let mut values = Workspace::take(view.rows * view.cols);
    let task = ROWS_PER_TASK * view.cols;
    if task == 0 {
        return values;
    }
    let lay = |(index, out): (usize, &mut [f32])| rows(view, index * ROWS_PER_TASK, out);
    if parallel {
        values.par_chunks_mut(task).enumerate().for_each(lay);
    } else {
        values.chunks_mut(task).enumerate().for_each(lay);
    }
    values
}

/// The rows from `first` on, of a matrix whose rows lie side by side.
fn rows(view: View, first: usize, out: &mut [f32]) {
    let (columns, count) = (view.cols, out.len() / view.cols);
    let column = |index: usize| &view.data[index * view.col_stride + first..][..count];
    let whole = count / TURNED * TURNED;
    for start in (0..columns / TURNED * TURNED).step_by(TURNED) {
        let from: [&[f32]; TURNED] = std::array::from_fn(|i| column(start + i));
        for row in (0..whole).step_by(TURNED) {
            // SAFETY: four columns hold `count` values and four rows hold `columns`; `row + 4 <= count`, `start + 4 <= columns`.
            unsafe {
                transpose(
                    from.map(|column| column.as_ptr().add(row)),
                    out.as_mut_ptr().add(row * columns + start),
                    columns,
                );
            }
        }
        for row in whole..count {
            for (i, column) in from.iter().enumerate() {
                out[row * columns + start + i] = column[row];
            }
        }
    }
    for index in columns / TURNED * TURNED..columns {
        for (row, value) in column(index).iter().enumerate() {
            out[row * columns + index] = *value;
        }
    }
}
