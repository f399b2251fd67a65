//! `model.safetensors`: every form that is read, every damage that is refused.

use half::{bf16, f16};
use proptest::prelude::*;
use serde_json::json;
use spanwise::model::HeadOrigin;
use spanwise::model::weights::{Naming, Precision, read, serialized_len, write};
use spanwise::model::{Config, Model, Weights, WeightsError, WeightsReader};

use super::parts::{self, Part};
use crate::support::counter;

fn model() -> Model {
    let config = r#"{"model_type":"distilbert","dim":6,"n_layers":2,"n_heads":2,"hidden_dim":10,"vocab_size":9,
        "max_position_embeddings":7}"#;
    counter::model("weights", config, 0.5)
}

fn read_all(bytes: &[u8], config: &Config) -> Result<Weights, WeightsError> {
    read(bytes, bytes.len() as u64, config, Naming::DistilBert)
}

fn refusal(bytes: &[u8]) -> WeightsError {
    read_all(bytes, &model().config).expect_err("the file is accepted")
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn written(model: &Model) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(model, Precision::F32, &mut bytes).unwrap();
    bytes
}

#[test]
fn what_is_written_reads_back_bit_by_bit() {
    let mut model = model();
    // Values that a detour through text or F64 would lose.
    let odd = [-0.0, f32::MIN_POSITIVE, f32::from_bits(1), f32::MAX, f32::MIN, 1.0 + f32::EPSILON];
    model.parameters.values_mut()[..6].copy_from_slice(&odd);
    let bytes = written(&model);
    assert_eq!(bytes.len() as u64, serialized_len(&model, Precision::F32));
    let weights = read_all(&bytes, &model.config).unwrap();
    assert!(weights.has_head && weights.ignored.is_empty());
    assert_eq!(bits(weights.parameters.values()), bits(model.parameters.values()));
    let again = Model::new(model.config.clone(), weights, 0);
    assert_eq!(again.head, HeadOrigin::Checkpoint);
    assert!(written(&again) == bytes, "a second round gives other bytes");
    // The crate of the format reads it too, with PyTorch's mark and aligned data.
    let (header_len, metadata) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    assert_eq!(metadata.metadata().as_ref().unwrap()["format"], "pt");
    assert_eq!(header_len % 8, 0);
}

#[test]
fn half_precision_is_rounded_once_and_reads_back() {
    let model = model();
    let mut bytes = Vec::new();
    write(&model, Precision::F16, &mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, serialized_len(&model, Precision::F16));
    let weights = read_all(&bytes, &model.config).unwrap();
    let rounded: Vec<f32> = model.parameters.values().iter().map(|value| f16::from_f32(*value).to_f32()).collect();
    assert_eq!(bits(weights.parameters.values()), bits(&rounded));
    let again = Model::new(model.config.clone(), weights, 0);
    let mut second = Vec::new();
    write(&again, Precision::F16, &mut second).unwrap();
    assert!(second == bytes, "a second round gives other bytes");
}

#[test]
fn half_precision_is_widened_exactly() {
    let model = model();
    let halved = |dtype: &'static str, bytes: fn(f32) -> [u8; 2], back: fn([u8; 2]) -> f32| {
        let narrow = |part: Part| {
            let values = part.bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
            Part { dtype, bytes: values.flat_map(bytes).collect(), ..part }
        };
        let file = parts::file(&parts::of(&model).into_iter().map(narrow).collect::<Vec<_>>());
        let weights = read_all(&file, &model.config).unwrap();
        let expected: Vec<f32> = model.parameters.values().iter().map(|value| back(bytes(*value))).collect();
        assert_eq!(bits(weights.parameters.values()), bits(&expected), "{dtype}");
    };
    halved("F16", |x| f16::from_f32(x).to_le_bytes(), |b| f16::from_le_bytes(b).to_f32());
    halved("BF16", |x| bf16::from_f32(x).to_le_bytes(), |b| bf16::from_le_bytes(b).to_f32());
}

#[test]
fn types_may_be_mixed_in_one_file() {
    let model = model();
    let mut mixed = parts::of(&model);
    for part in mixed.iter_mut().step_by(3) {
        let values = part.bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
        (part.dtype, part.bytes) = ("F16", values.flat_map(|x| f16::from_f32(x).to_le_bytes()).collect());
    }
    let weights = read_all(&parts::file(&mixed), &model.config).unwrap();
    for (got, want) in weights.parameters.values().iter().zip(model.parameters.values()) {
        assert!((got - want).abs() < 1e-3, "got {got}, expected about {want}");
    }
}

/// A base checkpoint: the masked-LM head, no question-answering head.
#[test]
fn extras_are_ignored_and_a_missing_head_is_drawn_by_its_seed() {
    let model = model();
    let mut base: Vec<Part> = parts::of(&model).into_iter().filter(|part| !part.name.starts_with("qa_")).collect();
    let extras = ["vocab_transform.weight", "vocab_layer_norm.bias", "vocab_projector.bias"];
    for (at, name) in [0, 3, base.len()].into_iter().zip(extras) {
        base.insert(at, Part::f32(name, &[3], &[1.0, f32::NAN, 3.0]));
    }
    base.push(Part { dtype: "I64", ..Part::f32("distilbert.embeddings.position_ids", &[1, 2], &[0.0; 4]) });
    let file = parts::file(&base);
    let weights = read_all(&file, &model.config).unwrap();
    assert!(!weights.has_head);
    assert_eq!(weights.ignored.len(), 4);
    assert!(extras.iter().all(|name| weights.ignored.iter().any(|ignored| ignored == name)));
    let encoder = ..model.parameters.layout().qa_weight.start;
    assert_eq!(bits(&weights.parameters.values()[encoder]), bits(&model.parameters.values()[encoder]));

    let with_seed = |seed| Model::new(model.config.clone(), read_all(&file, &model.config).unwrap(), seed);
    let (one, two) = (with_seed(7), with_seed(7));
    assert_eq!(one.head, HeadOrigin::Fresh { seed: 7 });
    assert_eq!(bits(one.parameters.values()), bits(two.parameters.values()));
    assert_ne!(bits(one.parameters.values()), bits(with_seed(8).parameters.values()));
    let head = one.parameters.at(&one.parameters.layout().qa_weight);
    assert!(head.iter().all(|value| *value != 0.0 && value.abs() < 0.15), "not drawn from N(0, 0.02): {head:?}");
    assert_eq!(one.parameters.at(&one.parameters.layout().qa_bias), [0.0, 0.0]);
}

#[test]
fn the_prefix_may_be_missing() {
    let model = model();
    let mut bare = parts::of(&model);
    bare.iter_mut().for_each(|part| part.name = part.name.trim_start_matches("distilbert.").to_owned());
    let weights = read_all(&parts::file(&bare), &model.config).unwrap();
    assert!(weights.has_head && weights.ignored.is_empty());
    assert_eq!(bits(weights.parameters.values()), bits(model.parameters.values()));
    let both = [parts::of(&model), bare].concat().into_iter().filter(|part| !part.name.starts_with("qa_"));
    let error = refusal(&parts::file(&both.collect::<Vec<_>>()));
    assert!(matches!(error, WeightsError::Twice(name) if name == "distilbert.embeddings.word_embeddings.weight"));
}

#[test]
fn the_order_of_the_file_does_not_matter() {
    let model = model();
    let reversed: Vec<Part> = parts::of(&model).into_iter().rev().collect();
    let weights = read_all(&parts::file(&reversed), &model.config).unwrap();
    assert_eq!(bits(weights.parameters.values()), bits(model.parameters.values()));
}

#[test]
fn a_bert_is_refused_with_the_way_out() {
    for prefix in ["bert.", ""] {
        let names = ["embeddings.word_embeddings.weight", "encoder.layer.0.attention.self.query.weight"];
        let shapes = [[9, 6], [6, 6]];
        let bert: Vec<Part> = (names.iter().zip(shapes))
            .map(|(name, shape)| Part::f32(&format!("{prefix}{name}"), &shape, &vec![0.5; shape[0] * shape[1]]))
            .collect();
        let message = refusal(&parts::file(&bert)).to_string();
        assert!(message.contains("This is a BERT: `spanwise convert`"), "{message}");
    }
}

#[test]
fn a_file_of_another_model_is_refused() {
    let other = |change: fn(&mut Vec<Part>)| {
        let mut parts = parts::of(&model());
        change(&mut parts);
        refusal(&parts::file(&parts)).to_string()
    };
    let message = other(|parts| drop(parts.remove(7)));
    assert!(message.contains("lack 1 tensors") && message.contains("attention.q_lin.bias"), "{message}");
    let message = other(|parts| parts[1].shape = vec![6, 7]);
    assert!(message.contains("position_embeddings.weight' has shape [6, 7], config.json asks for [7, 6]"), "{message}");
    let message = other(|parts| (parts[2].dtype, parts[2].shape) = ("I32", vec![6]));
    assert!(message.contains("LayerNorm.weight' is of type I32"), "{message}");
    // Half a head is neither a trained one nor a fresh one.
    let message = other(|parts| drop(parts.pop()));
    assert!(message.contains("lack 1 tensors") && message.contains("qa_outputs.bias"), "{message}");
}

#[test]
fn values_that_are_no_numbers_are_refused() {
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut model = model();
        let range = model.parameters.layout().layers[1].lin2_bias.clone();
        model.parameters.values_mut()[range.end - 1] = value;
        let error = refusal(&written(&model));
        assert!(matches!(&error, WeightsError::NotFinite(name) if name.ends_with("layer.1.ffn.lin2.bias")), "{error}");
    }
}

#[test]
fn every_truncation_is_refused() {
    let (model, bytes) = (model(), written(&model()));
    for length in (0..bytes.len()).rev().step_by(7).chain(0..200) {
        // The file says how long it is, and it is cut off; or the transfer breaks off.
        let cut = read_all(&bytes[..length], &model.config);
        assert!(cut.is_err(), "a file cut to {length} bytes is accepted");
        let broken_off = read(&bytes[..length], bytes.len() as u64, &model.config, Naming::DistilBert);
        assert!(matches!(broken_off, Err(WeightsError::Length { .. })), "{length} bytes and then nothing are accepted");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(matches!(refusal(&longer), WeightsError::Length { .. }));
    let mut reader = WeightsReader::new(&model.config, bytes.len() as u64);
    assert!(reader.push(&longer).is_err(), "more bytes than announced are accepted");
}

#[test]
fn headers_that_promise_too_much_are_refused_before_anything_is_allocated() {
    let config = model().config;
    for claim in [u64::MAX, 1 << 40, (16 << 20) + 1] {
        let mut reader = WeightsReader::new(&config, u64::MAX);
        assert!(matches!(reader.push(&claim.to_le_bytes()), Err(WeightsError::HeaderLength(found)) if found == claim));
    }
    let length = |claim: u64| {
        let bytes = [&claim.to_le_bytes()[..], b"{}      "].concat();
        assert!(matches!(refusal(&bytes), WeightsError::Length { .. }), "a header of {claim} bytes in a file of 16");
    };
    [0, 9, 1 << 20].into_iter().for_each(length);
    // Sizes near the limit of a config, 70 TB a tensor: a file of a few bytes must not make anybody ask for them.
    let huge = r#"{"model_type":"distilbert","dim":4194304,"n_layers":256,"n_heads":1,"hidden_dim":4194304,
        "vocab_size":4194304,"max_position_embeddings":4194304}"#;
    let huge = Config::from_json(huge.as_bytes()).unwrap();
    let (dim, name) = (4_194_304u64, "distilbert.embeddings.word_embeddings.weight");
    let entry = json!({"dtype": "F32", "shape": [dim, dim], "data_offsets": [0, 4 * dim * dim]});
    let claims =
        [json!({ name: entry }), json!({}), json!({"x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})];
    for header in claims {
        let bytes = parts::with_header(&header, &[0; 4]);
        assert!(read_all(&bytes, &huge).is_err(), "{header}");
    }
}

#[test]
fn headers_that_contradict_themselves_are_refused() {
    let entry = |shape: &[u64], offsets: [u64; 2]| json!({"dtype": "F32", "shape": shape, "data_offsets": offsets});
    let headers = [
        ("overlapping", json!({"a": entry(&[2], [0, 8]), "b": entry(&[2], [4, 12])})),
        ("the same bytes twice", json!({"a": entry(&[3], [0, 12]), "b": entry(&[3], [0, 12])})),
        ("a hole", json!({"a": entry(&[1], [0, 4]), "b": entry(&[1], [8, 12])})),
        ("backwards", json!({"a": entry(&[3], [12, 0])})),
        ("shape and length", json!({"a": entry(&[2], [0, 12])})),
        ("overflow", json!({"a": entry(&[1 << 40, 1 << 40], [0, 12])})),
        ("beyond the file", json!({"a": entry(&[4], [0, 16])})),
        ("before the end", json!({"a": entry(&[2], [0, 8])})),
        ("no type", json!({"a": {"shape": [3], "data_offsets": [0, 12]}})),
        ("an unknown type", json!({"a": {"dtype": "Q7", "shape": [3], "data_offsets": [0, 12]}})),
        ("negative", json!({"a": {"dtype": "F32", "shape": [-3], "data_offsets": [0, 12]}})),
        ("a list", json!([1, 2, 3])),
    ];
    for (what, header) in headers {
        let error = refusal(&parts::with_header(&header, &[0; 12]));
        assert!(matches!(error, WeightsError::Header(_) | WeightsError::Length { .. }), "{what}: {error}");
    }
    assert!(
        matches!(refusal(b"\x04\0\0\0\0\0\0\0\xff\xfe\xff\xfe"), WeightsError::Header(_)),
        "a header that is no text"
    );
}

/// Mixed types, something to ignore between them: cuts must not move a value.
fn cut_up() -> (Vec<u8>, Vec<u32>) {
    let mut parts = parts::of(&model());
    for part in parts.iter_mut().skip(1).step_by(2) {
        let values = part.bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
        (part.dtype, part.bytes) = ("BF16", values.flat_map(|x| bf16::from_f32(x).to_le_bytes()).collect());
    }
    parts.insert(4, Part { dtype: "U8", ..Part::f32("vocab_projector.bias", &[4], &[1.0]) });
    let file = parts::file(&parts);
    let whole = read_all(&file, &model().config).unwrap();
    (file, bits(whole.parameters.values()))
}

fn in_pieces<'a>(file: &'a [u8], pieces: impl Iterator<Item = &'a [u8]>) -> Vec<u32> {
    let mut reader = WeightsReader::new(&model().config, file.len() as u64);
    pieces.for_each(|piece| reader.push(piece).unwrap());
    bits(reader.finish().unwrap().parameters.values())
}

#[test]
fn a_cut_at_any_byte_changes_nothing() {
    let (file, whole) = cut_up();
    assert!(in_pieces(&file, file.chunks(1)) == whole, "byte by byte");
    for at in 0..=file.len() {
        let (first, second) = file.split_at(at);
        assert!(in_pieces(&file, [first, second].into_iter()) == whole, "cut at byte {at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cuts_anywhere_change_nothing(lengths in prop::collection::vec(1usize..400, 1..200)) {
        let (file, whole) = cut_up();
        let mut rest = &file[..];
        let mut pieces = Vec::new();
        for length in lengths {
            let (piece, later) = rest.split_at(length.min(rest.len()));
            pieces.push(piece);
            rest = later;
        }
        pieces.push(rest);
        prop_assert!(in_pieces(&file, pieces.into_iter()) == whole);
    }

    #[test]
    fn no_damage_makes_it_panic(places in prop::collection::vec((0usize..6000, any::<u8>()), 1..8), at_front in any::<bool>()) {
        let (mut file, _) = cut_up();
        for (place, byte) in places {
            // Most of what can go wrong is in the header.
            let place = if at_front { place % 400 } else { place % file.len() };
            file[place] = byte;
        }
        let _ = read_all(&file, &model().config);
    }
}
