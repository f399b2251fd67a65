//! The same model composed from candle's differentiable operations: the path for devices other than the CPU (padded there, see
//! [`super::padded`]), and the oracle that the kernels are checked against. Any float type, so that finite differences can be taken
//! in f64.

use std::collections::HashMap;

use candle_core::{D, DType, Device, IndexOp, Result, Tensor, Var};

use super::{Criterion, Dropouts};
use crate::kernels::dropout::{Dropout, row_stride};
use crate::kernels::layer_norm::EPS;
use crate::model::{Config, Model, Parameters};
use crate::text::batch::{Packed, TrainBatch};

/// The model's tensors as candle variables.
pub struct Composed {
    config: Config,
    parameters: Parameters,
    variables: Vec<Var>,
    adapters: HashMap<usize, [Var; 2]>,
    /// Factor of the adapters' products.
    scale: f64,
    device: Device,
    dtype: DType,
}

impl Composed {
    /// Uploads the model's weights.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn new(model: &Model, device: &Device, dtype: DType) -> Result<Self> {
        let upload = |spec: &crate::model::parameters::Spec| {
            let values = Tensor::from_slice(model.parameters.at(&spec.range), spec.shape.as_slice(), device)?;
            Var::from_tensor(&values.to_dtype(dtype)?)
        };
        let variables = model.parameters.layout().specs.iter().map(upload).collect::<Result<_>>()?;
        let (config, parameters) = (model.config.clone(), model.parameters.clone());
        Ok(Self { config, parameters, variables, adapters: HashMap::new(), scale: 0.0, device: device.clone(), dtype })
    }

    /// Adds adapters `[A, B]` to the weights at these places of the layout; their products times `scale` count from now on.
    pub fn adapt(&mut self, adapters: HashMap<usize, [Var; 2]>, scale: f64) {
        (self.adapters, self.scale) = (adapters, scale);
    }

    /// The adapter of the tensor at `index` in the layout.
    pub fn adapter(&self, index: usize) -> Option<&[Var; 2]> {
        self.adapters.get(&index)
    }

    /// Shape of the model.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Where it is computed.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The variable of the tensor at `index` in the layout.
    pub fn variable(&self, index: usize) -> &Var {
        &self.variables[index]
    }

    /// The tensor of that name, its adapter's product included.
    fn get(&self, name: &str) -> Result<Tensor> {
        let Some(index) = self.parameters.layout().index(name) else {
            candle_core::bail!("the model has no tensor '{name}'")
        };
        self.merged(index)
    }

    /// The tensor at `index` in the layout, its adapter's product included.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn merged(&self, index: usize) -> Result<Tensor> {
        let weight = self.variables[index].as_tensor();
        match self.adapters.get(&index) {
            Some([a, b]) => weight + (b.matmul(a.as_tensor())? * self.scale)?,
            None => Ok(weight.clone()),
        }
    }

    pub(super) fn linear(&self, x: &Tensor, name: &str) -> Result<Tensor> {
        x.matmul(&self.get(&format!("{name}.weight"))?.t()?)?.broadcast_add(&self.get(&format!("{name}.bias"))?)
    }

    pub(super) fn layer_norm(&self, x: &Tensor, name: &str) -> Result<Tensor> {
        let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
        let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
        let normalised = centred.broadcast_div(&(variance + f64::from(EPS))?.sqrt()?)?;
        let scaled = normalised.broadcast_mul(&self.get(&format!("{name}.weight"))?)?;
        scaled.broadcast_add(&self.get(&format!("{name}.bias"))?)
    }

    /// Multiplies by a mask whose rows are `rows` of the dropout's numbering.
    fn dropout(
        &self,
        x: &Tensor,
        site: Option<Dropout>,
        rows: impl Iterator<Item = u64>,
        stride: u64,
    ) -> Result<Tensor> {
        let Some(site) = site else { return Ok(x.clone()) };
        let columns = x.dim(D::Minus1)?;
        let mut factors = vec![0.0f32; x.elem_count()];
        for (row, out) in rows.zip(factors.chunks_exact_mut(columns)) {
            site.factors(row * stride, out);
        }
        x * Tensor::from_vec(factors, x.shape(), &self.device)?.to_dtype(self.dtype)?
    }

    fn token_dropout(&self, x: &Tensor, site: Option<Dropout>, first_row: usize) -> Result<Tensor> {
        match site {
            // Masks from counters would be made on the CPU and sent over for every site.
            Some(site) if !self.device.is_cpu() => self.random_dropout(x, site.probability()),
            site => self.dropout(x, site, first_row as u64.., row_stride(self.config.dim)),
        }
    }

    /// Dropout by the device's own generator, which the trainer seeds for each step.
    pub(super) fn random_dropout(&self, x: &Tensor, probability: f32) -> Result<Tensor> {
        if probability == 0.0 {
            return Ok(x.clone());
        }
        let kept = Tensor::rand(0f32, 1f32, x.shape(), &self.device)?.ge(probability)?;
        x * (kept.to_dtype(self.dtype)? * (1.0 / (1.0 - f64::from(probability))))?
    }

    /// `LayerNorm(word + position)` with dropout, `[tokens, dim]`.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn embeddings(&self, packed: &Packed, dropouts: Dropouts, first_row: usize) -> Result<Tensor> {
        let positions: Vec<u32> = packed.ranges().flat_map(|rows| 0..rows.len() as u32).collect();
        let ids = Tensor::from_slice(&packed.ids, packed.tokens(), &self.device)?;
        let positions = Tensor::from_vec(positions, packed.tokens(), &self.device)?;
        let word = self.get("distilbert.embeddings.word_embeddings.weight")?.index_select(&ids, 0)?;
        // The padding's embedding is not trained, as with PyTorch's `padding_idx`.
        let is_pad = ids.eq(self.config.pad_token_id)?.unsqueeze(1)?.broadcast_as(word.shape())?;
        let word = is_pad.where_cond(&word.detach(), &word)?;
        let position = self.get("distilbert.embeddings.position_embeddings.weight")?.index_select(&positions, 0)?;
        let x = self.layer_norm(&(word + position)?, "distilbert.embeddings.LayerNorm")?;
        self.token_dropout(&x, dropouts.embeddings(), first_row)
    }

    /// Attention block of one layer over `[tokens, dim]`.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn attention(
        &self,
        x: &Tensor,
        layer: usize,
        packed: &Packed,
        dropouts: Dropouts,
        first_row: usize,
    ) -> Result<Tensor> {
        let name = |part: &str| format!("distilbert.transformer.layer.{layer}.{part}");
        let (heads, head_dim) = (self.config.n_heads, self.config.head_dim());
        let split = |part: &str, rows: &std::ops::Range<usize>| -> Result<Tensor> {
            let rows = x.i(rows.clone())?;
            self.linear(&rows, &name(part))?.reshape((rows.dim(0)?, heads, head_dim))?.transpose(0, 1)?.contiguous()
        };
        let mut contexts = Vec::new();
        for rows in packed.ranges() {
            let (q, k) = (split("attention.q_lin", &rows)?, split("attention.k_lin", &rows)?);
            let scores = (q.matmul(&k.t()?.contiguous()?)? / (head_dim as f64).sqrt())?;
            let weights = candle_nn::ops::softmax(&scores, D::Minus1)?;
            let tokens = rows.len();
            let numbers = (0..heads).flat_map(|head| (0..tokens).map(move |row| (row, head)));
            let numbers = numbers.map(|(row, head)| ((first_row + rows.start + row) * heads + head) as u64);
            let stride = row_stride(self.config.max_position_embeddings);
            let weights = self.dropout(&weights, dropouts.attention(layer), numbers, stride)?;
            let context = weights.matmul(&split("attention.v_lin", &rows)?)?;
            contexts.push(context.transpose(0, 1)?.reshape((tokens, self.config.dim))?);
        }
        let context = Tensor::cat(&contexts, 0)?;
        self.layer_norm(&(self.linear(&context, &name("attention.out_lin"))? + x)?, &name("sa_layer_norm"))
    }

    /// Feed-forward block of one layer over `[tokens, dim]`.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn feed_forward(&self, x: &Tensor, layer: usize, dropouts: Dropouts, first_row: usize) -> Result<Tensor> {
        let name = |part: &str| format!("distilbert.transformer.layer.{layer}.{part}");
        let inner = self.linear(x, &name("ffn.lin1"))?.gelu_erf()?;
        let out = self.linear(&inner, &name("ffn.lin2"))?;
        let out = self.token_dropout(&out, dropouts.feed_forward(layer), first_row)?;
        self.layer_norm(&(out + x)?, &name("output_layer_norm"))
    }

    /// Logits `[tokens, 2]`, start and end.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn logits(&self, packed: &Packed, dropouts: Dropouts, first_row: usize) -> Result<Tensor> {
        let mut x = self.embeddings(packed, dropouts, first_row)?;
        for layer in 0..self.config.n_layers {
            x = self.attention(&x, layer, packed, dropouts, first_row)?;
            x = self.feed_forward(&x, layer, dropouts, first_row)?;
        }
        self.head(&x, dropouts, first_row)
    }

    /// Logits `[tokens, 2]` of hidden states `[tokens, dim]`.
    pub(super) fn head(&self, x: &Tensor, dropouts: Dropouts, first_row: usize) -> Result<Tensor> {
        self.linear(&self.token_dropout(x, dropouts.head(self.config.n_layers), first_row)?, "qa_outputs")
    }

    /// Sum over sequences of `weight * (CE_start + CE_end) / 2`, a scalar.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn loss(&self, batch: &TrainBatch, criterion: Criterion, dropouts: Dropouts) -> Result<Tensor> {
        let logits = self.logits(&batch.packed, dropouts, batch.first_row)?.t()?.contiguous()?;
        let mut losses = Vec::new();
        for (rows, (start, end)) in batch.packed.ranges().zip(batch.starts.iter().zip(&batch.ends)) {
            let log_probabilities = candle_nn::ops::log_softmax(&logits.i((.., rows.clone()))?, D::Minus1)?;
            let labels = [(*start - rows.start) as u32, (*end - rows.start) as u32];
            let labels = Tensor::from_slice(&labels, (2, 1), &self.device)?;
            let of_labels = log_probabilities.contiguous()?.gather(&labels, 1)?.sum_all()?;
            losses.push(smoothed(of_labels, || log_probabilities.mean(D::Minus1)?.sum_all(), criterion)?);
        }
        Tensor::stack(&losses, 0)?.sum_all()? * (-0.5 * f64::from(criterion.weight))
    }

    /// Gradients of a loss, in the order of the layout; zeros where candle has none.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn gradient(&self, loss: &Tensor) -> Result<Vec<f64>> {
        let gradients = loss.backward()?;
        let mut flat = Vec::with_capacity(self.parameters.layout().len());
        for variable in &self.variables {
            match gradients.get(variable) {
                Some(gradient) => flat.extend(gradient.flatten_all()?.to_dtype(DType::F64)?.to_vec1::<f64>()?),
                None => flat.resize(flat.len() + variable.elem_count(), 0.0),
            }
        }
        Ok(flat)
    }
}

/// What the labels' log-probabilities sum up to where they are smoothed: a share is the mean over all tokens of each sequence, summed.
pub(super) fn smoothed(
    of_labels: Tensor,
    means: impl FnOnce() -> Result<Tensor>,
    Criterion { label_smoothing, .. }: Criterion,
) -> Result<Tensor> {
    let spread = f64::from(label_smoothing);
    if spread == 0.0 { Ok(of_labels) } else { (of_labels * (1.0 - spread))? + (means()? * spread)? }
}
