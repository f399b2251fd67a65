//! Pictures to keep: an SVG, drawn by the browser and handed over as PNG.

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, CanvasRenderingContext2d, HtmlCanvasElement, HtmlImageElement, Url};

use super::download;
use crate::browser::error_text;

/// Pixels of the picture for each of the drawing's: sharp on paper, too.
const SCALE: f64 = 2.0;

/// Offers an SVG as a PNG file.
///
/// # Errors
/// What the browser says.
pub async fn download(name: &str, svg: &str) -> Result<(), String> {
    let picture = drawn(svg).await.map_err(|error| error_text(&error))?;
    download::blob(name, &picture)
}

async fn drawn(svg: &str) -> Result<Blob, JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type("image/svg+xml");
    let blob = Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&svg.into()), &options)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let image = HtmlImageElement::new()?;
    image.set_src(&url);
    let loaded = JsFuture::from(image.decode()).await;
    let canvas = loaded.and_then(|_| onto_canvas(&image));
    Url::revoke_object_url(&url)?;
    let canvas = canvas?;
    let made = Promise::new(&mut |resolve, _| {
        // What is wrong comes as a null instead of a picture.
        let _ = canvas.to_blob(&resolve);
    });
    JsFuture::from(made).await?.dyn_into()
}

fn onto_canvas(image: &HtmlImageElement) -> Result<HtmlCanvasElement, JsValue> {
    let canvas: HtmlCanvasElement = leptos::prelude::document().create_element("canvas")?.dyn_into()?;
    let (width, height) = (SCALE * f64::from(image.natural_width()), SCALE * f64::from(image.natural_height()));
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let context = canvas.get_context("2d")?.ok_or(JsValue::UNDEFINED)?;
    let context: CanvasRenderingContext2d = context.dyn_into()?;
    context.draw_image_with_html_image_element_and_dw_and_dh(image, 0.0, 0.0, width, height)?;
    Ok(canvas)
}
