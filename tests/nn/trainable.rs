//! What is frozen has no gradient, what is not has the same as ever, and adapters have what follows from the whole weight's.

use spanwise::model::Model;
use spanwise::nn::{Choice, Criterion, Lora, Target, Trainable, Trained, loss_and_gradient};

use super::{DROPOUTS, batch, model, norm};

fn gradient(model: &Model, trained: &Trained) -> (f64, Vec<f32>) {
    let mut gradient = vec![0.0; trained.trainable.len()];
    let loss = loss_and_gradient(model, &batch(), Criterion::sharp(0.25), DROPOUTS, trained, &mut gradient).unwrap();
    (loss, gradient)
}

fn trained(model: &Model, choice: &Choice) -> Trained {
    Trained::new(Trainable::new(&model.config, model.parameters.layout(), choice), 9)
}

#[test]
fn frozen_tensors_change_no_other_gradient() {
    let model = model(6);
    let (loss, whole) = gradient(&model, &Trained::all(&model));
    for (freeze_embeddings, freeze_layers) in [(true, 0), (true, 1), (true, 2), (false, 1), (false, 2)] {
        let trained = trained(&model, &Choice { freeze_embeddings, freeze_layers, lora: None });
        let (frozen_loss, part) = gradient(&model, &trained);
        assert_eq!(frozen_loss.to_bits(), loss.to_bits());
        for spec in &model.parameters.layout().specs {
            if let Some(place) = trained.trainable.place(&spec.range) {
                assert_eq!(part[place], whole[spec.range.clone()], "{} with {freeze_layers} frozen", spec.name);
            }
        }
    }
}

/// `dA = scale B^T dW` and `dB = scale dW A^T`, with `dW` from the model that has the adapters merged.
#[test]
fn adapters_have_the_gradient_of_their_product() {
    let base = model(7);
    let lora = Lora { rank: 3, alpha: 1.5, targets: Target::ALL.to_vec() };
    let mut trained = trained(&base, &Choice { freeze_layers: 1, lora: Some(lora), ..Choice::default() });
    // `B` is zero in fresh adapters, which would leave nothing of `dA`.
    let values = trained.adapters.iter().enumerate().map(|(i, value)| value + ((i * 37) % 19) as f32 / 50.0 - 0.18);
    trained.adapters = std::sync::Arc::new(values.collect());
    let mut merged = base.clone();
    trained.trainable.merge(&base.parameters, &trained.adapters, &mut merged.parameters);
    let (loss, whole) = gradient(&merged, &Trained::all(&merged));
    let (adapted_loss, part) = gradient(&merged, &trained);
    assert_eq!(adapted_loss.to_bits(), loss.to_bits());
    let at = trained.trainable.adapters_place();
    let (scale, rank) = (f64::from(trained.trainable.scale()), 3);
    let mut adapters = 0;
    for adapter in trained.trainable.adapters() {
        let (d_in, d_out) = (adapter.d_in, adapter.weight.len() / adapter.d_in);
        let weight_grad = |o: usize, i: usize| f64::from(whole[adapter.weight.start + o * d_in + i]);
        let value = |range: &std::ops::Range<usize>, i: usize| f64::from(trained.adapters[range.start + i]);
        let got = |range: &std::ops::Range<usize>| -> Vec<f64> {
            part[at.start + range.start..at.start + range.end].iter().map(|x| f64::from(*x)).collect()
        };
        let a_sum =
            |r: usize, i: usize| (0..d_out).map(|o| value(&adapter.b, o * rank + r) * weight_grad(o, i)).sum::<f64>();
        let b_sum =
            |o: usize, r: usize| (0..d_in).map(|i| value(&adapter.a, r * d_in + i) * weight_grad(o, i)).sum::<f64>();
        let a: Vec<f64> = (0..rank * d_in).map(|at| scale * a_sum(at / d_in, at % d_in)).collect();
        let b: Vec<f64> = (0..d_out * rank).map(|at| scale * b_sum(at / rank, at % rank)).collect();
        for (got, want) in [(got(&adapter.a), a), (got(&adapter.b), b)] {
            let off = norm(got.iter().zip(&want).map(|(got, want)| got - want));
            let size = norm(want.iter().copied());
            assert!(size > 0.0 && off < 1e-4 * size, "off by {off:e} of {size:e}");
        }
        adapters += 1;
    }
    assert_eq!(adapters, Target::ALL.len(), "one layer of two has adapters");
}
