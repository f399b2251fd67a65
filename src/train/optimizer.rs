//! `AdamW` over the run's flat buffers.

use std::sync::Arc;

use super::engine::Step;
use crate::kernels::adamw::{self, Update};
use crate::kernels::reduce::sum_of_squares;
use crate::model::Parameters;
use crate::nn::Trained;

/// Decay of the first moment.
pub(super) const BETA1: f64 = 0.9;
/// Decay of the second moment.
pub(super) const BETA2: f64 = 0.999;
/// Added to the root of the second moment.
pub(super) const EPSILON: f32 = 1e-8;

/// First and second moments of what is trained, with its places.
#[derive(Debug)]
pub struct AdamW {
    pub(super) first: Vec<f32>,
    pub(super) second: Vec<f32>,
    /// Steps made.
    pub(super) steps: i32,
}

impl AdamW {
    /// Moments of zero for `len` trained values.
    pub fn new(len: usize) -> Self {
        Self { first: vec![0.0; len], second: vec![0.0; len], steps: 0 }
    }

    /// Clips the gradient, updates what is trained and clears the gradient.
    /// Returns the gradient's norm before clipping; where it is not finite nothing is changed.
    pub fn step(
        &mut self,
        parameters: &mut Parameters,
        trained: &mut Trained,
        gradient: &mut [f32],
        step: Step,
    ) -> f64 {
        let norm = sum_of_squares(gradient).sqrt();
        if !norm.is_finite() {
            return norm;
        }
        self.steps += 1;
        let update = Update {
            learning_rate: step.learning_rate as f32,
            beta1: BETA1 as f32,
            beta2: BETA2 as f32,
            epsilon: EPSILON,
            weight_decay: 0.0,
            correction1: (1.0 - BETA1.powi(self.steps)) as f32,
            correction2_sqrt: (1.0 - BETA2.powi(self.steps)).sqrt() as f32,
            gradient_scale: step.clip(norm) as f32,
        };
        let layout = parameters.layout().clone();
        let values = parameters.values_mut();
        let decayed = Update { weight_decay: step.weight_decay as f32, ..update };
        for spec in &layout.specs {
            let Some(at) = trained.trainable.place(&spec.range) else { continue };
            let update = if spec.decay { decayed } else { update };
            let (first, second) = (&mut self.first[at.clone()], &mut self.second[at.clone()]);
            adamw::step(update, &mut values[spec.range.clone()], &mut gradient[at], first, second);
        }
        let at = trained.trainable.adapters_place();
        let (first, second) = (&mut self.first[at.clone()], &mut self.second[at.clone()]);
        let adapters: &mut Vec<f32> = Arc::make_mut(&mut trained.adapters);
        adamw::step(decayed, adapters, &mut gradient[at], first, second);
        norm
    }
}
