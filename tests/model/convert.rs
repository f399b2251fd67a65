//! `spanwise convert` against transformers' `BertModel`; `convert.py` made the golden file.

use std::fs;
use std::path::Path;

use serde_json::json;
use spanwise::model::HeadOrigin;
use spanwise::model::folder::{self, FolderError};
use spanwise::model::weights::Precision;
use spanwise::model::{Model, WeightsError};
use spanwise::nn::Pass;
use spanwise::nn::distilbert::hidden_states;
use spanwise::text::batch::Packed;

use super::parts::{self, Part};
use crate::support::{Golden, counter, tiny};

/// As in `convert.py`.
struct Bert {
    name: &'static str,
    dim: usize,
    layers: usize,
    heads: usize,
    inner: usize,
    vocabulary: usize,
    positions: usize,
    types: usize,
}

const BERTS: [Bert; 3] = [
    Bert { name: "bert-a", dim: 24, layers: 1, heads: 2, inner: 40, vocabulary: 50, positions: 40, types: 2 },
    Bert { name: "bert-b", dim: 32, layers: 3, heads: 4, inner: 128, vocabulary: 70, positions: 64, types: 1 },
    Bert { name: "bert-c", dim: 60, layers: 2, heads: 5, inner: 36, vocabulary: 40, positions: 33, types: 3 },
];
const LENGTHS: [usize; 4] = [1, 7, 33, 20];

impl Bert {
    fn tensors(&self) -> Vec<Part> {
        let (dim, inner) = (self.dim, self.inner);
        let mut named: Vec<(String, Vec<usize>)> = vec![
            ("embeddings.word_embeddings.weight".to_owned(), vec![self.vocabulary, dim]),
            ("embeddings.position_embeddings.weight".to_owned(), vec![self.positions, dim]),
            ("embeddings.token_type_embeddings.weight".to_owned(), vec![self.types, dim]),
            ("embeddings.LayerNorm.weight".to_owned(), vec![dim]),
            ("embeddings.LayerNorm.bias".to_owned(), vec![dim]),
        ];
        for layer in 0..self.layers {
            let mut linear = |part: &str, shape: [usize; 2]| {
                named.push((format!("encoder.layer.{layer}.{part}.weight"), shape.to_vec()));
                named.push((format!("encoder.layer.{layer}.{part}.bias"), vec![shape[0]]));
            };
            ["query", "key", "value"].iter().for_each(|part| linear(&format!("attention.self.{part}"), [dim, dim]));
            linear("attention.output.dense", [dim, dim]);
            linear("intermediate.dense", [inner, dim]);
            linear("output.dense", [dim, inner]);
            for part in ["attention.output.LayerNorm", "output.LayerNorm"] {
                named.push((format!("encoder.layer.{layer}.{part}.weight"), vec![dim]));
                named.push((format!("encoder.layer.{layer}.{part}.bias"), vec![dim]));
            }
        }
        let part = |(name, shape): (String, Vec<usize>)| {
            Part::f32(&name, &shape, &counter::weights(self.name, &name, &shape, 0.3))
        };
        named.into_iter().map(part).collect()
    }

    fn write(&self, folder: &Path, tensors: &[Part]) {
        let config = json!({"model_type": "bert", "hidden_size": self.dim, "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads, "intermediate_size": self.inner, "vocab_size": self.vocabulary,
            "max_position_embeddings": self.positions, "type_vocab_size": self.types, "hidden_act": "gelu",
            "layer_norm_eps": 1e-12, "hidden_dropout_prob": 0.2, "attention_probs_dropout_prob": 0.3});
        fs::write(folder.join("config.json"), config.to_string()).unwrap();
        fs::write(folder.join("model.safetensors"), parts::file(tensors)).unwrap();
        fs::write(folder.join("vocab.txt"), tiny::vocab()).unwrap();
    }

    fn check(&self, model: &Model) {
        let mut packed = Packed { ids: Vec::new(), bounds: vec![0] };
        for (i, length) in LENGTHS.into_iter().enumerate() {
            packed.ids.extend(counter::ids(self.name, i, length, self.vocabulary));
            packed.bounds.push(packed.ids.len());
        }
        let got = hidden_states(&Pass::forward(model, &packed));
        let golden = Golden::read("model/convert.safetensors");
        let expected = golden.get(self.name);
        assert_eq!(got.len(), expected.len(), "{}", self.name);
        let worst = got.iter().zip(expected).map(|(got, want)| (f64::from(*got) - want).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-5, "{}: hidden states off by {worst:e}", self.name);
    }
}

#[test]
fn hidden_states_are_those_of_the_bert_it_was() {
    for bert in BERTS {
        let folder = tempfile::tempdir().unwrap();
        bert.write(folder.path(), &bert.tensors());
        let (model, has_head) = folder::read_any(folder.path(), 5).unwrap();
        assert!(!has_head);
        assert_eq!(model.head, HeadOrigin::Fresh { seed: 5 });
        assert_eq!((model.config.dropout, model.config.attention_dropout), (0.2, 0.3));
        bert.check(&model);
        // What is written is a DistilBERT like any other.
        let out = tempfile::tempdir().unwrap();
        folder::write(out.path(), &model, Precision::F32, folder.path()).unwrap();
        let (again, _) = folder::read(out.path(), 0).unwrap();
        assert_eq!(again.head, HeadOrigin::Checkpoint);
        assert_eq!(again.parameters.values(), model.parameters.values());
        bert.check(&again);
    }
}

/// The names of checkpoints of 2018: a prefix, gamma and beta, a pooler, the masked-LM head; and a question-answering head.
#[test]
fn old_names_and_heads_are_understood() {
    let bert = &BERTS[1];
    let mut tensors = bert.tensors();
    for part in &mut tensors {
        part.name = format!("bert.{}", part.name);
        part.name =
            part.name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
    }
    for name in ["bert.pooler.dense.weight", "cls.predictions.transform.LayerNorm.gamma", "cls.seq_relationship.bias"] {
        tensors.push(Part::f32(name, &[2], &[f32::NAN; 2]));
    }
    tensors.push(Part::f32("qa_outputs.weight", &[2, 32], &[0.25; 64]));
    tensors.push(Part::f32("qa_outputs.bias", &[2], &[0.5, -0.5]));
    let folder = tempfile::tempdir().unwrap();
    bert.write(folder.path(), &tensors);
    let (model, has_head) = folder::read_any(folder.path(), 5).unwrap();
    assert!(has_head);
    assert_eq!(model.parameters.tensor("qa_outputs.bias"), Some(&[0.5, -0.5][..]));
    bert.check(&model);
}

#[test]
fn what_distilbert_cannot_be_is_refused() {
    let refused = |change: fn(&mut serde_json::Value)| {
        let folder = tempfile::tempdir().unwrap();
        BERTS[0].write(folder.path(), &BERTS[0].tensors());
        let path = folder.path().join("config.json");
        let mut config = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut config);
        fs::write(&path, config.to_string()).unwrap();
        folder::read_any(folder.path(), 0).expect_err("it is accepted").to_string()
    };
    let message = refused(|config| config["layer_norm_eps"] = json!(1e-5));
    assert!(message.contains("layer_norm_eps is 1e-5, DistilBERT's is 1e-12"), "{message}");
    let message = refused(|config| config["position_embedding_type"] = json!("relative_key"));
    assert!(message.contains("position_embedding_type must be 'absolute'"), "{message}");
    let message = refused(|config| config["hidden_act"] = json!("relu"));
    assert!(message.contains("activation 'relu'"), "{message}");
    let message = refused(|config| config["model_type"] = json!("roberta"));
    assert!(message.contains("'roberta'") && message.contains("'bert'"), "{message}");
    // It is then read as what it says it is, and lacks that one's sizes.
    let message = refused(|config| config["model_type"] = json!("distilbert"));
    assert!(message.contains("dim"), "{message}");
    let message = refused(|config| config["intermediate_size"] = json!(41));
    assert!(message.contains("intermediate") || message.contains("lin1"), "{message}");
}

#[test]
fn token_types_that_are_no_numbers_are_refused() {
    let (bert, folder) = (&BERTS[0], tempfile::tempdir().unwrap());
    let mut tensors = bert.tensors();
    tensors[2] = Part::f32(&tensors[2].name.clone(), &[2, 24], &[f32::NAN; 48]);
    bert.write(folder.path(), &tensors);
    let error = folder::read_any(folder.path(), 0).expect_err("it is accepted");
    assert!(matches!(&error, FolderError::Weights { source: WeightsError::NotFinite(_), .. }), "{error}");
}
