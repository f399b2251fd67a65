//! A copy of a hub's model in the origin's private file system, written while the model is read. Nothing here may keep a
//! model from loading: where storage fails, there is simply no copy.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DedicatedWorkerGlobalScope, File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
    FileSystemGetFileOptions, FileSystemSyncAccessHandle,
};

/// Written last: a folder without it is not whole.
const MARKER: &str = "complete";

/// The folder of one model.
pub struct Cache {
    folder: FileSystemDirectoryHandle,
    complete: bool,
    writing: Option<FileSystemSyncAccessHandle>,
    failed: bool,
}

impl Cache {
    /// The folder for a model of these names; `None` where the browser has no such storage.
    pub async fn open(names: &[&str]) -> Option<Self> {
        let scope: DedicatedWorkerGlobalScope = js_sys::global().dyn_into().ok()?;
        let root = JsFuture::from(scope.navigator().storage().get_directory()).await.ok()?;
        let mut folder: FileSystemDirectoryHandle = root.dyn_into().ok()?;
        for name in ["models"].iter().chain(names) {
            let create = FileSystemGetDirectoryOptions::new();
            create.set_create(true);
            let encoded = String::from(js_sys::encode_uri_component(name));
            let next = folder.get_directory_handle_with_options(&encoded, &create);
            folder = JsFuture::from(next).await.ok()?.dyn_into().ok()?;
        }
        let mut cache = Self { folder, complete: false, writing: None, failed: false };
        cache.complete = cache.file(MARKER).await.is_some();
        Some(cache)
    }

    /// Whether the folder holds a whole model.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// A file of the folder.
    pub async fn file(&self, name: &str) -> Option<File> {
        let handle = JsFuture::from(self.folder.get_file_handle(name)).await.ok()?;
        let handle: FileSystemFileHandle = handle.dyn_into().ok()?;
        JsFuture::from(handle.get_file()).await.ok()?.dyn_into().ok()
    }

    /// Begins a file anew.
    pub async fn begin(&mut self, name: &str) {
        self.end();
        if !self.failed {
            self.writing = self.create(name).await;
            self.failed = self.writing.is_none();
        }
    }

    async fn create(&self, name: &str) -> Option<FileSystemSyncAccessHandle> {
        let create = FileSystemGetFileOptions::new();
        create.set_create(true);
        let handle = JsFuture::from(self.folder.get_file_handle_with_options(name, &create)).await.ok()?;
        let handle: FileSystemFileHandle = handle.dyn_into().ok()?;
        let access = JsFuture::from(handle.create_sync_access_handle()).await.ok()?;
        let access: FileSystemSyncAccessHandle = access.dyn_into().ok()?;
        access.truncate_with_u32(0).ok()?;
        Some(access)
    }

    /// Appends to the file that was begun last. The bytes stay the browser's: memory shared with threads cannot be written.
    pub fn write(&mut self, chunk: &Uint8Array) {
        let Some(access) = &self.writing else { return };
        let written = access.write_with_buffer_source(chunk);
        if !written.is_ok_and(|written| written as u32 == chunk.length()) {
            // The quota is used up, most likely.
            self.failed = true;
            self.end();
        }
    }

    /// Ends the file that was begun last.
    pub fn end(&mut self) {
        if let Some(access) = self.writing.take() {
            // A file that could not be flushed is caught by its length when it is read.
            let _ = access.flush();
            access.close();
        }
    }

    /// Ends the copy: with the marker where all of it was written, else without.
    pub async fn close(&mut self, whole: bool) {
        self.end();
        if self.complete {
            if !whole {
                // What is kept cannot be used: the next time it is fetched anew.
                let _ = JsFuture::from(self.folder.remove_entry(MARKER)).await;
            }
            return;
        }
        if whole && !self.failed {
            self.begin(MARKER).await;
            self.end();
        } else if self.failed {
            web_sys::console::warn_1(&JsValue::from_str("the model could not be kept in this browser's storage"));
        }
    }
}
