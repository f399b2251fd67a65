//! Logits and gradients against PyTorch's; `tests/golden/models.py` made the golden files.

use spanwise::model::Model;
use spanwise::nn::{Criterion, Dropouts, Logits, Trained, logits, loss_and_gradient};
use spanwise::text::batch::{AskBatch, Packed, TrainBatch};

use crate::support::counter::{self, projections, sampled};
use crate::support::{Golden, norm};

/// The golden models: name, lengths of its sequences.
pub const TINY: (&str, [usize; 8]) = ("tiny", [5, 71, 1, 12, 33, 2, 64, 65]);
pub const MINILM: (&str, [usize; 8]) = ("minilm", [37, 90, 9, 20, 64, 3, 128, 14]);

/// The golden model of that name.
pub fn model(name: &str) -> Model {
    let (sizes, scale) = match name {
        "tiny" => {
            (r#""dim":24,"n_layers":2,"n_heads":3,"hidden_dim":40,"vocab_size":60,"max_position_embeddings":80"#, 0.4)
        }
        _ => (
            r#""dim":384,"n_layers":6,"n_heads":12,"hidden_dim":1536,"vocab_size":800,"max_position_embeddings":128"#,
            0.08,
        ),
    };
    let config = format!(
        r#"{{"model_type":"distilbert","activation":"gelu","dropout":0.0,"attention_dropout":0.0,"qa_dropout":0.0,{sizes}}}"#
    );
    counter::model(name, &config, scale)
}

/// The golden sequences as a batch.
pub fn batch(name: &str, lengths: &[usize], vocab_size: usize) -> TrainBatch {
    let mut batch = TrainBatch { packed: Packed { ids: Vec::new(), bounds: vec![0] }, ..TrainBatch::default() };
    for (i, length) in lengths.iter().enumerate() {
        let row = batch.packed.ids.len();
        batch.packed.ids.extend(counter::ids(name, i, *length, vocab_size));
        batch.packed.bounds.push(batch.packed.ids.len());
        batch.starts.push(row + length / 3);
        batch.ends.push(row + length / 2);
    }
    batch
}

fn check_logits((name, lengths): (&str, [usize; 8])) {
    let (model, golden) = (model(name), Golden::read(&format!("golden/{name}.safetensors")));
    let packed = batch(name, &lengths, model.config.vocab_size).packed;
    let Logits { start, end } = logits(&model, &AskBatch { packed });
    let got = start.iter().flatten().zip(end.iter().flatten()).flat_map(|(start, end)| [*start, *end]);
    let expected = golden.get("logits");
    assert_eq!(got.clone().count(), expected.len());
    let worst = got.zip(expected).map(|(got, want)| (f64::from(got) - want).abs()).fold(0.0, f64::max);
    println!("{name}: logits off by {worst:e} at most");
    assert!(worst <= 1e-4, "{name}: logits off by {worst:e}");
}

#[test]
fn logits_of_the_tiny_model_are_those_of_pytorch() {
    check_logits(TINY);
}

#[test]
fn logits_of_the_minilm_size_model_are_those_of_pytorch() {
    check_logits(MINILM);
}

/// The gradient of the mean loss over the golden sequences, and the golden file, where `prefix` begins the names of that loss's tensors.
fn gradient((name, lengths): (&str, [usize; 8]), prefix: &str, label_smoothing: f32) -> (Model, Vec<f32>, Golden) {
    let (model, golden) = (model(name), Golden::read(&format!("golden/{name}.safetensors")));
    let batch = batch(name, &lengths, model.config.vocab_size);
    let mut gradient = vec![0.0; model.parameters.layout().len()];
    let criterion = Criterion { weight: 1.0 / lengths.len() as f32, label_smoothing };
    let trained = Trained::all(&model);
    let loss = loss_and_gradient(&model, &batch, criterion, Dropouts::default(), &trained, &mut gradient).unwrap();
    let want = golden.get(&format!("{prefix}loss"))[0];
    assert!((loss - want).abs() < 1e-5, "{name}: loss {loss}, PyTorch {want}");
    (model, gradient, golden)
}

/// What is added to every score of a softmax alike has no gradient: the keys' bias, the head's, and without dropout before the
/// head the bias of the last LayerNorm. PyTorch shows rounding there.
fn is_zero_by_nature(name: &str, model: &Model) -> bool {
    let last = format!("layer.{}.output_layer_norm.bias", model.config.n_layers - 1);
    name.ends_with("k_lin.bias") || name.ends_with("qa_outputs.bias") || name.ends_with(&last)
}

/// The issue's bound for a tensor whose golden gradient has that norm.
fn bound(size: f64, global: f64) -> f64 {
    1e-4 * size.max(1e-3 * global)
}

fn check_every_gradient(prefix: &str, label_smoothing: f32) {
    let (model, gradient, golden) = gradient(TINY, prefix, label_smoothing);
    let specs = &model.parameters.layout().specs;
    let kind = format!("{prefix}gradient.");
    assert_eq!(golden.names_with(&kind), specs.len(), "the golden file has other tensors");
    let want = |name: &str| golden.get(&format!("{kind}{name}"));
    let global = norm(specs.iter().flat_map(|spec| want(&spec.name).iter().copied()));
    for spec in specs {
        let (got, want) = (&gradient[spec.range.clone()], want(&spec.name));
        assert_eq!(got.len(), want.len(), "{}", spec.name);
        let size = norm(want.iter().copied());
        let off = norm(got.iter().zip(want).map(|(got, want)| f64::from(*got) - want));
        assert!(off <= bound(size, global), "{}: off by {off:e} of {size:e}", spec.name);
        assert!(size > 1e-6 * global || is_zero_by_nature(&spec.name, &model), "{} has no gradient", spec.name);
    }
}

#[test]
fn every_gradient_of_the_tiny_model_is_that_of_pytorch() {
    check_every_gradient("", 0.0);
}

#[test]
fn every_gradient_under_smoothed_labels_is_that_of_pytorch() {
    check_every_gradient("smoothed.", 0.1);
}

/// By the norm, by 64 elements, and by eight sums under random signs: the mean square of such a sum of differences is the
/// square of the difference's norm, so their root mean square estimates it to about a quarter.
#[test]
fn every_gradient_of_the_minilm_size_model_is_that_of_pytorch() {
    let (model, gradient, golden) = gradient(MINILM, "", 0.0);
    let specs = &model.parameters.layout().specs;
    assert_eq!(golden.names_with("norm."), specs.len(), "the golden file has other tensors");
    let want = |kind: &str, name: &str| golden.get(&format!("{kind}.{name}"));
    let global = norm(specs.iter().map(|spec| want("norm", &spec.name)[0]));
    let mut worst = 0.0f64;
    for spec in specs {
        let (got, size) = (&gradient[spec.range.clone()], want("norm", &spec.name)[0]);
        let bound = bound(size, global);
        let off = norm(got.iter().map(|value| f64::from(*value))) - size;
        assert!(off.abs() <= bound, "{}: norm off by {off:e} of {size:e}", spec.name);
        for (place, want) in sampled(got.len(), &spec.name).into_iter().zip(want("samples", &spec.name)) {
            let off = f64::from(got[place]) - want;
            assert!(off.abs() <= bound, "{}[{place}]: off by {off:e} of {size:e}", spec.name);
        }
        let sums = projections(got, &spec.name);
        let off = norm(sums.iter().zip(want("projections", &spec.name)).map(|(got, want)| got - want)) / 8f64.sqrt();
        assert!(off <= bound, "{}: off by about {off:e} of {size:e}", spec.name);
        worst = worst.max(off / bound);
        assert!(size > 1e-6 * global || is_zero_by_nature(&spec.name, &model), "{} has no gradient", spec.name);
    }
    println!("gradients: the worst reaches {worst:.3} of its bound");
}
