//! Single kernels at the shapes of a training step, for the profile.

use spanwise::kernels::attention::{self, Shape};
use spanwise::kernels::dropout::Dropout;
use spanwise::kernels::{adamw, gelu, layer_norm, linear, reduce};
use spanwise::model::{Config, Layout};

use crate::{seconds, values};

/// Seconds of one call of the kernel of that name, for `sequences` of `length` tokens and a model of that width.
///
/// # Panics
/// Where nothing has that name.
pub fn kernel(name: &str, config: &Config, [sequences, length]: [usize; 2], repeats: u32) -> f64 {
    let (dim, heads, hidden) = (config.dim, config.n_heads, config.hidden_dim);
    let parameters = Layout::new(config).len();
    let tokens = sequences * length;
    let bounds: Vec<usize> = (0..=sequences).map(|i| i * length).collect();
    let shape = Shape { bounds: &bounds, heads, dim, max_positions: 512, first_row: 0 };
    let dropout = Dropout::new(0.1, 1, 1, 1);
    let ones = vec![1.0; hidden.max(3 * dim)];
    match name {
        "attention" => {
            let qkv = values(tokens * 3 * dim);
            seconds(repeats, || drop(attention::forward(shape, &qkv, dropout)))
        }
        "attention, backward" => {
            let (qkv, gradient) = (values(tokens * 3 * dim), values(tokens * dim));
            let (context, log_sums) = attention::forward(shape, &qkv, dropout);
            seconds(repeats, || drop(attention::backward(shape, &qkv, &context, &log_sums, &gradient, dropout)))
        }
        "GELU" => {
            let x = values(tokens * hidden);
            seconds(repeats, || drop(gelu::forward(&x)))
        }
        "GELU, backward" => {
            let (mut x, mut gradient) = (values(tokens * hidden), values(tokens * hidden));
            seconds(repeats, || gelu::backward(&mut gradient, &mut x))
        }
        "LayerNorm" => {
            let x = values(tokens * dim);
            seconds(repeats, || drop(layer_norm::forward(x.clone(), Some(&x), &ones[..dim], &ones[..dim])))
        }
        "LayerNorm, backward" => {
            let (_, saved) = layer_norm::forward(values(tokens * dim), None, &ones[..dim], &ones[..dim]);
            let (mut weight, mut bias, mut gradient) = (vec![0.0; dim], vec![0.0; dim], values(tokens * dim));
            seconds(repeats, || {
                layer_norm::backward(&mut gradient, &saved, &ones[..dim], Some([&mut weight, &mut bias]));
            })
        }
        "dropout" => {
            let mut x = values(tokens * dim);
            seconds(repeats, || dropout.iter().for_each(|dropout| dropout.apply(&mut x, dim, 0)))
        }
        "linear" => {
            let (x, weight) = (values(tokens * dim), values(dim * hidden));
            seconds(repeats, || drop(linear::forward(&x, &weight, &ones[..hidden], dim)))
        }
        "norm of the gradient" => {
            let gradient = values(parameters);
            seconds(repeats, || {
                std::hint::black_box(reduce::sum_of_squares(&gradient));
            })
        }
        "AdamW" => {
            let update = adamw::Update {
                learning_rate: 1e-5,
                beta1: 0.9,
                beta2: 0.999,
                epsilon: 1e-8,
                weight_decay: 0.01,
                correction1: 0.1,
                correction2_sqrt: 0.03,
                gradient_scale: 1.0,
            };
            let [mut weights, mut gradient] = [values(parameters), values(parameters)];
            let [mut first, mut second] = [vec![0.0; parameters], vec![0.0; parameters]];
            seconds(repeats, || adamw::step(update, &mut weights, &mut gradient, &mut first, &mut second))
        }
        other => panic!("unknown kernel {other}"),
    }
}
