//! The browser's private files: a folder for each project.

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions, FileSystemGetFileOptions,
    FileSystemRemoveOptions, FileSystemWritableFileStream,
};

/// Folder of all projects.
const PROJECTS: &str = "projects";

/// A folder.
#[derive(Clone, Debug)]
pub struct Folder(FileSystemDirectoryHandle);

async fn promised<T: JsCast>(promise: Promise) -> Result<T, JsValue> {
    JsFuture::from(promise).await?.dyn_into()
}

fn call(object: &JsValue, method: &str) -> Result<JsValue, JsValue> {
    Reflect::get(object, &JsValue::from_str(method))?.dyn_into::<Function>()?.call0(object)
}

impl Folder {
    /// The folder of all projects; an error where the browser has no such storage, or forbids it.
    pub async fn projects() -> Result<Self, JsValue> {
        // A page that is not served securely has no such storage.
        let storage = Reflect::get(&window().navigator(), &JsValue::from_str("storage"))?;
        let root: FileSystemDirectoryHandle = promised(call(&storage, "getDirectory")?.dyn_into()?).await?;
        Self(root).folder(PROJECTS).await
    }

    /// A folder in this one, made where it is not there.
    pub async fn folder(&self, name: &str) -> Result<Self, JsValue> {
        let options = FileSystemGetDirectoryOptions::new();
        options.set_create(true);
        promised(self.0.get_directory_handle_with_options(name, &options)).await.map(Self)
    }

    /// Names of all that is in it.
    pub async fn names(&self) -> Result<Vec<String>, JsValue> {
        let keys = call(&self.0, "keys")?;
        let mut names = Vec::new();
        loop {
            let next: JsValue = JsFuture::from(call(&keys, "next")?.dyn_into::<Promise>()?).await?;
            if Reflect::get(&next, &JsValue::from_str("done"))?.is_truthy() {
                return Ok(names);
            }
            names.extend(Reflect::get(&next, &JsValue::from_str("value"))?.as_string());
        }
    }

    /// The text of a file; `None` where it is not there or cannot be read.
    pub async fn read(&self, name: &str) -> Option<String> {
        let handle: FileSystemFileHandle = promised(self.0.get_file_handle(name)).await.ok()?;
        let file: File = promised(handle.get_file()).await.ok()?;
        JsFuture::from(file.text()).await.ok()?.as_string()
    }

    /// Writes a file; it is there, or is another, once all of it is written.
    pub async fn write(&self, name: &str, text: &str) -> Result<(), JsValue> {
        let options = FileSystemGetFileOptions::new();
        options.set_create(true);
        let handle: FileSystemFileHandle = promised(self.0.get_file_handle_with_options(name, &options)).await?;
        let file: FileSystemWritableFileStream = promised(handle.create_writable()).await?;
        JsFuture::from(file.write_with_str(text)?).await?;
        JsFuture::from(call(&file, "close")?.dyn_into::<Promise>()?).await?;
        Ok(())
    }

    /// Deletes a file, or a folder with all that is in it.
    pub async fn remove(&self, name: &str) -> Result<(), JsValue> {
        let options = FileSystemRemoveOptions::new();
        options.set_recursive(true);
        JsFuture::from(self.0.remove_entry_with_options(name, &options)).await.map(drop)
    }
}
