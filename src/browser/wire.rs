//! Messages as the browser carries them: `{body, attachments}`, the body a plain object, attachments passed as they are.

use js_sys::{Array, Object, Reflect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use super::error_text;

/// A message for `postMessage`.
///
/// # Errors
/// Where the body has no form in JavaScript.
pub fn pack(body: &impl Serialize, attachments: &[JsValue]) -> Result<JsValue, String> {
    // Objects rather than `Map`s, so that unknown fields of a dataset come out as they went in.
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    let body = body.serialize(&serializer).map_err(|error| error.to_string())?;
    let message = Object::new();
    let list: Array = attachments.iter().collect();
    for (key, value) in [("body", body), ("attachments", list.into())] {
        Reflect::set(&message, &JsValue::from_str(key), &value).map_err(|error| error_text(&error))?;
    }
    Ok(message.into())
}

/// Body and attachments of a message.
///
/// # Errors
/// Where it is none of ours.
pub fn unpack<T: DeserializeOwned>(message: &JsValue) -> Result<(T, Vec<JsValue>), String> {
    let get = |key: &str| Reflect::get(message, &JsValue::from_str(key)).map_err(|error| error_text(&error));
    let body = serde_wasm_bindgen::from_value(get("body")?).map_err(|error| error.to_string())?;
    let attachments = get("attachments")?;
    let attachments = if Array::is_array(&attachments) { Array::from(&attachments).to_vec() } else { Vec::new() };
    Ok((body, attachments))
}
