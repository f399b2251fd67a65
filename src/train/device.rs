//! A run on a GPU: composed operations over padded batches, weights, gradients and moments on the device.
//!
//! Dropout comes from the device's own generator, seeded for each step, so that a seed gives the same run again on the same device,
//! and other masks than on the CPU.

use std::collections::HashMap;
use std::io::{self, Read, Write};

use candle_core::{DType, Device, Result, Tensor, Var};

use super::TrainError;
use super::checkpoint::{read_values, write_values};
use super::engine::{Engine, Step};
use super::optimizer::{BETA1, BETA2, EPSILON};
use super::settings::TrainSettings;
use crate::model::Model;
use crate::nn::composed::Composed;
use crate::nn::{Criterion, Dropouts, Trainable};
use crate::text::batch::TrainBatch;

/// One tensor that is trained.
struct Slot {
    variable: Var,
    decay: bool,
    gradient: Option<Tensor>,
    first: Tensor,
    second: Tensor,
}

impl Slot {
    fn new(variable: Var, decay: bool) -> Result<Self> {
        let zeros = variable.zeros_like()?;
        Ok(Self { variable, decay, gradient: None, first: zeros.clone(), second: zeros })
    }

    /// One update of `AdamW`, order of operations as in PyTorch.
    fn update(&mut self, step: Step, clip: f64, steps: i32) -> Result<()> {
        let Some(gradient) = self.gradient.take() else { return Ok(()) };
        let gradient = (gradient * clip)?;
        self.first = ((&self.first * BETA1)? + (&gradient * (1.0 - BETA1))?)?;
        self.second = ((&self.second * BETA2)? + (gradient.sqr()? * (1.0 - BETA2))?)?;
        let (correction1, correction2) = (1.0 - BETA1.powi(steps), 1.0 - BETA2.powi(steps));
        let divisor = ((self.second.sqrt()? / correction2.sqrt())? + f64::from(EPSILON))?;
        let change = ((&self.first / divisor)? * (step.learning_rate / correction1))?;
        let keep = if self.decay { 1.0 - step.learning_rate * step.weight_decay } else { 1.0 };
        self.variable.set(&((self.variable.as_tensor() * keep)? - change)?)
    }
}

/// A model on a device.
pub struct OnDevice {
    /// As it was loaded: layout, checks, and what is not trained.
    model: Model,
    composed: Composed,
    slots: Vec<Slot>,
    steps: i32,
    seeded: Option<u32>,
}

impl OnDevice {
    /// Uploads a model; the settings were checked.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn new(model: Model, settings: &TrainSettings, device: &Device) -> Result<Self> {
        let layout = model.parameters.layout().clone();
        let trainable = Trainable::new(&model.config, &layout, &settings.trained);
        let mut composed = Composed::new(&model, device, DType::F32)?;
        let mut slots = Vec::new();
        for (index, spec) in layout.specs.iter().enumerate() {
            if trainable.place(&spec.range).is_some() {
                slots.push(Slot::new(composed.variable(index).clone(), spec.decay)?);
            }
        }
        let values = trainable.fresh_adapters(settings.seed);
        let mut adapters = HashMap::new();
        for adapter in trainable.adapters() {
            let upload = |range: &std::ops::Range<usize>, shape: [usize; 2]| {
                Var::from_slice(&values[range.clone()], shape.as_slice(), device)
            };
            let (rank, d_out) = (trainable.rank(), adapter.weight.len() / adapter.d_in);
            let pair = [upload(&adapter.a, [rank, adapter.d_in])?, upload(&adapter.b, [d_out, rank])?];
            let index = layout.specs.iter().position(|spec| spec.range == adapter.weight);
            for variable in &pair {
                slots.push(Slot::new(variable.clone(), true)?);
            }
            adapters.extend(index.map(|index| (index, pair)));
        }
        composed.adapt(adapters, f64::from(trainable.scale()));
        Ok(Self { model, composed, slots, steps: 0, seeded: None })
    }

    /// The device's generator gives each step the same numbers again, whatever was drawn before.
    fn seed(&mut self, dropouts: Dropouts) -> Result<()> {
        let device = self.composed.device();
        if !device.is_cpu() && self.seeded != Some(dropouts.step) {
            device.set_seed(dropouts.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(dropouts.step))?;
            self.seeded = Some(dropouts.step);
        }
        Ok(())
    }

    fn norm(&self) -> Result<f64> {
        let gradients = self.slots.iter().filter_map(|slot| slot.gradient.as_ref());
        let squares = gradients.map(|gradient| gradient.sqr()?.sum_all()).collect::<Result<Vec<_>>>()?;
        Ok(f64::from(Tensor::stack(&squares, 0)?.sum_all()?.to_scalar::<f32>()?).sqrt())
    }
}

impl Engine for OnDevice {
    type Reader = Composed;

    fn model(&self) -> &Model {
        &self.model
    }

    fn reader(&self) -> &Composed {
        &self.composed
    }

    fn trained(&self) -> Result<Model> {
        let mut model = self.model.clone();
        let layout = model.parameters.layout().clone();
        let values = model.parameters.values_mut();
        for (index, spec) in layout.specs.iter().enumerate() {
            let tensor: Vec<f32> = self.composed.merged(index)?.flatten_all()?.to_vec1()?;
            values[spec.range.clone()].copy_from_slice(&tensor);
        }
        Ok(model)
    }

    /// A batch is one micro-batch: memory is plenty, and small multiplications are slow.
    fn micro_batch_tokens(&self) -> usize {
        1 << 14
    }

    fn accumulate(
        &mut self,
        batch: &TrainBatch,
        criterion: Criterion,
        dropouts: Dropouts,
    ) -> std::result::Result<f64, TrainError> {
        self.seed(dropouts)?;
        let loss = self.composed.padded_loss(batch, criterion, dropouts)?;
        let mut gradients = loss.backward()?;
        for slot in &mut self.slots {
            let Some(new) = gradients.remove(slot.variable.as_tensor()) else { continue };
            slot.gradient = Some(match slot.gradient.take() {
                Some(sum) => (sum + new)?,
                None => new,
            });
        }
        Ok(f64::from(loss.to_scalar::<f32>()?))
    }

    fn step(&mut self, step: Step) -> std::result::Result<f64, TrainError> {
        let norm = self.norm()?;
        if !norm.is_finite() {
            return Ok(norm);
        }
        self.steps += 1;
        let clip = step.clip(norm);
        for slot in &mut self.slots {
            slot.update(step, clip, self.steps)?;
        }
        Ok(norm)
    }

    /// Each tensor with its moments, where kernels write all tensors first.
    fn state_order(&self) -> &'static str {
        "tensor by tensor"
    }

    fn write_state(&self, out: &mut dyn Write, with_moments: bool) -> io::Result<()> {
        for slot in &self.slots {
            let all = [slot.variable.as_tensor(), &slot.first, &slot.second];
            for tensor in all.into_iter().take(if with_moments { 3 } else { 1 }) {
                let values = tensor.flatten_all().and_then(|tensor| tensor.to_vec1()).map_err(io::Error::other)?;
                write_values(out, &values)?;
            }
        }
        Ok(())
    }

    fn read_state(&mut self, input: &mut dyn Read, steps: usize, with_moments: bool) -> io::Result<()> {
        for slot in &mut self.slots {
            let shape = slot.variable.shape().clone();
            let mut values = vec![0.0; shape.elem_count()];
            let mut tensor = || {
                read_values(input, &mut values)?;
                Tensor::from_slice(&values, &shape, self.composed.device()).map_err(io::Error::other)
            };
            slot.variable.set(&tensor()?).map_err(io::Error::other)?;
            if with_moments {
                (slot.first, slot.second) = (tensor()?, tensor()?);
            }
        }
        if with_moments {
            self.steps = steps as i32;
        }
        Ok(())
    }
}
