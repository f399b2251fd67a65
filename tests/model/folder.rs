//! Model folders: what is read, what is written, what is said where something is missing.

use std::fs;

use serde_json::{Value, json};
use spanwise::model::folder::{read, write};
use spanwise::model::weights::Precision;
use spanwise::model::{Config, ConfigError};

use crate::support::{shared, tiny};

#[test]
fn a_folder_is_written_as_hugging_face_tools_read_it() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    tiny::write_folder(from.path());
    let mut config: Value = serde_json::from_slice(&fs::read(from.path().join("config.json")).unwrap()).unwrap();
    config["seq_classif_dropout"] = json!(0.2);
    config["dtype"] = json!("float16");
    config["architectures"] = json!(["DistilBertForMaskedLM"]);
    fs::write(from.path().join("config.json"), config.to_string()).unwrap();
    fs::write(from.path().join("special_tokens_map.json"), "{ \"unk_token\": \"[UNK]\" }\n").unwrap();
    let (model, _) = read(from.path(), 0).unwrap();
    write(&to.path().join("new"), &model, Precision::F32, from.path()).unwrap();
    let file = |name: &str| fs::read(to.path().join("new").join(name)).unwrap();
    let written: Value = serde_json::from_slice(&file("config.json")).unwrap();
    assert_eq!(written["architectures"], json!(["DistilBertForQuestionAnswering"]));
    assert_eq!((&written["seq_classif_dropout"], &written["dtype"]), (&json!(0.2), &json!("float32")));
    assert_eq!(written["dropout"], json!(0.1), "0.1 must not become 0.10000000149");
    for name in ["vocab.txt", "special_tokens_map.json"] {
        assert!(file(name) == fs::read(from.path().join(name)).unwrap(), "{name} is not copied byte by byte");
    }
}

#[test]
fn writing_over_the_folder_that_was_read_keeps_the_tokenizer() {
    let folder = tempfile::tempdir().unwrap();
    tiny::write_folder(folder.path());
    let (model, _) = read(folder.path(), 0).unwrap();
    write(folder.path(), &model, Precision::F32, folder.path()).unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("vocab.txt")).unwrap(), tiny::vocab());
    read(folder.path(), 0).unwrap();
}

#[test]
fn what_is_missing_is_named() {
    for (name, said) in
        [("config.json", "config.json"), ("model.safetensors", "model.safetensors"), ("vocab.txt", "no tokenizer")]
    {
        let folder = tempfile::tempdir().unwrap();
        tiny::write_folder(folder.path());
        fs::remove_file(folder.path().join(name)).unwrap();
        let message = read(folder.path(), 0).err().expect("it is read").to_string();
        assert!(message.contains(said), "without {name}: {message}");
    }
}

#[test]
fn the_reference_checkpoint_reads() {
    let Some(folder) = shared("models/minilm-qa-reference") else { return };
    let (model, tokenizer) = read(&folder, 0).unwrap();
    assert_eq!(model.parameters.layout().specs.len(), 102);
    assert_eq!(tokenizer.vocab_size(), model.config.vocab_size);
    assert!(tokenizer.is_lowercase());
}

#[test]
fn configs_that_no_model_can_have_are_refused() {
    let good = json!({"model_type": "distilbert", "dim": 8, "n_layers": 1, "n_heads": 2, "hidden_dim": 8,
        "vocab_size": 9, "max_position_embeddings": 9});
    let refused = |key: &str, value: Value| {
        let mut config = good.clone();
        config[key] = value;
        let read = Config::from_json(config.to_string().as_bytes());
        read.err().unwrap_or_else(|| panic!("{key}: {config} is accepted")).to_string()
    };
    Config::from_json(good.to_string().as_bytes()).unwrap();
    for (key, value, said) in [
        ("dim", json!(9), "dim 9 is not a multiple of n_heads 2"),
        ("dim", json!(0), "dim is 0"),
        ("n_layers", json!(257), "n_layers is 257"),
        ("vocab_size", json!(u64::MAX), "vocab_size is"),
        ("hidden_dim", json!(-3), "cannot be read"),
        ("n_heads", json!("2"), "cannot be read"),
        ("dropout", json!(1.0), "dropout is 1"),
        ("qa_dropout", json!(-0.1), "qa_dropout is -0.1"),
        ("initializer_range", json!(0.0), "initializer_range must be"),
        ("activation", json!("relu"), "activation 'relu'"),
        ("model_type", json!("bert"), "spanwise convert"),
        ("model_type", json!("gpt2"), "'gpt2'"),
        ("model_type", json!(7), "model_type"),
    ] {
        let message = refused(key, value);
        assert!(message.contains(said), "{key}: {message}");
    }
    assert!(matches!(Config::from_json(b"PK\x03\x04"), Err(ConfigError::Json(_))));
    assert!(matches!(Config::from_json(b"[]"), Err(ConfigError::Sizes(_))));
}
