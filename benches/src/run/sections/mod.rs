//! What is measured, a file for each section.

mod answering;
mod choices;
mod composed;
mod gpu;
mod multiply;
mod native;
mod page;
mod plan;
mod profile;
mod steps;
mod windows;

use serde_json::json;
use spanwise::model::Config;

use super::Setting;
use super::browser::Browser;
use super::report::Report;

/// Fills a section of the report.
pub type Section = fn(&Setting, &mut Report) -> Result<(), String>;

/// All sections, in their order.
pub const ALL: [(&str, Section); 13] = [
    ("multiply", multiply::run),
    ("libraries", multiply::libraries),
    ("steps", steps::full),
    ("batches", steps::batches),
    ("composed", composed::run),
    ("choices", choices::run),
    ("native", native::run),
    ("gpu", gpu::run),
    ("answering", answering::run),
    ("page", page::run),
    ("long", page::long),
    ("plan", plan::run),
    ("profile", profile::run),
];

/// Seconds that so many operations take at least in a worker: at the rate of independent multiply-adds, measured now.
///
/// # Errors
/// Where the worker fails.
pub async fn limit(browser: &Browser, worker: &str, threads: usize, flops: f64) -> Result<f64, String> {
    let gflops = browser.number(worker, "limit", json!({"threads": threads})).await?;
    Ok(1e-9 * flops / gflops)
}

/// The linear layers' multiplications `[m, n, k]` of one layer for so many rows: forward, gradient of the input, gradient of the weight.
fn multiplications(config: &Config, rows: usize) -> Vec<(&'static str, [usize; 3])> {
    let (dim, hidden) = (config.dim, config.hidden_dim);
    let layers = [[dim, 3 * dim], [dim, dim], [dim, hidden], [hidden, dim]];
    let all = layers.into_iter().flat_map(|[d_in, d_out]| {
        [("NT", [rows, d_out, d_in]), ("NN", [rows, d_in, d_out]), ("TN", [d_out, d_in, rows])]
    });
    all.collect()
}

/// A model that is measured.
#[derive(Clone, Copy)]
pub struct Subject {
    /// How the tables call it.
    pub name: &'static str,
    /// Its folder beside the page; drawn weights of distilbert-base-cased's shape where there is none.
    pub folder: Option<&'static str>,
}

/// The two models.
pub const SUBJECTS: [Subject; 2] = [
    Subject { name: "DistilBERT-base", folder: None },
    Subject { name: "default model", folder: Some("models/default/") },
];

impl Subject {
    /// As PyTorch's anchor calls it.
    pub fn for_pytorch(&self, setting: &Setting) -> String {
        self.folder.map_or("base".to_owned(), |folder| setting.root.join("public").join(folder).display().to_string())
    }

    /// Its config, as JSON.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn config_json(&self, setting: &Setting) -> Result<String, String> {
        let Some(folder) = self.folder else { return Ok(bench_subject::BASE.to_owned()) };
        let path = setting.root.join("public").join(folder).join("config.json");
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Its config.
    ///
    /// # Errors
    /// As [`Self::config_json`].
    pub fn config(&self, setting: &Setting) -> Result<Config, String> {
        Config::from_json(self.config_json(setting)?.as_bytes()).map_err(|error| error.to_string())
    }

    /// Operations of a forward pass over windows of these lengths: multiplications of the linear layers and of attention.
    ///
    /// # Errors
    /// As [`Self::config_json`].
    pub fn forward_flops(&self, setting: &Setting, lengths: impl IntoIterator<Item = usize>) -> Result<f64, String> {
        let config = self.config(setting)?;
        let (dim, hidden) = (config.dim as f64, config.hidden_dim as f64);
        let linear = 4.0 * dim * dim + 2.0 * dim * hidden;
        let of_window = |length: f64| 2.0 * length * config.n_layers as f64 * (linear + 2.0 * length * dim);
        Ok(lengths.into_iter().map(|length| of_window(length as f64)).sum())
    }

    /// Operations of a training step over such windows: each multiplication has a gradient for both of its operands.
    ///
    /// # Errors
    /// As [`Self::config_json`].
    pub fn training_flops(&self, setting: &Setting, lengths: impl IntoIterator<Item = usize>) -> Result<f64, String> {
        Ok(3.0 * self.forward_flops(setting, lengths)?)
    }

    /// Starts a worker with this model.
    ///
    /// # Errors
    /// Where the worker fails.
    pub async fn start(&self, browser: &Browser, worker: &str, threads: usize) -> Result<(), String> {
        browser.start(worker, threads).await?;
        let folder = self.folder.map(|folder| format!("../{folder}"));
        browser.call(worker, "load", json!({"folder": folder, "config": bench_subject::BASE})).await.map(drop)
    }
}
