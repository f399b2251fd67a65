//! The engine of composed, padded operations: what a GPU computes, checked on candle's CPU device, and on a GPU where there is one.

use candle_core::{DType, Device};
use serde_json::Value;
use spanwise::model::Model;
use spanwise::nn::composed::Composed;
use spanwise::nn::{Choice, Criterion, Dropouts, Lora, logits};
use spanwise::text::batch::AskBatch;
use spanwise::train::checkpoint::Identity;
use spanwise::train::device::OnDevice;
use spanwise::train::engine::Engine;
use spanwise::train::{ResumeError, StepReport, TrainSettings, Trainer};

use super::{run, settings, tiny_features, to_the_end};
use crate::nn::pytorch::{self, MINILM};
use crate::support::{norm, say, tiny};

fn still(settings: TrainSettings) -> TrainSettings {
    TrainSettings { dropout: Some(0.0), ..settings }
}

fn on(device: &Device, model: Model, settings: &TrainSettings) -> (Model, Vec<StepReport>) {
    let features = tiny_features();
    let engine = OnDevice::new(model, settings, device).unwrap();
    let (trainer, reports) = to_the_end(Trainer::on(engine, features, settings).unwrap());
    (trainer.engine().trained().unwrap(), reports)
}

fn agree(kernels: &[StepReport], device: &[StepReport], bound: f64) {
    assert_eq!(kernels.len(), device.len());
    for (kernels, device) in kernels.iter().zip(device) {
        let (got, want) = (device.loss, kernels.loss);
        assert!((got - want).abs() < bound, "step {}: loss {got} on the device, {want} by kernels", kernels.step);
        let (got, want) = (device.grad_norm, kernels.grad_norm);
        assert!((got - want).abs() < bound * want.max(1.0), "step {}: norm {got} on the device, {want}", kernels.step);
    }
}

#[test]
fn padded_logits_are_those_of_packed_sequences() {
    let model = pytorch::model("tiny");
    let features = super::golden_features("tiny", &[5, 71, 1, 12], model.config.vocab_size);
    let batch = AskBatch::pack(features.iter().map(|feature| &feature.window));
    let composed = Composed::new(&model, &Device::Cpu, DType::F32).unwrap();
    let (got, want) = (composed.device_logits(&batch.packed).unwrap(), logits(&model, &batch));
    for (got, want) in got.start.iter().chain(&got.end).zip(want.start.iter().chain(&want.end)) {
        assert_eq!(got.len(), want.len());
        let worst = got.iter().zip(want).map(|(got, want)| (got - want).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "off by {worst:e}");
    }
}

#[test]
fn ten_steps_of_padded_operations_lose_as_kernels_do() {
    let lora = Some(Lora { rank: 2, alpha: 4.0, ..Lora::default() });
    for (trained, label_smoothing) in [
        (Choice::default(), 0.0),
        (Choice::default(), 0.2),
        (Choice { freeze_embeddings: true, freeze_layers: 1, lora: None }, 0.0),
        (Choice { lora, ..Choice::default() }, 0.0),
    ] {
        let settings = still(TrainSettings { trained, label_smoothing, ..settings(10) });
        let (by_kernels, expected) = run(tiny::model(), tiny_features(), &settings);
        let (on_device, reports) = on(&Device::Cpu, tiny::model(), &settings);
        agree(&expected, &reports, 1e-3);
        let values = by_kernels.parameters.values().iter().zip(on_device.parameters.values());
        let off = norm(values.map(|(kernels, device)| f64::from(kernels - device)));
        let size = norm(by_kernels.parameters.values().iter().map(|value| f64::from(*value)));
        assert!(off < 1e-3 * size, "the trained weights are {off:e} of {size:e} apart");
    }
}

/// Both write as many numbers, in another order.
#[test]
fn a_checkpoint_of_one_engine_is_refused_by_the_other() {
    let (model, features) = (tiny::model(), tiny_features());
    let settings = TrainSettings { micro_batch_tokens: Some(256), ..settings(2) };
    let on_device = || {
        let engine = OnDevice::new(model.clone(), &settings, &Device::Cpu).unwrap();
        Trainer::on(engine, features.clone(), &settings).unwrap()
    };
    let by_kernels = || Trainer::new(model.clone(), features.clone(), &settings).unwrap();
    let (mut kernels, mut device) = (Vec::new(), Vec::new());
    by_kernels().save(Value::Null, true, &mut kernels).unwrap();
    on_device().save(Value::Null, true, &mut device).unwrap();
    let refusal = on_device().take_up(&mut kernels.as_slice()).err().unwrap().to_string();
    assert!(refusal.contains("or on another device"), "{refusal}");
    assert!(matches!(by_kernels().take_up(&mut device.as_slice()), Err(ResumeError::OtherRun)));
    by_kernels().take_up(&mut kernels.as_slice()).unwrap();
    on_device().take_up(&mut device.as_slice()).unwrap();
    // Checkpoints of kernels are older than the name of the order.
    assert_eq!(by_kernels().fingerprint(), Identity::new(&model, &features, 256, "").fingerprint(&settings));
}

/// The GPU, or a line that says that there is none.
fn gpu() -> Option<Device> {
    let device = Device::new_cuda(0).ok();
    if device.is_none() {
        say("NOT TESTED: no GPU, or a build without the feature cuda, so this test checks nothing");
    }
    device
}

#[test]
fn fifty_steps_on_the_gpu_lose_as_on_the_cpu() {
    let Some(device) = gpu() else { return };
    let settings = still(TrainSettings { learning_rate: 5e-4, ..settings(50) });
    let (_, expected) = run(tiny::model(), tiny_features(), &settings);
    let (_, reports) = on(&device, tiny::model(), &settings);
    agree(&expected, &reports, 1e-3);
}

#[test]
fn gradients_on_the_gpu_are_those_of_the_cpu() {
    let Some(device) = gpu() else { return };
    let (name, lengths) = MINILM;
    let model = pytorch::model(name);
    let batch = pytorch::batch(name, &lengths, model.config.vocab_size);
    let gradient = |device: &Device| {
        let composed = Composed::new(&model, device, DType::F32).unwrap();
        let loss = composed
            .padded_loss(&batch, Criterion { weight: 0.125, label_smoothing: 0.1 }, Dropouts::default())
            .unwrap();
        composed.gradient(&loss).unwrap()
    };
    let (expected, got) = (gradient(&Device::Cpu), gradient(&device));
    let global = norm(expected.iter().copied());
    for spec in &model.parameters.layout().specs {
        let want = &expected[spec.range.clone()];
        let off = norm(want.iter().zip(&got[spec.range.clone()]).map(|(want, got)| want - got));
        assert!(off < 1e-3 * norm(want.iter().copied()).max(1e-3 * global), "{}: off by {off:e}", spec.name);
    }
}

#[test]
fn dropout_on_the_gpu_is_the_same_again_for_one_seed() {
    let Some(device) = gpu() else { return };
    let train = |seed: u64| {
        let (_, reports) = on(&device, tiny::model(), &TrainSettings { seed, ..settings(5) });
        reports.iter().map(|report| report.loss).collect::<Vec<_>>()
    };
    let first = train(42);
    assert_eq!(first, train(42));
    assert_ne!(first, train(43));
}
