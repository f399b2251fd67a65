//! Matrix multiplication in f32: natively the `gemm` crate ([`native`]); in wasm our own kernel ([`packed`]), since the crate's
//! neither fuses multiply and add nor fits V8's registers.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(any(test, target_arch = "wasm32"))]
mod pack;
#[cfg(any(test, target_arch = "wasm32"))]
mod packed;

#[cfg(not(target_arch = "wasm32"))]
use native as backend;
#[cfg(target_arch = "wasm32")]
use packed as backend;

/// A matrix view: `rows x cols`, element `(i, j)` at `offset + i * row_stride + j * col_stride`.
#[derive(Clone, Copy)]
pub struct View<'a> {
    data: &'a [f32],
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

impl<'a> View<'a> {
    /// A whole row-major matrix, `[rows, cols]`.
    ///
    /// # Panics
    /// Where the slice is shorter than the shape says.
    pub fn new(data: &'a [f32], rows: usize, cols: usize) -> Self {
        Self::strided(data, rows, cols, cols)
    }

    /// Rows that lie `row_stride` apart: a block of columns of a wider matrix.
    ///
    /// # Panics
    /// Where the slice is shorter than the shape says.
    pub fn strided(data: &'a [f32], rows: usize, cols: usize, row_stride: usize) -> Self {
        assert!(rows == 0 || cols == 0 || data.len() >= (rows - 1) * row_stride + cols, "matrix exceeds its slice");
        Self { data, rows, cols, row_stride, col_stride: 1 }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// The transpose; moves nothing.
    #[must_use]
    pub fn t(self) -> Self {
        Self { rows: self.cols, cols: self.rows, row_stride: self.col_stride, col_stride: self.row_stride, ..self }
    }
}

/// What a product is added to.
#[derive(Clone, Copy)]
pub(crate) enum Onto<'a> {
    /// Nothing: what the result held is not read.
    Nothing,
    /// What the result holds.
    Itself,
    /// A row of as many values as the result has columns, in every row.
    Row(&'a [f32]),
}

/// `a b`, or `a b + row` in every row, on one thread or on the pool; returns `[a.rows, b.cols]`.
///
/// # Panics
/// Where the shapes do not fit each other.
pub fn product(a: View, b: View, row: Option<&[f32]>, parallel: bool) -> Vec<f32> {
    let len = a.rows * b.cols;
    // Not filled first: that alone takes a tenth of the time of a narrow multiplication.
    let mut out = Vec::with_capacity(len);
    // SAFETY: the vector has room for all rows, and every value of them is written.
    unsafe {
        gemm_raw(out.as_mut_ptr(), b.cols, a, b, 1.0, row.map_or(Onto::Nothing, Onto::Row), parallel);
        out.set_len(len);
    }
    out
}

/// `c += a b` on the pool; `c` is `[a.rows, b.cols]`.
///
/// # Panics
/// Where the shapes do not fit each other.
pub fn add_product(c: &mut [f32], a: View, b: View, scale: f32) {
    assert_eq!(c.len(), a.rows * b.cols, "the result has another shape");
    // SAFETY: c holds all rows, and is exclusively borrowed.
    unsafe { gemm_raw(c.as_mut_ptr(), b.cols, a, b, scale, Onto::Itself, true) }
}

/// `c = scale a b`, onto what is said, on one thread or on the pool.
///
/// # Safety
/// `c` must be valid for writes (reads too for [`Onto::Itself`]) of `a.rows` rows of `b.cols` values, `c_stride` apart,
/// and nobody else may touch these values meanwhile.
pub(crate) unsafe fn gemm_raw(c: *mut f32, c_stride: usize, a: View, b: View, scale: f32, onto: Onto, parallel: bool) {
    assert_eq!(a.cols, b.rows, "inner dimensions differ");
    if let Onto::Row(row) = onto {
        assert_eq!(row.len(), b.cols, "the row that is added has another length");
    }
    // SAFETY: the caller's promise.
    unsafe { backend::gemm(c, c_stride, a, b, scale, onto, parallel) }
}

/// A right operand that several left ones are multiplied by on one thread: made ready once.
pub(crate) struct Right<'a> {
    rows: usize,
    ready: backend::Right<'a>,
}

impl<'a> Right<'a> {
    /// Makes a matrix ready.
    pub(crate) fn new(view: View<'a>) -> Self {
        Self { rows: view.rows, ready: backend::Right::new(view) }
    }

    /// `c = scale a b`, where `b` is this operand.
    ///
    /// # Safety
    /// As [`gemm_raw`].
    pub(crate) unsafe fn gemm(&self, c: *mut f32, c_stride: usize, a: View, scale: f32) {
        assert_eq!(a.cols, self.rows, "inner dimensions differ");
        // SAFETY: the caller's promise.
        unsafe { self.ready.gemm(c, c_stride, a, scale) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Kernel = unsafe fn(*mut f32, usize, View, View, f32, Onto, bool);

    /// Operands that are made ready once, as attention does.
    unsafe fn library_ready(c: *mut f32, c_stride: usize, a: View, b: View, scale: f32, _: Onto, _: bool) {
        // SAFETY: the caller's promise.
        unsafe { native::Right::new(b).gemm(c, c_stride, a, scale) }
    }

    unsafe fn ours_ready(c: *mut f32, c_stride: usize, a: View, b: View, scale: f32, _: Onto, _: bool) {
        // SAFETY: the caller's promise.
        unsafe { packed::Right::new(b).gemm(c, c_stride, a, scale) }
    }

    fn counted(len: usize, seed: usize) -> Vec<f32> {
        (0..len).map(|i| ((i * 7 + seed * 13) % 23) as f32 / 11.0 - 1.0).collect()
    }

    /// Products in f64, and for each the sum of its terms' sizes, which its rounding errors are in proportion to.
    fn oracle(a: View, b: View) -> Vec<(f64, f64)> {
        let at = |v: &View, i: usize, j: usize| f64::from(v.data[i * v.row_stride + j * v.col_stride]);
        let places = (0..a.rows).flat_map(|i| (0..b.cols).map(move |j| (i, j)));
        places
            .map(|(i, j)| {
                let terms = (0..a.cols).map(|l| at(&a, i, l) * at(&b, l, j));
                (terms.clone().sum(), terms.map(f64::abs).sum())
            })
            .collect()
    }

    #[test]
    fn every_orientation_agrees_with_the_oracle() {
        for (m, n, k) in [
            (1, 1, 1),
            (3, 5, 7),
            (17, 33, 9),
            (64, 48, 96),
            (100, 2, 31),
            (9, 8, 600),
            (200, 16, 256),
            (4, 8, 0),
            (101, 530, 259),
            // The columns of such a right operand crowd the same places of a cache.
            (5, 7, 512),
            (33, 70, 1024),
            // More rows than one block of ours has.
            (771, 37, 259),
        ] {
            let (a, b, row) = (counted(m * k, 1), counted(k * n, 2), counted(n, 3));
            let views = [
                (View::new(&a, m, k), View::new(&b, k, n)),
                (View::new(&a, m, k), View::new(&b, n, k).t()),
                (View::new(&a, k, m).t(), View::new(&b, k, n)),
            ];
            for (a, b) in views {
                let expected = oracle(a, b);
                let agrees = |c: &[f32], stride: usize, times: f64, row: &[f32]| {
                    for (got, want) in c.chunks(stride).zip(expected.chunks(n)) {
                        for ((got, (want, size)), row) in got.iter().zip(want).zip(row) {
                            let want = times * want + f64::from(*row);
                            // Random rounding errors of k additions add up like the root of k.
                            let size = times * size + f64::from(row.abs());
                            let bound = f64::from(f32::EPSILON) * size * (1.0 + (k as f64).sqrt());
                            let off = (f64::from(*got) - want).abs();
                            assert!(off <= bound, "{m}x{n}x{k}: got {got}, expected {want} within {bound:e}");
                        }
                        assert!(got[n..].iter().all(|value| *value == 7.0), "{m}x{n}x{k}: wrote beyond its columns");
                    }
                };
                // Rows further apart than they are long: what lies between them must stay.
                let stride = n + 3;
                let zeros = vec![0.0; n];
                for (kernel, parallel) in
                    [(native::gemm as Kernel, false), (native::gemm, true), (packed::gemm, false), (packed::gemm, true)]
                {
                    let mut c = vec![7.0; m * stride];
                    // SAFETY: c holds m rows of n values, `stride` apart.
                    unsafe {
                        kernel(c.as_mut_ptr(), stride, a, b, 1.0, Onto::Nothing, parallel);
                        agrees(&c, stride, 1.0, &zeros);
                        kernel(c.as_mut_ptr(), stride, a, b, 0.5, Onto::Itself, parallel);
                        agrees(&c, stride, 1.5, &zeros);
                        kernel(c.as_mut_ptr(), stride, a, b, 2.0, Onto::Row(&row), parallel);
                        agrees(&c, stride, 2.0, &row);
                    }
                }
                for kernel in [library_ready as Kernel, ours_ready] {
                    let mut c = vec![7.0; m * stride];
                    // SAFETY: as above.
                    unsafe { kernel(c.as_mut_ptr(), stride, a, b, 0.5, Onto::Nothing, false) };
                    agrees(&c, stride, 0.5, &zeros);
                }
                agrees(&product(a, b, Some(&row), true), n, 1.0, &row);
                let mut sum = product(a, b, None, false);
                add_product(&mut sum, a, b, 3.0);
                agrees(&sum, n, 4.0, &zeros);
            }
        }
    }
}
