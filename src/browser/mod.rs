//! What page and workers share of the browser: messages across the boundary, waiting, reading of streams.

pub mod lock;
pub mod storage;
pub mod streams;
pub mod time;
pub mod wire;

use wasm_bindgen::{JsCast, JsValue};

/// What a thrown value says.
pub fn error_text(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => error.as_string().unwrap_or_else(|| format!("{error:?}")),
    }
}
