//! `config.json` of a Hugging Face `DistilBERT`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::BatchError;
use crate::text::batch::Packed;

/// Shape and dropout of the model. Fields that Spanwise does not use are kept and written back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Width.
    pub dim: usize,
    /// Number of layers.
    pub n_layers: usize,
    /// Attention heads.
    pub n_heads: usize,
    /// Width of the feed-forward layer.
    pub hidden_dim: usize,
    /// Number of word embeddings.
    pub vocab_size: usize,
    /// Longest sequence, in tokens.
    pub max_position_embeddings: usize,
    /// Dropout after the embeddings and the feed-forward layers.
    #[serde(default = "tenth")]
    pub dropout: f32,
    /// Dropout of the attention weights.
    #[serde(default = "tenth")]
    pub attention_dropout: f32,
    /// Dropout before the head.
    #[serde(default = "tenth")]
    pub qa_dropout: f32,
    /// Standard deviation that a fresh head is drawn with.
    #[serde(default = "fiftieth")]
    pub initializer_range: f64,
    /// Id of `[PAD]`.
    #[serde(default)]
    pub pad_token_id: u32,
    /// Activation of the feed-forward layer; only `gelu` is read.
    #[serde(default = "gelu")]
    pub activation: String,
    /// Must be `distilbert`.
    pub model_type: String,
    /// All other fields.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

fn tenth() -> f32 {
    0.1
}

fn fiftieth() -> f64 {
    0.02
}

fn gelu() -> String {
    "gelu".to_owned()
}

/// Why a `config.json` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not JSON, or a field is missing or of the wrong type.
    #[error("config.json cannot be read: {0}. Take the config.json that belongs to model.safetensors")]
    Json(#[from] serde_json::Error),
    /// Another architecture.
    #[error("config.json describes a model of type '{0}', Spanwise reads 'distilbert'. {1}")]
    ModelType(String, &'static str),
    /// Another activation.
    #[error("config.json names the activation '{0}', Spanwise knows 'gelu'")]
    Activation(String),
    /// Sizes that no model can have.
    #[error("config.json: {0}")]
    Sizes(String),
}

/// Largest number that one size in a config may be: keeps products inside 64 bits, far beyond every model there is.
const MAX_SIZE: usize = 1 << 22;

impl Config {
    /// Reads and checks `config.json`.
    ///
    /// # Errors
    /// Where the file is no JSON, describes another architecture, or has sizes that no model can have.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ConfigError> {
        let value: Value = serde_json::from_slice(bytes)?;
        // Told apart before the fields are read, since another architecture names its sizes differently.
        match value.get("model_type").and_then(Value::as_str) {
            Some("distilbert") => {}
            Some("bert") => {
                let remedy = "`spanwise convert` turns a BERT whose token types are all 0 into DistilBERT's layout";
                return Err(ConfigError::ModelType("bert".to_owned(), remedy));
            }
            Some(other) => return Err(ConfigError::ModelType(other.to_owned(), "Choose a DistilBERT model")),
            None => return Err(ConfigError::Sizes("the field model_type is missing".to_owned())),
        }
        let config: Self = serde_json::from_value(value)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let sizes = [
            ("dim", self.dim),
            ("n_layers", self.n_layers),
            ("n_heads", self.n_heads),
            ("hidden_dim", self.hidden_dim),
            ("vocab_size", self.vocab_size),
            ("max_position_embeddings", self.max_position_embeddings),
        ];
        if let Some((name, size)) = sizes.into_iter().find(|(_, size)| !(1..=MAX_SIZE).contains(size)) {
            return Err(ConfigError::Sizes(format!("{name} is {size}, expected 1 to {MAX_SIZE}")));
        }
        if self.n_layers > 256 {
            return Err(ConfigError::Sizes(format!("n_layers is {}, expected at most 256", self.n_layers)));
        }
        if !self.dim.is_multiple_of(self.n_heads) {
            let message = format!("dim {} is not a multiple of n_heads {}", self.dim, self.n_heads);
            return Err(ConfigError::Sizes(message));
        }
        for (name, p) in
            [("dropout", self.dropout), ("attention_dropout", self.attention_dropout), ("qa_dropout", self.qa_dropout)]
        {
            if !(0.0..1.0).contains(&p) {
                return Err(ConfigError::Sizes(format!("{name} is {p}, expected 0 up to but not 1")));
            }
        }
        if !(self.initializer_range.is_finite() && self.initializer_range > 0.0) {
            return Err(ConfigError::Sizes("initializer_range must be a positive number".to_owned()));
        }
        if self.activation == "gelu" { Ok(()) } else { Err(ConfigError::Activation(self.activation.clone())) }
    }

    /// `config.json` of the fine-tuned model: all fields as they were read, with the architecture of question answering.
    pub fn to_json(&self) -> String {
        let mut written = self.clone();
        written.extra.insert("architectures".to_owned(), json!(["DistilBertForQuestionAnswering"]));
        // The exported weights are F32, whatever was read.
        for key in ["dtype", "torch_dtype"] {
            if let Some(value) = written.extra.get_mut(key) {
                *value = json!("float32");
            }
        }
        // Serialising maps of strings, numbers and JSON values into a string cannot fail.
        serde_json::to_string_pretty(&written).unwrap_or_default()
    }

    /// Checks a batch before kernels read tables by its ids.
    ///
    /// # Errors
    /// Where an id or a length exceeds the model's tables.
    pub fn check_batch(&self, packed: &Packed) -> Result<(), BatchError> {
        let vocab_size = self.vocab_size;
        if let Some(id) = packed.ids.iter().copied().find(|id| *id as usize >= vocab_size) {
            return Err(BatchError::Token { id, vocab_size });
        }
        let max = self.max_position_embeddings;
        let longest = packed.ranges().map(|rows| rows.len()).max().unwrap_or(0);
        if longest > max { Err(BatchError::TooLong { tokens: longest, max }) } else { Ok(()) }
    }

    /// Width of one attention head.
    pub fn head_dim(&self) -> usize {
        self.dim / self.n_heads
    }
}
