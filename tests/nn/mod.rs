//! The sublayers over kernels against the same model composed from candle operations, and that against finite differences.

mod candle;
pub mod pytorch;
mod trainable;

use candle_core::{DType, Device, Tensor};
use spanwise::model::HeadOrigin;
use spanwise::model::{Config, Model, Parameters, init};
use spanwise::nn::composed::Composed;
use spanwise::nn::{Criterion, Dropouts, Trained, logits, loss_and_gradient};
use spanwise::text::batch::{AskBatch, Packed, TrainBatch};

/// A small model with weights large enough that every sublayer matters.
fn model(seed: u64) -> Model {
    let json = r#"{"model_type":"distilbert","dim":24,"n_layers":2,"n_heads":3,"hidden_dim":40,
        "vocab_size":50,"max_position_embeddings":90,"attention_dropout":0.1,"dropout":0.1,"qa_dropout":0.1}"#;
    let config = Config::from_json(json.as_bytes()).unwrap();
    let mut parameters = Parameters::zeros(&config);
    let layout = parameters.layout().clone();
    for (i, spec) in layout.specs.iter().enumerate() {
        let values = &mut parameters.values_mut()[spec.range.clone()];
        init::normal(values, 0.3, seed * 1000 + i as u64);
        if spec.name.contains("orm.weight") {
            values.iter_mut().for_each(|value| *value += 1.0);
        }
    }
    Model { config, parameters, head: HeadOrigin::Checkpoint }
}

/// Sequences of 5, 71 (more than one block of the attention kernel), 1 and 12 tokens.
fn batch() -> TrainBatch {
    let lengths = [5usize, 71, 1, 12];
    let mut packed = Packed { ids: Vec::new(), bounds: vec![0] };
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    for (i, length) in lengths.into_iter().enumerate() {
        let first = packed.ids.len();
        packed.ids.extend((0..length).map(|j| (1 + (j * 7 + i * 11) % 49) as u32));
        packed.bounds.push(packed.ids.len());
        starts.push(first + length / 3);
        ends.push(first + length / 2);
    }
    TrainBatch { packed, starts, ends, first_row: 6 }
}

const CRITERION: Criterion = Criterion { weight: 0.25, label_smoothing: 0.1 };

const DROPOUTS: Dropouts = Dropouts { hidden: 0.2, attention: 0.3, qa: 0.1, seed: 42, step: 3 };

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|value| value * value).sum::<f64>().sqrt()
}

#[test]
fn kernels_agree_with_composed_operations() {
    let (model, batch) = (model(1), batch());
    let sharp = Criterion::sharp(0.25);
    for (criterion, dropouts) in [(sharp, Dropouts::default()), (sharp, DROPOUTS), (CRITERION, DROPOUTS)] {
        let composed = Composed::new(&model, &Device::Cpu, DType::F64).unwrap();
        let loss = composed.loss(&batch, criterion, dropouts).unwrap();
        let expected = composed.gradient(&loss).unwrap();
        let mut gradient = vec![0.0; model.parameters.layout().len()];
        let got = loss_and_gradient(&model, &batch, criterion, dropouts, &Trained::all(&model), &mut gradient).unwrap();
        let want = loss.to_scalar::<f64>().unwrap();
        assert!((got - want).abs() < 1e-5, "loss: got {got}, expected {want}");
        let global = norm(expected.iter().copied());
        for spec in &model.parameters.layout().specs {
            let (got, want) = (&gradient[spec.range.clone()], &expected[spec.range.clone()]);
            let size = norm(want.iter().copied());
            let difference = norm(got.iter().zip(want).map(|(got, want)| f64::from(*got) - want));
            // No softmax sees what is added to all of its scores: the keys' bias, and, where nothing falls out before the head, the
            // head's bias and that of the last LayerNorm. Such a gradient is zero by nature, and rounding is all there is.
            let added_to_all_scores = ["qa_outputs.bias", "layer.1.output_layer_norm.bias"];
            let zero_by_nature = spec.name.ends_with("k_lin.bias")
                || dropouts.qa == 0.0 && added_to_all_scores.iter().any(|name| spec.name.ends_with(name));
            assert!(!zero_by_nature || size < 1e-12 * global, "{} is {size:e}, not zero", spec.name);
            let bound = if zero_by_nature { 1e-6 * global } else { 1e-5 * size.max(1e-3 * global) };
            assert!(difference <= bound, "{}: off by {difference:e} of {size:e}", spec.name);
            assert!(zero_by_nature || size > 0.0, "{} has no gradient", spec.name);
        }
    }
}

#[test]
fn logits_agree_with_composed_operations() {
    let (model, batch) = (model(2), batch());
    let composed = Composed::new(&model, &Device::Cpu, DType::F64).unwrap();
    let expected: Vec<Vec<f64>> =
        composed.logits(&batch.packed, Dropouts::default(), 0).unwrap().t().unwrap().to_vec2().unwrap();
    let got = logits(&model, &AskBatch { packed: batch.packed });
    for (got, want) in [(got.start, &expected[0]), (got.end, &expected[1])] {
        assert_eq!(got.iter().map(Vec::len).collect::<Vec<_>>(), [5, 71, 1, 12]);
        for (got, want) in got.iter().flatten().zip(want) {
            assert!((f64::from(*got) - want).abs() < 1e-5, "got {got}, expected {want}");
        }
    }
}

#[test]
fn a_batch_cut_into_micro_batches_gives_the_same_gradient() {
    let (model, whole) = (model(3), batch());
    let mut expected = vec![0.0; model.parameters.layout().len()];
    let want = loss_and_gradient(&model, &whole, CRITERION, DROPOUTS, &Trained::all(&model), &mut expected).unwrap();
    let mut gradient = vec![0.0; expected.len()];
    let mut got = 0.0;
    for sequences in [0..2, 2..3, 3..4] {
        let rows = whole.packed.bounds[sequences.start]..whole.packed.bounds[sequences.end];
        let bounds = whole.packed.bounds[sequences.start..=sequences.end].iter().map(|b| b - rows.start).collect();
        let shifted = |labels: &[usize]| labels[sequences.clone()].iter().map(|row| row - rows.start).collect();
        let part = TrainBatch {
            packed: Packed { ids: whole.packed.ids[rows.clone()].to_vec(), bounds },
            starts: shifted(&whole.starts),
            ends: shifted(&whole.ends),
            first_row: whole.first_row + rows.start,
        };
        got += loss_and_gradient(&model, &part, CRITERION, DROPOUTS, &Trained::all(&model), &mut gradient).unwrap();
    }
    assert!((got - want).abs() < 1e-5, "got {got}, expected {want}");
    let difference = norm(gradient.iter().zip(&expected).map(|(a, b)| f64::from(a - b)));
    assert!(difference < 1e-5 * norm(expected.iter().map(|x| f64::from(*x))), "off by {difference:e}");
}

/// Central differences in f64 on a sample of every tensor's elements, with dropout on.
#[test]
fn composed_gradients_agree_with_finite_differences() {
    let (model, batch) = (model(4), batch());
    let composed = Composed::new(&model, &Device::Cpu, DType::F64).unwrap();
    let loss = |composed: &Composed| composed.loss(&batch, CRITERION, DROPOUTS).unwrap();
    let gradient = composed.gradient(&loss(&composed)).unwrap();
    for (index, spec) in model.parameters.layout().specs.iter().enumerate() {
        let variable = composed.variable(index);
        let original: Vec<f64> = variable.flatten_all().unwrap().to_vec1().unwrap();
        let at = |element: usize, delta: f64| {
            let mut values = original.clone();
            values[element] += delta;
            variable.set(&Tensor::from_vec(values, variable.shape(), &Device::Cpu).unwrap()).unwrap();
            loss(&composed).to_scalar::<f64>().unwrap()
        };
        for element in (0..original.len()).step_by(original.len().div_ceil(3)) {
            let h = 1e-4;
            let estimate = (at(element, h) - at(element, -h)) / (2.0 * h);
            let got = gradient[spec.range.start + element];
            assert!((got - estimate).abs() < 1e-5, "{}[{element}]: got {got}, finite difference {estimate}", spec.name);
        }
        at(0, 0.0);
    }
}

#[test]
fn the_same_bytes_come_out_for_any_number_of_threads() {
    let (model, batch) = (model(5), batch());
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut gradient = vec![0.0; model.parameters.layout().len()];
        let loss = pool.install(|| {
            loss_and_gradient(&model, &batch, CRITERION, DROPOUTS, &Trained::all(&model), &mut gradient).unwrap()
        });
        (loss.to_bits(), gradient.iter().map(|value| value.to_bits()).collect::<Vec<_>>())
    };
    let one = run(1);
    assert!(one == run(2), "two threads differ from one");
    assert!(one == run(4), "four threads differ from one");
}
