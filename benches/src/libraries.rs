//! What other libraries would make of our multiplications in wasm, on one thread: the choice between them and a kernel of our own.

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_tensor::NdTensorView;
use tract_data::prelude::{DatumType, Tensor};
use tract_linalg::MmmDispatch;
use tract_linalg::mmm::{AsInputValue, FusedSpec};

use crate::{seconds, values};

/// Which of the operands lie transposed.
fn transposed(kind: &str) -> [bool; 2] {
    match kind {
        "NN" => [false, false],
        "NT" => [false, true],
        "TN" => [true, false],
        other => panic!("unknown orientation {other}"),
    }
}

/// Rows and columns as they lie in memory.
fn lying(transposed: bool, [rows, columns]: [usize; 2]) -> [usize; 2] {
    if transposed { [columns, rows] } else { [rows, columns] }
}

/// Seconds of `rten-gemm`.
///
/// # Panics
/// Where the orientation is unknown.
pub fn rten(kind: &str, [m, n, k]: [usize; 3], repeats: u32) -> f64 {
    let (a, b, mut c) = (values(m * k), values(k * n), vec![0.0f32; m * n]);
    let [a_lies, b_lies] = transposed(kind);
    let a = NdTensorView::from_data(lying(a_lies, [m, k]), a.as_slice());
    let b = NdTensorView::from_data(lying(b_lies, [k, n]), b.as_slice());
    let a = if a_lies { a.transposed() } else { a };
    let b = if b_lies { b.transposed() } else { b };
    let executor: GemmExecutor = GemmExecutor::new();
    seconds(repeats, || {
        let (a, b) = (GemmInputA::Unpacked(a), GemmInputB::Unpacked(b));
        executor.gemm(&mut c, a, b, GemmOptions::default()).expect("a product");
    })
}

/// Seconds of `tract-linalg`, packing included: both operands of a training step are new every time.
///
/// # Panics
/// Where the orientation is unknown.
pub fn tract(kind: &str, [m, n, k]: [usize; 3], repeats: u32) -> f64 {
    let [a_lies, b_lies] = transposed(kind);
    let a = Tensor::from_shape(&lying(a_lies, [m, k]), &values(m * k)).expect("a tensor");
    let b = Tensor::from_shape(&lying(b_lies, [k, n]), &values(k * n)).expect("a tensor");
    let mut c = Tensor::zero::<f32>(&[m, n]).expect("a tensor");
    let kernel = MmmDispatch::native().preferred_kernel(DatumType::F32, Some(m), Some(k), Some(n)).expect("a kernel");
    let packing = &kernel.packings()[0];
    seconds(repeats, || {
        let a = packing.0.prepare_one(&a, usize::from(!a_lies), usize::from(a_lies)).expect("packed");
        let b = packing.1.prepare_one(&b, usize::from(b_lies), usize::from(!b_lies)).expect("packed");
        // SAFETY: operands and result have the shapes that the kernel is told.
        unsafe {
            let product =
                FusedSpec::AddMatMul { a: AsInputValue::Borrowed(&*a), b: AsInputValue::Borrowed(&*b), packing: 0 };
            let store = FusedSpec::Store(kernel.c_view(Some(0), Some(1)).wrap(&c.view_mut()));
            kernel.run(m, n, &[product, store]).expect("a product");
        }
    })
}
