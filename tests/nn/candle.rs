//! The `DistilBERT` of candle-transformers as a second oracle of the forward pass.
//!
//! Two things keep it from agreeing as it is: its GELU is the tanh approximation where the checkpoints want the error function
//! (up to 5e-4 apart), and its mask hides where it is not 0. So the feed-forward layers here work at ±8 and beyond, where both
//! forms of GELU are the identity or zero to the last bit of f32 (`tests/nn/pytorch.rs` covers the bend between), and the mask
//! is inverted. Its head is missing too: hidden states are compared, over sequences that it has to pad.

use std::collections::HashMap;

use candle_core::{Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::distilbert::{Config, DistilBertModel};
use spanwise::nn::Pass;
use spanwise::nn::distilbert::hidden_states;
use spanwise::text::batch::Packed;

use super::pytorch;
use crate::support::counter;

#[test]
fn hidden_states_are_those_of_candle_transformers() {
    let mut model = pytorch::model("tiny");
    for spec in &model.parameters.layout().clone().specs {
        let values = &mut model.parameters.values_mut()[spec.range.clone()];
        if spec.name.ends_with("lin1.bias") {
            values.iter_mut().enumerate().for_each(|(i, value)| *value += if i % 3 == 0 { -16.0 } else { 16.0 });
        }
    }
    let tensors: HashMap<String, Tensor> = (model.parameters.layout().specs.iter())
        .map(|spec| {
            let values = model.parameters.at(&spec.range);
            (spec.name.clone(), Tensor::from_slice(values, spec.shape.as_slice(), &Device::Cpu).unwrap())
        })
        .collect();
    let config: Config = serde_json::from_str(&model.config.to_json()).unwrap();
    let builder = VarBuilder::from_tensors(tensors, candle_core::DType::F32, &Device::Cpu);
    let oracle = DistilBertModel::load(builder, &config).unwrap();

    let (lengths, longest) = ([5usize, 71, 1, 12], 71);
    let mut packed = Packed { ids: Vec::new(), bounds: vec![0] };
    let (mut padded, mut mask) = (Vec::new(), Vec::new());
    for (i, length) in lengths.into_iter().enumerate() {
        let ids = counter::ids("tiny", i, length, 60);
        packed.ids.extend(&ids);
        packed.bounds.push(packed.ids.len());
        padded.extend(ids.iter().copied().chain(std::iter::repeat_n(0, longest - length)));
        mask.extend((0..longest).map(|at| u8::from(at >= length)));
    }
    let got = hidden_states(&Pass::forward(&model, &packed));
    let padded = Tensor::from_vec(padded, (lengths.len(), longest), &Device::Cpu).unwrap();
    let mask = Tensor::from_vec(mask, (lengths.len(), 1, 1, longest), &Device::Cpu).unwrap();
    let expected: Vec<Vec<Vec<f32>>> = oracle.forward(&padded, &mask).unwrap().to_vec3().unwrap();
    let dim = model.config.dim;
    for ((rows, expected), length) in packed.ranges().zip(expected).zip(lengths) {
        let want = expected.iter().take(length).flatten();
        for (got, want) in got[rows.start * dim..rows.end * dim].iter().zip(want) {
            assert!((got - want).abs() < 1e-5, "got {got}, candle-transformers {want}");
        }
    }
}
