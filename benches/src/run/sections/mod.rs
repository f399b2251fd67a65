//! What is measured, a file for each section.

mod answering;
mod composed;
mod multiply;
mod page;
mod profile;
mod steps;

use serde_json::json;

use super::Setting;
use super::browser::Browser;
use super::report::Report;

/// Fills a section of the report.
pub type Section = fn(&Setting, &mut Report) -> Result<(), String>;

/// All sections, in their order.
pub const ALL: [(&str, Section); 8] = [
    ("multiply", multiply::run),
    ("steps", steps::in_the_browser),
    ("batches", steps::batches_in_the_browser),
    ("composed", composed::run),
    ("native", steps::natively),
    ("answering", answering::run),
    ("page", page::run),
    ("profile", profile::run),
];

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
