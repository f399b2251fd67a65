//! The weights as one flat buffer, with the place of each tensor.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::Config;

/// One tensor of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// Key in the checkpoint.
    pub name: String,
    /// Shape.
    pub shape: Vec<usize>,
    /// Place in the flat buffer.
    pub range: Range<usize>,
    /// Whether weight decay applies: not to biases and LayerNorm.
    pub decay: bool,
}

/// Places of one layer's tensors. Query, key and value lie side by side, so that one multiplication makes all three.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerRanges {
    /// `[3 dim, dim]`: `q_lin`, `k_lin`, `v_lin`.
    pub qkv_weight: Range<usize>,
    /// `[3 dim]`.
    pub qkv_bias: Range<usize>,
    /// `[dim, dim]`.
    pub out_weight: Range<usize>,
    /// `[dim]`.
    pub out_bias: Range<usize>,
    /// `[dim]`.
    pub sa_norm_weight: Range<usize>,
    /// `[dim]`.
    pub sa_norm_bias: Range<usize>,
    /// `[hidden_dim, dim]`.
    pub lin1_weight: Range<usize>,
    /// `[hidden_dim]`.
    pub lin1_bias: Range<usize>,
    /// `[dim, hidden_dim]`.
    pub lin2_weight: Range<usize>,
    /// `[dim]`.
    pub lin2_bias: Range<usize>,
    /// `[dim]`.
    pub output_norm_weight: Range<usize>,
    /// `[dim]`.
    pub output_norm_bias: Range<usize>,
}

/// All tensors of a model and their places.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The tensors in the order of the buffer.
    pub specs: Vec<Spec>,
    /// `[vocab_size, dim]`.
    pub word: Range<usize>,
    /// `[max_position_embeddings, dim]`.
    pub position: Range<usize>,
    /// `[dim]`.
    pub norm_weight: Range<usize>,
    /// `[dim]`.
    pub norm_bias: Range<usize>,
    /// The layers.
    pub layers: Vec<LayerRanges>,
    /// `[2, dim]`: row 0 start, row 1 end.
    pub qa_weight: Range<usize>,
    /// `[2]`.
    pub qa_bias: Range<usize>,
    by_name: HashMap<String, usize>,
}

#[derive(Default)]
struct Builder {
    specs: Vec<Spec>,
    len: usize,
}

impl Builder {
    fn push(&mut self, name: String, shape: &[usize]) -> Range<usize> {
        let range = self.len..self.len + shape.iter().product::<usize>();
        let decay = shape.len() > 1;
        self.len = range.end;
        self.specs.push(Spec { name, shape: shape.to_vec(), range: range.clone(), decay });
        range
    }

    fn layer(&mut self, index: usize, config: &Config) -> LayerRanges {
        let (dim, hidden) = (config.dim, config.hidden_dim);
        let mut push =
            |name: &str, shape: &[usize]| self.push(format!("distilbert.transformer.layer.{index}.{name}"), shape);
        let mut side_by_side = |suffix: &str, shape: &[usize]| {
            let q = push(&format!("attention.q_lin.{suffix}"), shape);
            push(&format!("attention.k_lin.{suffix}"), shape);
            let v = push(&format!("attention.v_lin.{suffix}"), shape);
            q.start..v.end
        };
        let qkv_weight = side_by_side("weight", &[dim, dim]);
        let qkv_bias = side_by_side("bias", &[dim]);
        LayerRanges {
            qkv_weight,
            qkv_bias,
            out_weight: push("attention.out_lin.weight", &[dim, dim]),
            out_bias: push("attention.out_lin.bias", &[dim]),
            sa_norm_weight: push("sa_layer_norm.weight", &[dim]),
            sa_norm_bias: push("sa_layer_norm.bias", &[dim]),
            lin1_weight: push("ffn.lin1.weight", &[hidden, dim]),
            lin1_bias: push("ffn.lin1.bias", &[hidden]),
            lin2_weight: push("ffn.lin2.weight", &[dim, hidden]),
            lin2_bias: push("ffn.lin2.bias", &[dim]),
            output_norm_weight: push("output_layer_norm.weight", &[dim]),
            output_norm_bias: push("output_layer_norm.bias", &[dim]),
        }
    }
}

impl Layout {
    /// The layout of a config's model.
    pub fn new(config: &Config) -> Self {
        let mut builder = Builder::default();
        let dim = config.dim;
        let embeddings = |name: &str| format!("distilbert.embeddings.{name}");
        let word = builder.push(embeddings("word_embeddings.weight"), &[config.vocab_size, dim]);
        let position = builder.push(embeddings("position_embeddings.weight"), &[config.max_position_embeddings, dim]);
        let norm_weight = builder.push(embeddings("LayerNorm.weight"), &[dim]);
        let norm_bias = builder.push(embeddings("LayerNorm.bias"), &[dim]);
        let layers = (0..config.n_layers).map(|index| builder.layer(index, config)).collect();
        let qa_weight = builder.push("qa_outputs.weight".to_owned(), &[2, dim]);
        let qa_bias = builder.push("qa_outputs.bias".to_owned(), &[2]);
        let by_name = builder.specs.iter().enumerate().map(|(i, spec)| (spec.name.clone(), i)).collect();
        Self { specs: builder.specs, word, position, norm_weight, norm_bias, layers, qa_weight, qa_bias, by_name }
    }

    /// Number of values in all tensors.
    pub fn len(&self) -> usize {
        self.qa_bias.end
    }

    /// Whether the model has no tensors; never so.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Place in `specs` of the tensor of that name.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The tensor of that name.
    pub fn get(&self, name: &str) -> Option<&Spec> {
        self.index(name).map(|index| &self.specs[index])
    }
}

/// The weights. Clones share the buffer until one of them is written to.
#[derive(Clone, Debug)]
pub struct Parameters {
    layout: Arc<Layout>,
    values: Arc<Vec<f32>>,
}

impl Parameters {
    /// All zeros.
    pub fn zeros(config: &Config) -> Self {
        let layout = Layout::new(config);
        let values = vec![0.0; layout.len()];
        Self { layout: Arc::new(layout), values: Arc::new(values) }
    }

    /// Places of the tensors.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// All values.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All values, to be written; copies them first where another clone still shares them.
    pub fn values_mut(&mut self) -> &mut [f32] {
        let values: &mut Vec<f32> = Arc::make_mut(&mut self.values);
        values
    }

    /// Values of one range of the layout.
    pub fn at(&self, range: &Range<usize>) -> &[f32] {
        &self.values[range.clone()]
    }

    /// Values of the tensor of that name.
    pub fn tensor(&self, name: &str) -> Option<&[f32]> {
        self.layout.get(name).map(|spec| self.at(&spec.range))
    }

    /// Whether two sets of weights share one buffer.
    pub fn is_shared_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.values, &other.values)
    }
}
