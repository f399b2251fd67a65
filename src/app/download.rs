//! Files that the page hands to the person.

use js_sys::Array;
use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use crate::browser::error_text;
use crate::squad::write::Form;
use crate::state::project::Project;
use crate::state::project::naming::file_name;

/// Offers a text as a file.
///
/// # Errors
/// What the browser says.
pub fn text(name: &str, media_type: &str, content: &str) -> Result<(), String> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = Array::of1(&JsValue::from_str(content));
    let made = Blob::new_with_str_sequence_and_options(&parts, &options).map_err(|error| error_text(&error))?;
    blob(name, &made)
}

/// Offers the questions of a project as a file of a form.
///
/// # Errors
/// What the browser says.
pub fn dataset(project: &Project, form: Form) -> Result<(), String> {
    let media_type = match form {
        Form::Squad | Form::Squad1 => "application/json",
        Form::Rows => "application/jsonl",
        Form::Table => "text/csv",
    };
    text(&file_name(&project.name, form.extension()), media_type, &project.export(form))
}

/// Offers a `Blob` as a file.
///
/// # Errors
/// What the browser says.
pub fn blob(name: &str, content: &Blob) -> Result<(), String> {
    let url = Url::create_object_url_with_blob(content).map_err(|error| error_text(&error))?;
    let anchor = document().create_element("a").map_err(|error| error_text(&error))?;
    let anchor: HtmlAnchorElement = anchor.dyn_into().map_err(|other| error_text(&other))?;
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    // The download holds the blob by itself once it has begun; a minute is ample for that.
    gloo::timers::callback::Timeout::new(60_000, move || {
        let _ = Url::revoke_object_url(&url);
    })
    .forget();
    Ok(())
}
