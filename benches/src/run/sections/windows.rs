//! The windows that steps are timed over.

use std::fs;

use serde_json::json;
use spanwise::squad::Dataset;
use spanwise::squad::read::read;
use spanwise::text::features::train_features;
use spanwise::text::tokenizer::Tokenizer;

use super::super::Setting;

/// Windows of a step.
pub const BATCH: usize = 8;
/// Tokens of a full window.
pub const LENGTH: usize = 384;
/// Batches of real windows.
pub const BATCHES: usize = 200;
/// Each model is timed on every so many of them: all of DistilBERT-base's would take an hour.
pub const EVERY: [usize; 2] = [4, 1];

/// Windows of 384 tokens, two batches.
pub fn full() -> Vec<Vec<u32>> {
    (0..2 * BATCH).map(|i| (0..LENGTH).map(|j| 1000 + ((i * 997 + j * 37) % 20_000) as u32).collect()).collect()
}

/// Writes windows that are full, for the browser: `full.json`.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_full(setting: &Setting) -> Result<(), String> {
    write(setting, "full.json", &full()).map(drop)
}

/// Writes the sample's windows to where the browser reads them; how many tokens they have.
///
/// # Errors
/// Where a file cannot be read or written.
pub fn write_sample(setting: &Setting) -> Result<usize, String> {
    let dataset = read(spanwise::squad::sample::train().as_bytes()).map_err(|error| error.to_string())?;
    let windows = windows(setting, &dataset)?;
    write(setting, "sample.json", &windows)?;
    Ok(windows.iter().map(Vec::len).sum())
}

/// The first windows of real data, as training reads them in file order.
///
/// # Errors
/// Where the file cannot be read.
pub fn real(setting: &Setting) -> Result<Vec<Vec<u32>>, String> {
    let path = setting.data.join("train/new_wiki.json");
    let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let dataset = read(&bytes).map_err(|error| error.to_string())?;
    Ok(windows(setting, &dataset)?.into_iter().take(BATCH * BATCHES).collect())
}

/// The windows of a dataset, in the order of its file.
fn windows(setting: &Setting, dataset: &Dataset) -> Result<Vec<Vec<u32>>, String> {
    let model = setting.root.join("public/models/default");
    let file = fs::read(model.join("tokenizer.json")).map_err(|error| error.to_string())?;
    let tokenizer = Tokenizer::from_files(Some(&file), None, None).map_err(|error| error.to_string())?;
    let made = train_features(dataset, &tokenizer, LENGTH, 128).map_err(|error| error.to_string())?;
    Ok(made.features.iter().map(|feature| feature.window.ids.to_vec()).collect())
}

/// Writes windows to where browser and PyTorch read them; the path.
///
/// # Errors
/// Where the file cannot be written.
pub fn write(setting: &Setting, name: &str, windows: &[Vec<u32>]) -> Result<String, String> {
    let folder = setting.site.join("bench");
    let path = folder.join(name);
    let written = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, json!(windows).to_string()));
    written.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path.display().to_string())
}
