//! The model: config, weights, parameters, `DistilBERT`.
