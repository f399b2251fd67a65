//! Files of the browser's private file system (OPFS), which a worker reads and writes at once; the browser lets nobody else open them
//! meanwhile.

use std::io;

use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DedicatedWorkerGlobalScope, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
    FileSystemGetFileOptions, FileSystemReadWriteOptions, FileSystemSyncAccessHandle,
};

use super::SlotFile;

/// Bytes that cross at a time.
const CHUNK: usize = 1 << 20;

/// An open file; closed when it is dropped.
pub struct OpfsFile {
    access: FileSystemSyncAccessHandle,
    /// The browser's memory: memory shared with threads can be neither written from nor read into.
    buffer: Uint8Array,
}

impl Drop for OpfsFile {
    fn drop(&mut self) {
        self.access.close();
    }
}

/// Opens a file of a folder, both made where they do not exist.
///
/// # Errors
/// Where the browser has no such storage, or somebody else has the file open.
pub async fn open(folder: &str, name: &str) -> io::Result<OpfsFile> {
    let opened = async {
        let scope: DedicatedWorkerGlobalScope = js_sys::global().dyn_into()?;
        let root = JsFuture::from(scope.navigator().storage().get_directory()).await?;
        let root: FileSystemDirectoryHandle = root.dyn_into()?;
        let create = FileSystemGetDirectoryOptions::new();
        create.set_create(true);
        let folder = JsFuture::from(root.get_directory_handle_with_options(folder, &create)).await?;
        let folder: FileSystemDirectoryHandle = folder.dyn_into()?;
        let create = FileSystemGetFileOptions::new();
        create.set_create(true);
        let file = JsFuture::from(folder.get_file_handle_with_options(name, &create)).await?;
        let file: FileSystemFileHandle = file.dyn_into()?;
        JsFuture::from(file.create_sync_access_handle()).await?.dyn_into::<FileSystemSyncAccessHandle>()
    };
    let access = opened.await.map_err(|error| failed(&error))?;
    Ok(OpfsFile { access, buffer: Uint8Array::new_with_length(CHUNK as u32) })
}

impl SlotFile for OpfsFile {
    fn len(&mut self) -> io::Result<u64> {
        self.access.get_size().map(|size| size as u64).map_err(|error| failed(&error))
    }

    fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(CHUNK);
        let view = self.buffer.subarray(0, count as u32);
        let read = self.access.read_with_buffer_source_and_options(&view, &place(at));
        let read = read.map_err(|error| failed(&error))? as usize;
        view.subarray(0, read as u32).copy_to(&mut buffer[..read]);
        Ok(read)
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut at = at;
        for chunk in bytes.chunks(CHUNK) {
            let view = self.buffer.subarray(0, chunk.len() as u32);
            view.copy_from(chunk);
            let written = self.access.write_with_buffer_source_and_options(&view, &place(at));
            if written.map_err(|error| failed(&error))? as usize != chunk.len() {
                return Err(io::ErrorKind::StorageFull.into());
            }
            at += chunk.len() as u64;
        }
        Ok(())
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.access.truncate_with_f64(len as f64).map_err(|error| failed(&error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.access.flush().map_err(|error| failed(&error))
    }
}

fn place(at: u64) -> FileSystemReadWriteOptions {
    let options = FileSystemReadWriteOptions::new();
    options.set_at(at as f64);
    options
}

/// The browser's error, its kind kept where there is one to act on.
fn failed(error: &JsValue) -> io::Error {
    let text = |key: &str| {
        let value = error.dyn_ref::<Object>().and_then(|error| Reflect::get(error, &JsValue::from_str(key)).ok());
        value.and_then(|value| value.as_string()).unwrap_or_default()
    };
    let kind = match text("name").as_str() {
        "QuotaExceededError" => io::ErrorKind::StorageFull,
        // Open elsewhere: in another tab, or in a worker that has just been ended.
        "NoModificationAllowedError" => io::ErrorKind::ResourceBusy,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, text("message"))
}
