//! Which tensors a run changes, and where their gradients and moments lie: buffers hold nothing for what stays as it is.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::kernels::dropout::philox4x32;
use crate::model::parameters::{LayerRanges, Layout};
use crate::model::{Config, Parameters};

/// Keeps the draw of adapters apart from the counters of dropout, shuffling and fresh heads.
const SITE: u32 = u32::MAX - 3;

/// What of a model is trained.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choice {
    /// The embeddings, their LayerNorm too, stay as they are.
    pub freeze_embeddings: bool,
    /// So many of the lowest layers stay as they are.
    pub freeze_layers: usize,
    /// Low-rank adapters are trained instead of the weights; the head is trained as ever.
    pub lora: Option<Lora>,
}

/// Low-rank adapters: `W + alpha / rank * B A`, with `A` `[rank, in]` drawn and `B` `[out, rank]` zero at the start.
///
/// Source: Hu et al., `LoRA`: low-rank adaptation of large language models (ICLR 2022).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lora {
    /// Rank of the product.
    pub rank: usize,
    /// Its weight, times the rank.
    pub alpha: f32,
    /// Linear layers that get an adapter.
    pub targets: Vec<Target>,
}

impl Default for Lora {
    fn default() -> Self {
        Self { rank: 8, alpha: 16.0, targets: vec![Target::QLin, Target::VLin] }
    }
}

impl Lora {
    /// Peak learning rate where the person gives none: adapters start at zero and bear, and want, larger steps than weights.
    pub const LEARNING_RATE: f64 = 1e-3;
}

/// A linear layer of each block, under its name in the checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// `attention.q_lin`
    QLin,
    /// `attention.k_lin`
    KLin,
    /// `attention.v_lin`
    VLin,
    /// `attention.out_lin`
    OutLin,
    /// `ffn.lin1`
    Lin1,
    /// `ffn.lin2`
    Lin2,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::QLin, Self::KLin, Self::VLin, Self::OutLin, Self::Lin1, Self::Lin2];

    /// Its name in the checkpoint.
    pub fn name(self) -> &'static str {
        match self {
            Self::QLin => "q_lin",
            Self::KLin => "k_lin",
            Self::VLin => "v_lin",
            Self::OutLin => "out_lin",
            Self::Lin1 => "lin1",
            Self::Lin2 => "lin2",
        }
    }

    /// The weight that it adapts.
    fn weight(self, layer: &LayerRanges, dim: usize) -> Range<usize> {
        let part = |index: usize| {
            let first = layer.qkv_weight.start + index * dim * dim;
            first..first + dim * dim
        };
        match self {
            Self::QLin => part(0),
            Self::KLin => part(1),
            Self::VLin => part(2),
            Self::OutLin => layer.out_weight.clone(),
            Self::Lin1 => layer.lin1_weight.clone(),
            Self::Lin2 => layer.lin2_weight.clone(),
        }
    }

    /// Width of its input.
    fn d_in(self, config: &Config) -> usize {
        if self == Self::Lin2 { config.hidden_dim } else { config.dim }
    }
}

/// One adapter: where its two matrices lie among the adapters' values, and the weight that they change.
#[derive(Clone, Debug, PartialEq)]
pub struct Adapter {
    /// `[rank, in]`.
    pub a: Range<usize>,
    /// `[out, rank]`.
    pub b: Range<usize>,
    /// The weight, in the parameters.
    pub weight: Range<usize>,
    /// Width of the input.
    pub d_in: usize,
}

/// The lowest block that a backward pass must reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lowest {
    /// All the way down.
    Embeddings,
    /// This layer, and not its input.
    Layer(usize),
    /// The head alone.
    Head,
}

/// The tensors that a run changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Trainable {
    /// Runs of the parameters, each with its first place in the buffers, in order.
    runs: Vec<(Range<usize>, usize)>,
    /// Adapters of each layer, by target.
    adapters: Vec<[Option<Adapter>; 6]>,
    /// First place of the adapters in the buffers; those of the weights lie before.
    adapters_at: usize,
    len: usize,
    lowest: Lowest,
    rank: usize,
    scale: f32,
}

impl Trainable {
    /// Everything.
    pub fn all(config: &Config, layout: &Layout) -> Self {
        Self::new(config, layout, &Choice::default())
    }

    /// What the choice leaves.
    pub fn new(config: &Config, layout: &Layout, choice: &Choice) -> Self {
        let frozen = choice.freeze_layers.min(layout.layers.len());
        let embeddings = choice.lora.is_none() && !choice.freeze_embeddings;
        let mut runs = Vec::new();
        let mut len = 0;
        let mut add = |run: Range<usize>| {
            let at = len;
            len += run.len();
            runs.push((run, at));
        };
        if embeddings {
            add(layout.word.start..layout.norm_bias.end);
        }
        if choice.lora.is_none() {
            layout.layers.iter().skip(frozen).for_each(|layer| add(layer.qkv_weight.start..layer.output_norm_bias.end));
        }
        add(layout.qa_weight.start..layout.qa_bias.end);
        let adapters_at = len;
        let mut adapters = vec![[const { None }; 6]; layout.layers.len()];
        if let Some(lora) = &choice.lora {
            for (layer, adapters) in layout.layers.iter().zip(&mut adapters).skip(frozen) {
                for (target, adapter) in Target::ALL.into_iter().zip(adapters).filter(|(t, _)| lora.targets.contains(t))
                {
                    let (weight, d_in) = (target.weight(layer, config.dim), target.d_in(config));
                    let first = len - adapters_at;
                    let middle = first + lora.rank * d_in;
                    let end = middle + lora.rank * weight.len() / d_in;
                    *adapter = Some(Adapter { a: first..middle, b: middle..end, weight, d_in });
                    len = adapters_at + end;
                }
            }
        }
        let lowest = match frozen {
            _ if embeddings => Lowest::Embeddings,
            layer if layer < layout.layers.len() => Lowest::Layer(layer),
            _ => Lowest::Head,
        };
        let (rank, scale) = choice.lora.as_ref().map_or((0, 0.0), |lora| (lora.rank, lora.alpha / lora.rank as f32));
        Self { runs, adapters, adapters_at, len, lowest, rank, scale }
    }

    /// Values in each of the run's buffers.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is trained; never so, since the head always is.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How far down gradients are needed.
    pub fn lowest(&self) -> Lowest {
        self.lowest
    }

    /// Where a tensor of the parameters lies in the buffers; `None` where it stays as it is.
    pub fn place(&self, tensor: &Range<usize>) -> Option<Range<usize>> {
        let (run, at) = self.runs.iter().find(|(run, _)| run.start <= tensor.start && tensor.end <= run.end)?;
        let first = at + tensor.start - run.start;
        Some(first..first + tensor.len())
    }

    /// The adapters' part of the buffers.
    pub fn adapters_place(&self) -> Range<usize> {
        self.adapters_at..self.len
    }

    /// The adapter of a linear layer.
    pub fn adapter(&self, layer: usize, target: Target) -> Option<&Adapter> {
        self.adapters[layer][target as usize].as_ref()
    }

    /// All adapters.
    pub fn adapters(&self) -> impl Iterator<Item = &Adapter> {
        self.adapters.iter().flatten().flatten()
    }

    /// Factor of each adapter's product, `alpha / rank`.
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// Rank of the adapters.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// Values that adapters start with: `A` uniform within one over the root of its width, `B` zero.
    pub fn fresh_adapters(&self, seed: u64) -> Vec<f32> {
        let mut values = vec![0.0; self.len - self.adapters_at];
        let key = [seed as u32, (seed >> 32) as u32];
        for adapter in self.adapters() {
            let bound = 1.0 / (adapter.d_in as f64).sqrt();
            for i in adapter.a.clone() {
                let word = philox4x32([i as u32, 0, SITE, 0], key)[0];
                values[i] = (bound * (f64::from(word) / f64::from(u32::MAX) * 2.0 - 1.0)) as f32;
            }
        }
        values
    }

    /// Sets the adapted weights to those of `base` plus their adapters' products.
    pub fn merge(&self, base: &Parameters, adapters: &[f32], into: &mut Parameters) {
        let into = into.values_mut();
        for Adapter { a, b, weight, d_in } in self.adapters() {
            let out = &mut into[weight.clone()];
            out.copy_from_slice(base.at(weight));
            crate::kernels::lora::add_product(&adapters[a.clone()], &adapters[b.clone()], *d_in, self.scale, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let json = r#"{"model_type":"distilbert","dim":8,"n_layers":3,"n_heads":2,"hidden_dim":16,"vocab_size":20,
            "max_position_embeddings":10}"#;
        Config::from_json(json.as_bytes()).unwrap()
    }

    #[test]
    fn everything_lies_where_it_lies_in_the_parameters() {
        let (config, layout) = (config(), Layout::new(&config()));
        let all = Trainable::all(&config, &layout);
        assert_eq!((all.len(), all.lowest()), (layout.len(), Lowest::Embeddings));
        assert!(layout.specs.iter().all(|spec| all.place(&spec.range) == Some(spec.range.clone())));
    }

    #[test]
    fn frozen_tensors_have_no_place_and_the_others_follow_each_other() {
        let (config, layout) = (config(), Layout::new(&config()));
        for (freeze_embeddings, freeze_layers, lowest) in [
            (true, 0, Lowest::Layer(0)),
            (true, 2, Lowest::Layer(2)),
            (true, 9, Lowest::Head),
            (false, 2, Lowest::Embeddings),
        ] {
            let choice = Choice { freeze_embeddings, freeze_layers, lora: None };
            let trainable = Trainable::new(&config, &layout, &choice);
            assert_eq!(trainable.lowest(), lowest, "{choice:?}");
            let mut end = 0;
            for spec in &layout.specs {
                let layer = spec.name.split('.').nth(3).and_then(|word| word.parse::<usize>().ok());
                let frozen = layer.is_some_and(|layer| layer < freeze_layers)
                    || freeze_embeddings && spec.name.contains("embeddings");
                let place = trainable.place(&spec.range);
                assert_eq!(place.is_none(), frozen, "{} with {choice:?}", spec.name);
                if let Some(place) = place {
                    assert_eq!((place.start, place.len()), (end, spec.range.len()), "{}", spec.name);
                    end = place.end;
                }
            }
            assert_eq!(trainable.len(), end);
        }
    }

    #[test]
    fn adapters_train_beside_the_head_alone() {
        let (config, layout) = (config(), Layout::new(&config()));
        let lora = Lora { rank: 2, alpha: 4.0, targets: vec![Target::VLin, Target::Lin2] };
        let choice = Choice { freeze_layers: 1, lora: Some(lora), ..Choice::default() };
        let trainable = Trainable::new(&config, &layout, &choice);
        assert_eq!((trainable.lowest(), trainable.scale()), (Lowest::Layer(1), 2.0));
        // Head 2 x 8 + 2; a layer's v_lin 2 x 8 and 8 x 2, its lin2 2 x 16 and 8 x 2.
        assert_eq!((trainable.len(), trainable.adapters_place()), (18 + 2 * (32 + 48), 18..18 + 160));
        assert!(trainable.adapter(0, Target::VLin).is_none() && trainable.adapter(1, Target::QLin).is_none());
        let adapter = trainable.adapter(2, Target::VLin).unwrap();
        let v_lin = layout.get("distilbert.transformer.layer.2.attention.v_lin.weight").unwrap();
        assert_eq!(adapter.weight, v_lin.range);
        let values = trainable.fresh_adapters(7);
        assert!(values[adapter.a.clone()].iter().all(|value| *value != 0.0 && value.abs() <= 8f32.powf(-0.5)));
        assert!(values[adapter.b.clone()].iter().all(|value| *value == 0.0));
        assert_ne!(values, trainable.fresh_adapters(8));
    }
}
