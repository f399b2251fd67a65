//! What a run takes of memory, before it is started.

use crate::model::{Config, Layout};
use crate::nn::Trainable;
use crate::nn::trainable::Lowest;

const F32: usize = 4;

/// A worker with a model loaded, beside the weights: code, stacks, tokenizer, panels of the multiplications.
const WORKER_BYTES: usize = 40 << 20;

/// Bytes at the peak of a run over kernels: `micro_batch` is the most tokens that one holds, `keeps_base` says whether the weights as
/// they were loaded are kept beside those that are trained, `has_folds` whether folds are trained beside the finished run.
///
/// Gradient and both moments exist for what is trained alone. A micro-batch keeps, for each token and layer that a backward pass
/// reaches: queries, keys, values, context, both normalised sums, both results (8 widths) and the input of GELU (the hidden width);
/// while one feed-forward block runs backward, GELU's result, its gradient and four more widths come on top.
pub fn peak_bytes(
    config: &Config,
    trainable: &Trainable,
    micro_batch: usize,
    keeps_base: bool,
    has_folds: bool,
) -> u64 {
    let weights = Layout::new(config).len();
    let copies = if keeps_base || trainable.rank() > 0 { 2 } else { 1 };
    let (dim, hidden) = (config.dim, config.hidden_dim);
    let layers = match trainable.lowest() {
        Lowest::Embeddings => config.n_layers,
        Lowest::Layer(lowest) => config.n_layers - lowest,
        Lowest::Head => 0,
    };
    let a_token = layers * (8 * dim + hidden) + 2 * dim + 2 * hidden + 4 * dim;
    // A fold has weights, gradient and moments of its own; what it trained is then read beside the way from the base to it.
    let fold = if has_folds { weights + weights.max(3 * trainable.len()) } else { 0 };
    let values =
        copies * weights + fold + 3 * trainable.len() + trainable.adapters_place().len() + micro_batch * a_token;
    (values * F32 + WORKER_BYTES) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::{Choice, Lora};

    #[test]
    fn what_is_frozen_takes_no_gradient_and_no_moments() {
        let json = r#"{"model_type":"distilbert","dim":768,"n_layers":6,"n_heads":12,"hidden_dim":3072,"vocab_size":28996,
            "max_position_embeddings":512}"#;
        let config = Config::from_json(json.as_bytes()).unwrap();
        let layout = Layout::new(&config);
        let gib = |choice: Choice| {
            let trainable = Trainable::new(&config, &layout, &choice);
            peak_bytes(&config, &trainable, 384, true, false) as f64 / f64::from(1 << 30)
        };
        let whole_trainable = Trainable::new(&config, &layout, &Choice::default());
        let bytes = |has_folds: bool| peak_bytes(&config, &whole_trainable, 384, true, has_folds);
        // Weights, gradient and moments once more.
        assert_eq!(bytes(true) - bytes(false), (4 * F32 * layout.len()) as u64);
        let whole = gib(Choice::default());
        let frozen = gib(Choice { freeze_embeddings: true, ..Choice::default() });
        let half = gib(Choice { freeze_embeddings: true, freeze_layers: 3, ..Choice::default() });
        let lora = gib(Choice { lora: Some(Lora::default()), ..Choice::default() });
        assert!((1.25..1.5).contains(&whole), "{whole}");
        assert!(frozen < 0.85 * whole && half < 0.9 * frozen && lora < 0.8 * half, "{whole} {frozen} {half} {lora}");
    }
}
