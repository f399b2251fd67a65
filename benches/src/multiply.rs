//! Matrix multiplications: ours, and the library's that candle uses.

use gemm::Parallelism;
use spanwise::kernels::gemm::{View, product};
use spanwise::kernels::on_pool;

use crate::{seconds, values};

/// How the operands lie: `NN`, `NT` (a linear layer forward), `TN` (its weight's gradient).
fn views<'a>(kind: &str, a: &'a [f32], b: &'a [f32], [m, n, k]: [usize; 3]) -> (View<'a>, View<'a>) {
    match kind {
        "NN" => (View::new(a, m, k), View::new(b, k, n)),
        "NT" => (View::new(a, m, k), View::new(b, n, k).t()),
        "TN" => (View::new(a, k, m).t(), View::new(b, k, n)),
        other => panic!("unknown orientation {other}"),
    }
}

/// Seconds of our multiplication, `[m, k] x [k, n]`; on two threads from the pool, as all that is trained and answered.
///
/// # Panics
/// Where the orientation is unknown.
pub fn ours(kind: &str, [m, n, k]: [usize; 3], parallel: bool, repeats: u32) -> f64 {
    let (a, b) = (values(m * k), values(k * n));
    let (a, b) = views(kind, &a, &b, [m, n, k]);
    let measure = || seconds(repeats, || drop(product(a, b, None, parallel)));
    if parallel { on_pool(measure) } else { measure() }
}

/// Seconds of the same by the `gemm` crate.
///
/// # Panics
/// Where the orientation is unknown.
pub fn library(kind: &str, [m, n, k]: [usize; 3], threads: usize, repeats: u32) -> f64 {
    let (a, b, mut c) = (values(m * k), values(k * n), vec![0.0f32; m * n]);
    let [a_strides, b_strides] = match kind {
        "NN" => [[1, k], [1, n]],
        "NT" => [[1, k], [k, 1]],
        "TN" => [[m, 1], [1, n]],
        other => panic!("unknown orientation {other}"),
    };
    let [[a_col, a_row], [b_col, b_row]] = [a_strides, b_strides].map(|strides| strides.map(|stride| stride as isize));
    let parallelism = if threads > 1 { Parallelism::Rayon(threads) } else { Parallelism::None };
    seconds(repeats, || {
        let (to, a, b) = (c.as_mut_ptr(), a.as_ptr(), b.as_ptr());
        // SAFETY: the strides describe matrices of these sizes, and nobody else touches `c`.
        unsafe {
            gemm::gemm(
                m,
                n,
                k,
                to,
                1,
                n as isize,
                false,
                a,
                a_col,
                a_row,
                b,
                b_col,
                b_row,
                0.0,
                1.0,
                false,
                false,
                false,
                parallelism,
            );
        }
    })
}
