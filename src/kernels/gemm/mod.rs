//! Matrix multiplication in f32: natively the `gemm` crate, which picks AVX-512, AVX2 or NEON; in wasm our own kernel
//! ([`packed`]), since the crate's neither fuses multiply and add nor fits V8's registers.

#[cfg(any(test, target_arch = "wasm32"))]
mod pack;
#[cfg(any(test, target_arch = "wasm32"))]
mod packed;

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

/// `c = a b`, or `c += a b` where `accumulate`; `c` is `[a.rows, b.cols]` with rows `c_stride` apart.
///
/// # Panics
/// Where the shapes do not fit each other.
pub fn gemm(c: &mut [f32], c_stride: usize, a: View, b: View, accumulate: bool, parallel: bool) {
    let (m, n) = (a.rows, b.cols);
    assert!(m == 0 || n == 0 || c.len() >= (m - 1) * c_stride + n, "result exceeds its slice");
    // SAFETY: the assertion above bounds every element of c, which is exclusively borrowed.
    unsafe { gemm_raw(c.as_mut_ptr(), c_stride, a, b, 1.0, accumulate, parallel) }
}

/// `c = scale a b`, or `c += scale a b`, on one thread or on the pool.
///
/// # Safety
/// `c` must be valid for writes (reads too where `accumulate`) of `a.rows` rows of `b.cols` values, `c_stride` apart,
/// and nobody else may touch these values meanwhile.
pub(crate) unsafe fn gemm_raw(
    c: *mut f32,
    c_stride: usize,
    a: View,
    b: View,
    scale: f32,
    accumulate: bool,
    parallel: bool,
) {
    // SAFETY: the caller's promise.
    unsafe { Right::new(b, parallel).gemm(c, c_stride, a, scale, accumulate, parallel) }
}

/// A right operand that several left ones are multiplied by: in wasm it is packed once, natively it stays as it lies.
pub(crate) struct Right<'a> {
    view: View<'a>,
    #[cfg(target_arch = "wasm32")]
    packed: packed::Right,
}

impl<'a> Right<'a> {
    /// Makes a matrix ready, on one thread or on the pool.
    #[cfg_attr(not(target_arch = "wasm32"), allow(unused_variables))]
    pub(crate) fn new(view: View<'a>, parallel: bool) -> Self {
        Self {
            view,
            #[cfg(target_arch = "wasm32")]
            packed: packed::Right::new(view, parallel),
        }
    }

    /// `c = scale a b`, or `c += scale a b`, where `b` is this operand.
    ///
    /// # Safety
    /// As [`gemm_raw`].
    pub(crate) unsafe fn gemm(
        &self,
        c: *mut f32,
        c_stride: usize,
        a: View,
        scale: f32,
        accumulate: bool,
        parallel: bool,
    ) {
        assert_eq!(a.cols, self.view.rows, "inner dimensions differ");
        #[cfg(target_arch = "wasm32")]
        // SAFETY: the caller's promise.
        unsafe {
            packed::gemm(c, c_stride, a, &self.packed, scale, accumulate, parallel);
        }
        #[cfg(not(target_arch = "wasm32"))]
        // SAFETY: the caller's promise.
        unsafe {
            native(c, c_stride, a, self.view, scale, accumulate, parallel);
        }
    }
}

/// The same by the `gemm` crate.
///
/// # Safety
/// As [`gemm_raw`].
#[cfg(not(target_arch = "wasm32"))]
unsafe fn native(c: *mut f32, c_stride: usize, a: View, b: View, scale: f32, accumulate: bool, parallel: bool) {
    use gemm::Parallelism;

    let parallelism = if parallel { Parallelism::Rayon(rayon::current_num_threads()) } else { Parallelism::None };
    // SAFETY: a and b were checked against their slices when the views were made, c is the caller's promise.
    unsafe {
        gemm::gemm(
            a.rows,
            b.cols,
            a.cols,
            c,
            1,
            c_stride as isize,
            accumulate,
            a.data.as_ptr(),
            a.col_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.col_stride as isize,
            b.row_stride as isize,
            1.0,
            scale,
            false,
            false,
            false,
            parallelism,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [`packed::gemm`] as [`native`] is called.
    unsafe fn packed(c: *mut f32, c_stride: usize, a: View, b: View, scale: f32, accumulate: bool, parallel: bool) {
        // SAFETY: the caller's promise.
        unsafe { packed::gemm(c, c_stride, a, &packed::Right::new(b, parallel), scale, accumulate, parallel) }
    }

    type Kernel = unsafe fn(*mut f32, usize, View, View, f32, bool, bool);

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
        ] {
            let (a, b) = (counted(m * k, 1), counted(k * n, 2));
            let views = [
                (View::new(&a, m, k), View::new(&b, k, n)),
                (View::new(&a, m, k), View::new(&b, n, k).t()),
                (View::new(&a, k, m).t(), View::new(&b, k, n)),
            ];
            for (a, b) in views {
                let expected = oracle(a, b);
                for (kernel, parallel) in [(native as Kernel, false), (native, true), (packed, false), (packed, true)] {
                    // Rows further apart than they are long: what lies between them must stay.
                    let stride = n + 3;
                    let mut c = vec![7.0; m * stride];
                    // SAFETY: c holds m rows of n values, `stride` apart.
                    unsafe {
                        kernel(c.as_mut_ptr(), stride, a, b, 1.0, false, parallel);
                        kernel(c.as_mut_ptr(), stride, a, b, 0.5, true, parallel);
                    }
                    for (got, want) in c.chunks(stride).zip(expected.chunks(n)) {
                        for (got, (want, size)) in got.iter().zip(want) {
                            let want = 1.5 * want;
                            // Random rounding errors of k additions add up like the root of k.
                            let bound = f64::from(f32::EPSILON) * 1.5 * size * (1.0 + (k as f64).sqrt());
                            let off = (f64::from(*got) - want).abs();
                            assert!(off <= bound, "{m}x{n}x{k}: got {got}, expected {want} within {bound:e}");
                        }
                        assert_eq!(got[n..], [7.0; 3], "{m}x{n}x{k}: wrote beyond its columns");
                    }
                }
            }
        }
    }
}
