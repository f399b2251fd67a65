//! Where the files of a model come from: a folder on the web, the person's own files, or the hub with its copy in this browser.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, File, Response};

use super::cache::Cache;
use super::load::Opened;
use crate::browser::error_text;
use crate::browser::streams::Chunks;
use crate::model::Config;
use crate::protocol::ModelSource;

/// The files of a model.
pub struct Folder {
    origin: Origin,
    /// Copy of a hub's model in the browser's storage.
    cache: Option<Cache>,
}

enum Origin {
    /// Address of the folder, and the model's name.
    Web { url: String, name: String },
    /// Files that the person chose.
    Files(Vec<(String, File)>),
    /// A model of the hub.
    Hub { url: String, id: String, revision: String },
}

impl Folder {
    /// The folder of a source.
    ///
    /// # Errors
    /// Where the files did not come, or the id is none.
    pub async fn new(source: ModelSource, attachments: &[JsValue]) -> Result<Self, String> {
        let origin = match source {
            ModelSource::Folder { url, name } => Origin::Web { url, name },
            ModelSource::Files { names } => Origin::Files(chosen(names, attachments)?),
            ModelSource::Hub { endpoint, id, revision } => {
                let (id, revision) = (id.trim().to_owned(), revision.trim().to_owned());
                check_id(&id)?;
                let revision = if revision.is_empty() { "main".to_owned() } else { revision };
                let endpoint = endpoint.trim().trim_end_matches('/');
                let url = format!("{endpoint}/{id}/resolve/{}/", encoded(&revision));
                let cache = Cache::open(&[endpoint, &id, &revision]).await;
                return Ok(Self { origin: Origin::Hub { url, id, revision }, cache });
            }
        };
        Ok(Self { origin, cache: None })
    }

    /// Opens a file; `None` where there is none of that name.
    ///
    /// # Errors
    /// Where the server cannot be reached, or refuses.
    pub async fn open(&mut self, name: &str) -> Result<Option<Opened>, String> {
        if let Some(cache) = self.cache.as_mut().filter(|cache| cache.is_complete()) {
            return match cache.file(name).await {
                Some(file) => opened_file(&file).map(Some),
                None => Ok(None),
            };
        }
        let opened = match &self.origin {
            Origin::Files(files) => match files.iter().find(|(found, _)| found == name) {
                Some((_, file)) => Some(opened_file(file)?),
                None => None,
            },
            Origin::Web { url, .. } | Origin::Hub { url, .. } => fetch(&format!("{url}{name}")).await?,
        };
        if let (Some(cache), Some(_)) = (&mut self.cache, &opened) {
            cache.begin(name).await;
        }
        Ok(opened)
    }

    /// Keeps bytes of the file that was opened last, where the source is the hub.
    pub fn keep(&mut self, chunk: &Uint8Array) {
        if let Some(cache) = &mut self.cache {
            cache.write(chunk);
        }
    }

    /// The file that was opened last is whole.
    pub fn kept(&mut self) {
        if let Some(cache) = &mut self.cache {
            cache.end();
        }
    }

    /// All files were read (`whole`), or loading broke off: a copy that is not whole is never read.
    pub async fn close(mut self, whole: bool) {
        if let Some(cache) = &mut self.cache {
            cache.close(whole).await;
        }
    }

    /// What the model is called.
    pub fn name(&self, config: &Config) -> String {
        match &self.origin {
            Origin::Web { name, .. } => name.clone(),
            Origin::Hub { id, .. } => id.clone(),
            Origin::Files(_) => {
                let stated = config.extra.get("_name_or_path").and_then(|name| name.as_str());
                let last = stated.and_then(|name| name.rsplit('/').next()).filter(|name| !name.is_empty());
                last.unwrap_or("your model").to_owned()
            }
        }
    }

    /// What to say where a file is missing that no model can do without.
    pub fn lacks(&self, name: &str) -> String {
        match &self.origin {
            Origin::Web { url, .. } => {
                format!("There is no {name} at {url}. Load another model, or choose model files.")
            }
            Origin::Files(_) => {
                format!(
                    "{name} is missing. Choose config.json, model.safetensors and tokenizer.json (or vocab.txt) together."
                )
            }
            Origin::Hub { url, id, revision } => format!(
                "The hub has no {name} for '{id}' at revision '{revision}' ({url}), or the model is private. Check the name; Spanwise reads models that have a model.safetensors."
            ),
        }
    }
}

fn check_id(id: &str) -> Result<(), String> {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    let parts: Vec<&str> = id.split('/').collect();
    if (1..=2).contains(&parts.len()) && parts.into_iter().all(is_part) {
        Ok(())
    } else {
        Err(format!(
            "'{id}' is no name of a model. Write it as owner/name, for instance distilbert/distilbert-base-cased."
        ))
    }
}

fn encoded(text: &str) -> String {
    String::from(js_sys::encode_uri_component(text))
}

/// Files with their names; of several weights the first is taken under the name that models have it under.
fn chosen(names: Vec<String>, attachments: &[JsValue]) -> Result<Vec<(String, File)>, String> {
    let mut files: Vec<(String, File)> = Vec::new();
    for (name, file) in names.into_iter().zip(attachments) {
        let file = file.clone().dyn_into().map_err(|_| format!("{name} is no file. Choose it again."))?;
        let lower = name.to_lowercase();
        let known = if lower.ends_with(".safetensors") { "model.safetensors".to_owned() } else { lower };
        if files.iter().any(|(other, _)| *other == known) {
            return Err(format!("{known} was chosen twice. Choose the files of one model."));
        }
        files.push((known, file));
    }
    Ok(files)
}

fn opened_file(file: &File) -> Result<Opened, String> {
    Ok(Opened { chunks: Chunks::new(&file.stream())?, bytes_total: Some(file.size() as u64) })
}

/// Fetches a file; redirects are followed by the browser.
async fn fetch(url: &str) -> Result<Option<Opened>, String> {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let response = JsFuture::from(scope.fetch_with_str(url)).await.map_err(|error| {
        format!("{url} could not be reached ({}). Check the connection and the address.", error_text(&error))
    })?;
    let response: Response = response.unchecked_into();
    match response.status() {
        200 => {}
        // Hubs say 401 of models that do not exist, so as not to tell which are private.
        401 | 403 | 404 => return Ok(None),
        status => return Err(format!("{url} answered with status {status}. Try again later.")),
    }
    let length = response.headers().get("content-length").ok().flatten().and_then(|length| length.parse().ok());
    let body = response.body().ok_or_else(|| format!("{url} answered without content. Try again later."))?;
    Ok(Some(Opened { chunks: Chunks::new(&body)?, bytes_total: length }))
}
