//! Saving a text as a file.

use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use crate::browser::error_text;

/// Offers a text for download under a name.
///
/// # Errors
/// Where the browser has no room for it.
pub fn save_text(file_name: &str, media_type: &str, text: &str) -> Result<(), String> {
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let said = |error: JsValue| format!("'{file_name}' could not be saved: {}", error_text(&error));
    let blob = Blob::new_with_str_sequence_and_options(&parts, &options).map_err(said)?;
    let address = Url::create_object_url_with_blob(&blob).map_err(said)?;
    let link = document().create_element("a").map_err(said)?.unchecked_into::<HtmlAnchorElement>();
    link.set_href(&address);
    link.set_download(file_name);
    link.click();
    // The download holds the bytes by itself from here on.
    Url::revoke_object_url(&address).map_err(said)
}
