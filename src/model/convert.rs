//! BERT into `DistilBERT`'s layout: a BERT whose token types are all 0 *is* a `DistilBERT` once row 0 of the token type
//! embeddings is added to the position embeddings and the pooler is dropped.

use serde_json::{Map, Value, json};

use super::config::ConfigError;
use super::{Config, Weights};
use crate::kernels::math::axpy;

/// Name under which [`distilbert_name`] passes on the token type embeddings.
pub(super) const TOKEN_TYPES: &str = "token_type_embeddings";

/// Whether a `config.json` is that of a `DistilBERT`, which has nothing to be converted.
pub fn is_distilbert(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes).is_ok_and(|config| config["model_type"] == "distilbert")
}

/// The config of the `DistilBERT` that a BERT with this `config.json` becomes.
///
/// # Errors
/// Where the file is no JSON, a size is missing, or the model does what `DistilBERT` cannot.
pub fn config(bytes: &[u8]) -> Result<Config, ConfigError> {
    let bert: Map<String, Value> = serde_json::from_slice(bytes)?;
    let text = |key: &str| bert.get(key).and_then(Value::as_str);
    match text("model_type") {
        Some("bert") => {}
        other => return Err(ConfigError::ModelType(other.unwrap_or("unknown").to_owned(), "convert reads 'bert'")),
    }
    if text("position_embedding_type").is_some_and(|kind| kind != "absolute") {
        return Err(ConfigError::Sizes("position_embedding_type must be 'absolute'".to_owned()));
    }
    let epsilon = bert.get("layer_norm_eps").and_then(Value::as_f64).unwrap_or(1e-12);
    if (epsilon - 1e-12).abs() > 1e-15 {
        return Err(ConfigError::Sizes(format!("layer_norm_eps is {epsilon:e}, DistilBERT's is 1e-12")));
    }
    let mut config = Map::new();
    let renamed = [
        ("hidden_size", "dim"),
        ("num_hidden_layers", "n_layers"),
        ("num_attention_heads", "n_heads"),
        ("intermediate_size", "hidden_dim"),
        ("vocab_size", "vocab_size"),
        ("max_position_embeddings", "max_position_embeddings"),
        ("hidden_act", "activation"),
        ("hidden_dropout_prob", "dropout"),
        ("attention_probs_dropout_prob", "attention_dropout"),
        ("initializer_range", "initializer_range"),
        ("pad_token_id", "pad_token_id"),
    ];
    for (from, to) in renamed {
        if let Some(value) = bert.get(from) {
            config.insert(to.to_owned(), value.clone());
        }
    }
    config.insert("model_type".to_owned(), json!("distilbert"));
    config.insert("sinusoidal_pos_embds".to_owned(), json!(false));
    config.insert("tie_weights_".to_owned(), json!(true));
    Config::from_json(Value::Object(config).to_string().as_bytes())
}

/// The name in `DistilBERT`'s layout of one of BERT's tensors; `None` for those that it has no place for.
pub(super) fn distilbert_name(name: &str) -> Option<String> {
    let name = name.strip_prefix("bert.").unwrap_or(name);
    if name.starts_with("qa_outputs.") {
        return Some(name.to_owned());
    }
    if let Some(rest) = name.strip_prefix("embeddings.") {
        return match rest {
            "token_type_embeddings.weight" => Some(TOKEN_TYPES.to_owned()),
            // Old checkpoints name LayerNorm's two after the paper.
            _ => Some(format!("distilbert.embeddings.{}", modern(rest))),
        };
    }
    let (layer, rest) = name.strip_prefix("encoder.layer.")?.split_once('.')?;
    let (part, kind) = rest.rsplit_once('.')?;
    let part = match part {
        "attention.self.query" => "attention.q_lin",
        "attention.self.key" => "attention.k_lin",
        "attention.self.value" => "attention.v_lin",
        "attention.output.dense" => "attention.out_lin",
        "attention.output.LayerNorm" => "sa_layer_norm",
        "intermediate.dense" => "ffn.lin1",
        "output.dense" => "ffn.lin2",
        "output.LayerNorm" => "output_layer_norm",
        _ => return None,
    };
    Some(format!("distilbert.transformer.layer.{layer}.{part}.{}", modern(kind)))
}

fn modern(name: &str) -> String {
    name.replace("gamma", "weight").replace("beta", "bias")
}

/// Adds the token type's embedding to every position's.
pub fn fold_token_type(config: &Config, weights: &mut Weights) {
    let range = weights.parameters.layout().position.clone();
    let token_type = std::mem::take(&mut weights.token_type);
    if token_type.is_empty() {
        return;
    }
    let positions = &mut weights.parameters.values_mut()[range];
    positions.chunks_exact_mut(config.dim).for_each(|row| axpy(1.0, &token_type, row));
}
