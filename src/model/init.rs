//! Drawing of fresh weights: normal numbers from counters, so that a seed gives the same head everywhere.

use super::{Config, Parameters};
use crate::kernels::dropout::philox4x32;

/// Keeps the draw apart from the counters of dropout and shuffling.
const SITE: u32 = u32::MAX;

/// Draws `qa_outputs.weight` from N(0, `initializer_range`) and sets its bias to zero.
pub fn head(config: &Config, parameters: &mut Parameters, seed: u64) {
    let layout = parameters.layout().clone();
    let values = parameters.values_mut();
    normal(&mut values[layout.qa_weight.clone()], config.initializer_range, seed);
    values[layout.qa_bias.clone()].fill(0.0);
}

/// Fills `out` from N(0, `std`): Box-Muller on Philox words.
pub fn normal(out: &mut [f32], std: f64, seed: u64) {
    let key = [seed as u32, (seed >> 32) as u32];
    for (group, pair) in out.chunks_mut(2).enumerate() {
        let words = philox4x32([group as u32, 0, SITE, 0], key);
        let uniform = |high: u32, low: u32| ((u64::from(high) << 32 | u64::from(low)) >> 11) as f64;
        // (0, 1]: the logarithm of zero never comes up.
        let radius = (-2.0 * ((uniform(words[0], words[1]) + 1.0) / 9_007_199_254_740_992.0).ln()).sqrt();
        let angle = std::f64::consts::TAU * uniform(words[2], words[3]) / 9_007_199_254_740_992.0;
        let drawn = [radius * angle.cos(), radius * angle.sin()];
        pair.iter_mut().zip(drawn).for_each(|(out, value)| *out = (std * value) as f32);
    }
}
