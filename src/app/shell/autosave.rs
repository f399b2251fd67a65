//! Keeps the project in this browser's private files: half a second after a change, and again when the page comes back.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use js_sys::{Function, Promise, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetFileOptions, FileSystemWritableFileStream,
};

use crate::app::desk::Desk;
use crate::state::project::Project;

/// Name of the file.
const FILE: &str = "project.json";

/// Milliseconds of quiet before a change is kept.
const QUIET_MS: u32 = 500;

/// Brings back the project of the last visit, then keeps every change. Where the browser has no private files, or forbids
/// them, the project lasts as long as the page.
pub fn start(desk: Desk) {
    let is_restored = RwSignal::new(false);
    keep_changes(desk, is_restored);
    spawn_local(async move {
        if let Ok(Some(kept)) = read().await
            && let Some(project) = Project::from_kept(&kept)
            // Whoever was faster than the browser's storage keeps what is there.
            && desk.project.with_untracked(Project::is_empty)
            && !project.is_empty()
        {
            desk.project.set(project);
        }
        is_restored.set(true);
    });
}

fn keep_changes(desk: Desk, is_restored: RwSignal<bool>) {
    let timer: Rc<RefCell<Option<Timeout>>> = Rc::default();
    let is_writing = Rc::new(Cell::new(false));
    Effect::new(move |_| {
        desk.project.track();
        if is_restored.get() {
            schedule(desk, timer.clone(), is_writing.clone());
        }
    });
}

/// Waits for quiet, then writes; one writing at a time, since a file has one writer.
fn schedule(desk: Desk, timer: Rc<RefCell<Option<Timeout>>>, is_writing: Rc<Cell<bool>>) {
    let again = timer.clone();
    let waiting = Timeout::new(QUIET_MS, move || {
        if is_writing.replace(true) {
            schedule(desk, again, is_writing);
            return;
        }
        spawn_local(async move {
            let kept = desk.project.with_untracked(|project| (!project.is_empty()).then(|| project.to_kept()));
            if let Some(kept) = kept {
                // A full or forbidden disk: the page goes on without.
                let _ = write(&kept).await;
            }
            is_writing.set(false);
        });
    });
    // The timer from before is dropped, and with it cancelled.
    timer.replace(Some(waiting));
}

async fn promised<T: JsCast>(promise: Promise) -> Result<T, JsValue> {
    JsFuture::from(promise).await?.dyn_into()
}

async fn folder() -> Result<FileSystemDirectoryHandle, JsValue> {
    // A page that is not served securely has no such storage.
    let storage = Reflect::get(&window().navigator(), &JsValue::from_str("storage"))?;
    let get = Reflect::get(&storage, &JsValue::from_str("getDirectory"))?.dyn_into::<Function>()?;
    promised(get.call0(&storage)?.dyn_into()?).await
}

async fn read() -> Result<Option<String>, JsValue> {
    let folder = folder().await?;
    let Ok(handle) = promised::<FileSystemFileHandle>(folder.get_file_handle(FILE)).await else { return Ok(None) };
    let file: File = promised(handle.get_file()).await?;
    Ok(JsFuture::from(file.text()).await?.as_string())
}

/// Writes beside the file; closing puts it in place, so that a crash leaves the old one whole.
async fn write(text: &str) -> Result<(), JsValue> {
    let options = FileSystemGetFileOptions::new();
    options.set_create(true);
    let handle: FileSystemFileHandle = promised(folder().await?.get_file_handle_with_options(FILE, &options)).await?;
    let file: FileSystemWritableFileStream = promised(handle.create_writable()).await?;
    JsFuture::from(file.write_with_str(text)?).await?;
    let close = Reflect::get(&file, &JsValue::from_str("close"))?.dyn_into::<Function>()?;
    JsFuture::from(close.call0(&file)?.dyn_into::<Promise>()?).await?;
    Ok(())
}
