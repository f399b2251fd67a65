//! Training runs: against PyTorch, against themselves, and on something small enough to be learnt by heart.

mod device;

use std::sync::Arc;

use spanwise::answer::{DecodeOptions, answer};
use spanwise::model::Model;
use spanwise::model::parameters::Spec;
use spanwise::nn::{Choice, Lora, Target};
use spanwise::text::features::{TrainFeature, Window, train_features};
use spanwise::text::tokenizer::Tokenizer;
use spanwise::train::engine::Engine;
use spanwise::train::{Advance, Schedule, StepReport, TrainSettings, Trainer};

use crate::nn::pytorch::{self, MINILM, TINY};
use crate::support::{Golden, counter, tiny};

/// Runs to the end.
fn to_the_end<E: Engine>(mut trainer: Trainer<E>) -> (Trainer<E>, Vec<StepReport>) {
    let mut reports = Vec::new();
    loop {
        match trainer.advance().unwrap() {
            Advance::MicroBatch => {}
            Advance::Step(report) => reports.push(report),
            Advance::Finished => return (trainer, reports),
        }
    }
}

/// Runs to the end on the CPU.
fn run(model: Model, features: Vec<TrainFeature>, settings: &TrainSettings) -> (Model, Vec<StepReport>) {
    let (trainer, reports) = to_the_end(Trainer::new(model, features, settings).unwrap());
    (trainer.into_model(), reports)
}

/// The golden sequences as features.
fn golden_features(name: &str, lengths: &[usize], vocab_size: usize) -> Vec<TrainFeature> {
    let feature = |(i, length): (usize, &usize)| TrainFeature {
        window: Window {
            question: i,
            ids: counter::ids(name, i, *length, vocab_size).into(),
            offsets: vec![None; *length].into(),
        },
        start: (length / 3) as u32,
        end: (length / 2) as u32,
        others: Box::default(),
    };
    lengths.iter().enumerate().map(feature).collect()
}

/// Ten steps of `AdamW` with warm-up, decay, clipping and weight decay on matrices, as `tests/golden/models.py` made them.
fn ten_steps((name, lengths): (&str, [usize; 8]), peak: f64, micro_batch_tokens: Option<usize>) {
    let (model, golden) = (pytorch::model(name), Golden::read(&format!("golden/{name}.safetensors")));
    let features = golden_features(name, &lengths, model.config.vocab_size);
    let settings = TrainSettings {
        max_steps: Some(10),
        learning_rate: peak,
        batch_size: 4,
        max_seq_length: model.config.max_position_embeddings,
        doc_stride: 16,
        warmup_ratio: 0.2,
        weight_decay: 0.1,
        negatives: None,
        shuffle: false,
        micro_batch_tokens,
        ..TrainSettings::default()
    };
    let (_, reports) = run(model, features, &settings);
    let (losses, norms, rates) = (golden.get("losses"), golden.get("grad_norms"), golden.get("rates"));
    assert_eq!(reports.len(), losses.len());
    for (i, report) in reports.iter().enumerate() {
        let (loss, norm) = (report.loss, report.grad_norm);
        assert!((loss - losses[i]).abs() < 1e-3, "{name}, step {}: loss {loss}, PyTorch {}", report.step, losses[i]);
        assert!((norm - norms[i]).abs() < 1e-3 * norms[i], "{name}, step {}: norm {norm}, {}", report.step, norms[i]);
        assert!((report.learning_rate - rates[i]).abs() < 1e-12, "{name}, step {}: learning rate", report.step);
    }
}

#[test]
fn ten_steps_of_the_tiny_model_lose_as_pytorch_does() {
    ten_steps(TINY, 2e-3, None);
}

/// The same where a micro-batch holds one sequence: gradients add up over the batch.
#[test]
fn ten_steps_in_micro_batches_lose_as_pytorch_does() {
    ten_steps(TINY, 2e-3, Some(1));
}

#[test]
fn ten_steps_of_the_minilm_size_model_lose_as_pytorch_does() {
    ten_steps(MINILM, 3e-5, None);
}

fn tokenizer() -> Tokenizer {
    Tokenizer::from_files(None, Some(tiny::vocab().as_bytes()), None).unwrap()
}

fn tiny_features() -> Vec<TrainFeature> {
    let made = train_features(&tiny::dataset(), &tokenizer(), 128, 32).unwrap();
    assert!(made.left_out.is_empty(), "{:?}", made.left_out);
    made.features
}

fn settings(max_steps: usize) -> TrainSettings {
    TrainSettings {
        max_steps: Some(max_steps),
        learning_rate: 5e-3,
        batch_size: 2,
        max_seq_length: 128,
        doc_stride: 32,
        ..TrainSettings::default()
    }
}

/// Stock candle trains only the head and says nothing. Here one step, dropout on, moves every tensor there is; words and places
/// that the batch does not have stay, but for their decay.
#[test]
fn one_step_changes_every_tensor() {
    let before = tiny::model();
    let settings = TrainSettings { warmup_ratio: 0.0, weight_decay: 0.0, ..settings(1) };
    let (after, reports) = run(before.clone(), tiny_features(), &settings);
    assert!(reports[0].grad_norm.is_finite() && reports[0].grad_norm > 0.0);
    for spec in &before.parameters.layout().specs {
        let (old, new) = (before.parameters.at(&spec.range), after.parameters.at(&spec.range));
        assert!(new.iter().all(|value| value.is_finite()), "{} is not finite", spec.name);
        let moved = old.iter().zip(new).filter(|(old, new)| old != new).count();
        let rows = if spec.name.contains("word_embeddings") {
            tiny_features().iter().flat_map(|f| f.window.ids.to_vec()).collect::<std::collections::HashSet<_>>().len()
        } else if spec.name.contains("position_embeddings") {
            tiny_features().iter().map(|feature| feature.window.ids.len()).max().unwrap()
        } else {
            spec.shape[0]
        };
        // The keys' bias moves by rounding alone, so it may stay.
        let expected = if spec.name.ends_with("k_lin.bias") { 0 } else { rows * old.len() / spec.shape[0] };
        assert!(moved * 100 >= expected * 99, "{}: {moved} of {expected} values moved", spec.name);
    }
}

fn bits(model: &Model) -> Vec<u32> {
    model.parameters.values().iter().map(|value| value.to_bits()).collect()
}

#[test]
fn one_seed_gives_the_same_bytes_and_another_seed_others() {
    let train = |seed: u64| {
        let settings = TrainSettings { seed, micro_batch_tokens: Some(64), ..settings(50) };
        let (model, reports) = run(tiny::model(), tiny_features(), &settings);
        (bits(&model), reports.iter().map(|report| report.loss.to_bits()).collect::<Vec<_>>())
    };
    let first = train(42);
    for run in 2..=3 {
        assert!(first == train(42), "run {run} differs from the first");
    }
    assert!(first.0 != train(43).0, "another seed gives the same bytes");
}

#[test]
fn a_run_of_eight_steps_gives_the_same_bytes_for_any_number_of_threads() {
    let train = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        bits(&pool.install(|| run(tiny::model(), tiny_features(), &settings(8)).0))
    };
    let one = train(1);
    for threads in [2, 3, 4] {
        assert!(one == train(threads), "{threads} threads differ from one");
    }
}

#[test]
fn thirty_steps_learn_two_questions_by_heart() {
    let (model, reports) = run(tiny::model(), tiny_features(), &TrainSettings { dropout: Some(0.0), ..settings(30) });
    let (first, last) = (reports[0].loss, reports.last().unwrap().loss);
    assert!(first > 2.0 && last < 0.05, "the loss went from {first} to {last}");
    let data = tiny::dataset();
    let options = DecodeOptions { max_seq_length: 128, doc_stride: 32, ..DecodeOptions::default() };
    let items: Vec<(&str, &str)> =
        data.questions().map(|(_, p, q)| (q.question.as_str(), p.context.as_str())).collect();
    let answers = answer(&model, &tokenizer(), &items, &options).unwrap();
    for (answered, (_, _, question)) in answers.iter().zip(data.questions()) {
        let (best, gold) = (&answered.spans[0], &question.answers[0]);
        assert_eq!((best.text.as_str(), best.start), (gold.text.as_str(), gold.answer_start), "{}", question.question);
    }
}

/// Tensors whose bits differ.
fn changed(before: &Model, after: &Model) -> Vec<String> {
    let bits =
        |model: &Model, spec: &Spec| model.parameters.at(&spec.range).iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let specs = before.parameters.layout().specs.iter();
    specs.filter(|spec| bits(before, spec) != bits(after, spec)).map(|spec| spec.name.clone()).collect()
}

#[test]
fn frozen_tensors_keep_every_bit() {
    let before = tiny::model();
    for (freeze_embeddings, freeze_layers) in [(true, 0), (true, 1), (true, 2), (false, 1)] {
        let trained = Choice { freeze_embeddings, freeze_layers, lora: None };
        let (after, _) = run(before.clone(), tiny_features(), &TrainSettings { trained, ..settings(3) });
        let changed = changed(&before, &after);
        let frozen = |name: &str| {
            freeze_embeddings && name.contains("embeddings")
                || (0..freeze_layers).any(|layer| name.contains(&format!("layer.{layer}.")))
        };
        assert!(!changed.iter().any(|name| frozen(name)), "{changed:?}");
        let rest = before.parameters.layout().specs.iter().filter(|spec| !frozen(&spec.name)).count();
        // The keys' biases move by rounding alone, so they may stay.
        assert!(changed.len() + 2 >= rest, "{} of {rest} tensors changed", changed.len());
    }
}

#[test]
fn adapters_change_their_targets_and_the_head_alone() {
    let before = tiny::model();
    let lora = Lora { rank: 2, alpha: 4.0, targets: vec![Target::QLin, Target::Lin2] };
    let trained = Choice { lora: Some(lora), ..Choice::default() };
    let settings = TrainSettings { trained, learning_rate: 2e-2, dropout: Some(0.0), ..settings(60) };
    let (after, reports) = run(before.clone(), tiny_features(), &settings);
    let mut expected: Vec<String> = (0..2)
        .flat_map(|layer| {
            ["attention.q_lin", "ffn.lin2"].map(|name| format!("distilbert.transformer.layer.{layer}.{name}.weight"))
        })
        .collect();
    expected.extend(["qa_outputs.weight".to_owned(), "qa_outputs.bias".to_owned()]);
    assert_eq!(changed(&before, &after), expected);
    let (first, last) = (reports[0].loss, reports.last().unwrap().loss);
    assert!(last < 0.5 * first, "the loss went from {first} to {last}");
    // The change has the rank of the adapters: every 3 x 3 minor is zero, as far as f32 can tell.
    let spec = before.parameters.layout().get(&expected[0]).unwrap();
    let change: Vec<f64> = (before.parameters.at(&spec.range).iter().zip(after.parameters.at(&spec.range)))
        .map(|(old, new)| f64::from(*new) - f64::from(*old))
        .collect();
    let at = |i: usize, j: usize| change[i * spec.shape[1] + j];
    let minor = at(0, 0) * (at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1))
        - at(0, 1) * (at(1, 0) * at(2, 2) - at(1, 2) * at(2, 0))
        + at(0, 2) * (at(1, 0) * at(2, 1) - at(1, 1) * at(2, 0));
    let size = change.iter().fold(0.0f64, |size, value| size.max(value.abs()));
    assert!(size > 1e-3 && minor.abs() < 1e-4 * size.powi(3), "minor {minor:e}, largest change {size:e}");
}

#[test]
fn what_no_run_can_have_is_refused_before_it_begins() {
    let refused = |settings: TrainSettings, features| Trainer::new(tiny::model(), features, &settings).err().unwrap();
    let message = refused(TrainSettings { learning_rate: f64::NAN, ..settings(1) }, tiny_features()).to_string();
    assert!(message.starts_with("learning rate is NaN"), "{message}");
    let message = refused(TrainSettings { doc_stride: 128, ..settings(1) }, tiny_features()).to_string();
    assert!(message.starts_with("doc stride is 128"), "{message}");
    let lora = |rank| Choice { lora: Some(Lora { rank, ..Lora::default() }), ..Choice::default() };
    let message = refused(TrainSettings { trained: lora(0), ..settings(1) }, tiny_features()).to_string();
    assert!(message.starts_with("LoRA rank is 0"), "{message}");
    let trained = Choice { freeze_layers: 3, ..Choice::default() };
    let message = refused(TrainSettings { trained, ..settings(1) }, tiny_features()).to_string();
    assert!(message.starts_with("frozen layers is 3: at most 2"), "{message}");
    let message = refused(settings(1), Vec::new()).to_string();
    assert!(message.starts_with("there is nothing to train on"), "{message}");
    let beyond = |ids: Arc<[u32]>| {
        let window = Window { question: 0, offsets: vec![None; ids.len()].into(), ids };
        vec![TrainFeature { window, start: 0, end: 0, others: Box::default() }]
    };
    let message = refused(settings(1), beyond(vec![2, 999_999, 3].into())).to_string();
    assert!(message.contains("token 999999 is beyond the model's vocabulary"), "{message}");
    let message = refused(settings(1), beyond(vec![2; 129].into())).to_string();
    assert!(message.contains("129 tokens is longer than the 128"), "{message}");
}

/// A constant rate, so that the length of the run changes nothing before its end.
#[test]
fn a_run_that_is_made_longer_is_the_longer_run() {
    let epochs = |epochs| TrainSettings {
        epochs,
        max_steps: None,
        schedule: Schedule::Constant,
        warmup_ratio: 0.0,
        negatives: None,
        ..settings(1)
    };
    let model = tiny::model();
    let (whole, _) = run(model.clone(), tiny_features(), &epochs(3));
    let (mut trainer, made) = to_the_end(Trainer::new(model.clone(), tiny_features(), &epochs(2)).unwrap());
    let steps = made.len() / 2;
    trainer.extend(1);
    let (trainer, more) = to_the_end(trainer);
    assert_eq!((more.len(), trainer.settings().epochs), (steps, 3));
    assert_eq!(bits(&trainer.into_model()), bits(&whole));
    // Stopped in its first epoch of ninety: one more is the second, not the ninety-first.
    let mut stopped = Trainer::new(model, tiny_features(), &epochs(90)).unwrap();
    while !matches!(stopped.advance().unwrap(), Advance::Step(_)) {}
    stopped.extend(1);
    let (stopped, rest) = to_the_end(stopped);
    assert_eq!((1 + rest.len(), stopped.settings().epochs), (2 * steps, 2));
}
