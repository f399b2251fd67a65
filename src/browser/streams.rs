//! Bytes of files and responses, chunk by chunk: a whole file is never held.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

use super::error_text;

/// Chunks of a stream.
pub struct Chunks(ReadableStreamDefaultReader);

impl Chunks {
    /// Locks the stream for reading.
    ///
    /// # Errors
    /// Where somebody else reads it.
    pub fn new(stream: &ReadableStream) -> Result<Self, String> {
        let reader = stream.get_reader().dyn_into().map_err(|other| error_text(&other))?;
        Ok(Self(reader))
    }

    /// The next bytes, still in the browser's memory; `None` at the end.
    ///
    /// # Errors
    /// Where the stream breaks off.
    pub async fn next(&mut self) -> Result<Option<Uint8Array>, String> {
        let read = JsFuture::from(self.0.read()).await.map_err(|error| error_text(&error))?;
        let get = |key: &str| Reflect::get(&read, &JsValue::from_str(key)).map_err(|error| error_text(&error));
        if get("done")?.is_truthy() {
            return Ok(None);
        }
        get("value")?.dyn_into().map(Some).map_err(|other| error_text(&other))
    }
}
