//! The sublayers as candle operations. Each captures the pass, keeps what its backward needs, adds parameter gradients to the
//! pass's flat buffer and hands candle the gradient of its input alone: candle drives, the kernels compute.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

use super::{Criterion, Pass, blocks};
use crate::kernels::copied;

/// What forward keeps until backward takes it.
struct Slot<T>(Mutex<Option<T>>);

impl<T> Slot<T> {
    fn empty() -> Self {
        Self(Mutex::new(None))
    }

    fn put(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    fn take(&self, op: &'static str) -> Result<T> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(value) => Ok(value),
            None => bail!("backward of {op} ran twice, or before its forward"),
        }
    }
}

/// The values of a contiguous f32 tensor.
fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let values = storage.as_slice::<f32>()?;
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&values[start..end]),
        None => bail!("the sublayers want contiguous tensors"),
    }
}

fn with_values<R>(tensor: &Tensor, f: impl FnOnce(&[f32]) -> R) -> Result<R> {
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        candle_core::Storage::Cpu(storage) => Ok(f(values(storage, layout)?)),
        _ => bail!("the sublayers over kernels run on the CPU"),
    }
}

macro_rules! sublayer {
    ($name:ident, $saved:ty, $doc:literal) => {
        #[doc = $doc]
        pub struct $name {
            pass: Arc<Pass>,
            layer: usize,
            saved: Slot<$saved>,
        }

        impl $name {
            /// The sublayer of that layer in that pass.
            pub fn new(pass: &Arc<Pass>, layer: usize) -> Self {
                Self { pass: pass.clone(), layer, saved: Slot::empty() }
            }
        }
    };
}

sublayer!(AttentionBlock, blocks::AttentionSaved, "`LayerNorm(x + out_lin(attention(x)))` over `[tokens, dim]`.");
sublayer!(FeedForwardBlock, blocks::FeedForwardSaved, "`LayerNorm(x + ffn(x))` over `[tokens, dim]`.");

impl CustomOp1 for AttentionBlock {
    fn name(&self) -> &'static str {
        "attention-block"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (y, saved) = blocks::attention_forward(&self.pass, self.layer, values(storage, layout)?);
        self.saved.put(saved);
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    fn bwd(&self, arg: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let saved = self.saved.take(self.name())?;
        let dy = with_values(grad, copied)?;
        let dx = with_values(arg, |x| blocks::attention_backward(&self.pass, self.layer, x, &saved, dy))?;
        dx.map(|dx| Tensor::from_vec(dx, arg.shape(), arg.device())).transpose()
    }
}

impl CustomOp1 for FeedForwardBlock {
    fn name(&self) -> &'static str {
        "feed-forward-block"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (y, saved) = blocks::feed_forward_forward(&self.pass, self.layer, values(storage, layout)?);
        self.saved.put(saved);
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    fn bwd(&self, arg: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let saved = self.saved.take(self.name())?;
        let dy = with_values(grad, copied)?;
        let dx = with_values(arg, |x| blocks::feed_forward_backward(&self.pass, self.layer, x, saved, dy))?;
        Tensor::from_vec(dx, arg.shape(), arg.device()).map(Some)
    }
}

/// Embeddings, LayerNorm and dropout. Its input is a scalar variable that is not read: candle tracks only what hangs on one.
pub struct Embeddings {
    pass: Arc<Pass>,
    saved: Slot<crate::kernels::layer_norm::Saved>,
}

impl Embeddings {
    /// The embeddings of a pass.
    pub fn new(pass: &Arc<Pass>) -> Self {
        Self { pass: pass.clone(), saved: Slot::empty() }
    }
}

impl CustomOp1 for Embeddings {
    fn name(&self) -> &'static str {
        "embeddings"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        let (y, saved) = blocks::embeddings_forward(&self.pass);
        self.saved.put(saved);
        Ok((CpuStorage::F32(y), (self.pass.ids.len(), self.pass.config.dim).into()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let saved = self.saved.take(self.name())?;
        blocks::embeddings_backward(&self.pass, &saved, with_values(grad, copied)?);
        Ok(None)
    }
}

/// Dropout, the question-answering head and its loss: `[tokens, dim]` to a scalar.
pub struct HeadLoss {
    pass: Arc<Pass>,
    starts: Vec<usize>,
    ends: Vec<usize>,
    criterion: Criterion,
    saved: Slot<blocks::HeadSaved>,
}

impl HeadLoss {
    /// The head; labels are rows of the batch.
    pub fn new(pass: &Arc<Pass>, starts: Vec<usize>, ends: Vec<usize>, criterion: Criterion) -> Self {
        Self { pass: pass.clone(), starts, ends, criterion, saved: Slot::empty() }
    }
}

impl CustomOp1 for HeadLoss {
    fn name(&self) -> &'static str {
        "head-loss"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = values(storage, layout)?;
        let (loss, saved) = blocks::head_forward(&self.pass, x, &self.starts, &self.ends, self.criterion);
        self.saved.put(saved);
        Ok((CpuStorage::F32(vec![loss as f32]), Shape::from(())))
    }

    /// For a gradient of 1 of the loss, which is what `backward` begins with.
    fn bwd(&self, arg: &Tensor, _: &Tensor, _: &Tensor) -> Result<Option<Tensor>> {
        let saved = self.saved.take(self.name())?;
        let dx = with_values(arg, |x| blocks::head_backward(&self.pass, x, &saved))?;
        dx.map(|dx| Tensor::from_vec(dx, arg.shape(), arg.device())).transpose()
    }
}
