//! A tiny model folder that a test writes for itself, and a dataset that it can learn.

use std::fs;
use std::path::Path;

use spanwise::model::{Config, Model, weights};
use spanwise::squad::Dataset;
use spanwise::squad::read::read;
use spanwise::train::TrainSettings;

/// A text with emoji and accents before the answers, and two questions about it.
pub const DATA: &str = r#"{"version": "1.1", "data": [{"title": "Lech", "paragraphs": [
    {"context": "Kolejorz 🚂🚂 from Poznań won 2-0 at home in 1983. A café stood nearby, naïve and old.", "qas": [
        {"id": "q1", "question": "What was the score?", "answers": [{"text": "2-0", "answer_start": 28}]},
        {"id": "q2", "question": "What stood nearby?", "answers": [{"text": "café", "answer_start": 51}]}]}]}]}"#;

/// The dataset of [`DATA`].
pub fn dataset() -> Dataset {
    read(DATA.as_bytes()).unwrap()
}

/// `vocab.txt` of single letters, lower case: enough to spell every text of ASCII letters.
pub fn vocab() -> String {
    let mut tokens: Vec<String> = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(str::to_owned).to_vec();
    let letters = ('!'..='~').filter(|c| !c.is_ascii_uppercase()).chain("🚂".chars());
    tokens.extend(letters.clone().map(String::from));
    tokens.extend(letters.filter(char::is_ascii_alphanumeric).map(|c| format!("##{c}")));
    tokens.extend(["what", "was", "the", "score", "stood", "nearby", "home", "at", "in", "won"].map(str::to_owned));
    tokens.join("\n") + "\n"
}

/// Config of the tiny model.
pub fn config() -> Config {
    let json = format!(
        r#"{{"model_type":"distilbert","dim":32,"n_layers":2,"n_heads":4,"hidden_dim":64,"vocab_size":{},
        "max_position_embeddings":128,"attention_dropout":0.1,"dropout":0.1,"qa_dropout":0.1,"activation":"gelu"}}"#,
        vocab().lines().count()
    );
    Config::from_json(json.as_bytes()).unwrap()
}

/// The tiny model, weights drawn.
pub fn model() -> Model {
    super::drawn(config(), 0.15)
}

/// Writes the tiny model as a Hugging Face folder, its tokenizer as `vocab.txt` alone.
pub fn write_folder(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let model = model();
    let mut bytes = Vec::new();
    weights::write(&model, weights::Precision::F32, &mut bytes).unwrap();
    fs::write(folder.join("model.safetensors"), bytes).unwrap();
    fs::write(folder.join("config.json"), model.config.to_json()).unwrap();
    fs::write(folder.join("vocab.txt"), vocab()).unwrap();
}

/// Settings of a run of so many epochs over [`DATA`], a step each.
pub fn settings(epochs: usize) -> TrainSettings {
    TrainSettings {
        epochs,
        batch_size: 2,
        max_seq_length: 64,
        doc_stride: 16,
        learning_rate: 1e-3,
        ..TrainSettings::default()
    }
}
