//! Numbers that Python and Rust make alike; the twin is `tests/golden/counter.py`.

use spanwise::model::HeadOrigin;
use spanwise::model::{Config, Model, Parameters};

/// FNV-1a, 64 bits.
pub fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |value, byte| (value ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
}

/// splitmix64 seeded with the hash of a key.
pub fn words(key: &str) -> impl Iterator<Item = u64> + use<> {
    let seed = fnv1a(key.as_bytes());
    (1u64..).map(move |index| {
        let z = seed.wrapping_add(index.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    })
}

/// Values uniform in `-scale..scale`.
pub fn uniform(key: &str, scale: f32) -> impl Iterator<Item = f32> + use<> {
    words(key).map(move |word| ((word >> 40) as f32 / 8_388_608.0 - 1.0) * scale)
}

/// The tensor `name` of the golden model `model`: matrices by `scale`, biases small, LayerNorm's weights near 1.
pub fn weights(model: &str, name: &str, shape: &[usize], scale: f32) -> Vec<f32> {
    let (key, count) = (format!("{model}/{name}"), shape.iter().product());
    if name.to_lowercase().contains("norm.weight") {
        uniform(&key, 0.25).take(count).map(|value| 1.0 + value).collect()
    } else {
        uniform(&key, if shape.len() == 1 { 0.1 } else { scale }).take(count).collect()
    }
}

/// A golden model.
pub fn model(name: &str, config: &str, scale: f32) -> Model {
    let config = Config::from_json(config.as_bytes()).unwrap();
    let mut parameters = Parameters::zeros(&config);
    for spec in &parameters.layout().clone().specs {
        let values = weights(name, &spec.name, &spec.shape, scale);
        parameters.values_mut()[spec.range.clone()].copy_from_slice(&values);
    }
    Model { config, parameters, head: HeadOrigin::Checkpoint }
}

/// Token ids of the golden sequence `index`.
pub fn ids(model: &str, index: usize, length: usize, vocab_size: usize) -> Vec<u32> {
    words(&format!("{model}/ids/{index}")).take(length).map(|word| (word % vocab_size as u64) as u32).collect()
}

/// Eight sums of `values` under random signs: bit `i` of the element's word is the sign of projection `i`.
pub fn projections(values: &[f32], name: &str) -> [f64; 8] {
    let mut sums = [0.0; 8];
    for (value, word) in values.iter().zip(words(&format!("sign/{name}"))) {
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum += if word >> i & 1 == 1 { -f64::from(*value) } else { f64::from(*value) };
        }
    }
    sums
}

/// Places of the 64 elements that the golden file holds of a tensor of `size`.
pub fn sampled(size: usize, name: &str) -> Vec<usize> {
    words(&format!("sample/{name}")).take(64).map(|word| (word % size as u64) as usize).collect()
}
