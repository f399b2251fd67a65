//! How much the browser lets this page keep.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Bytes that the page may still keep; `None` where the browser does not say. The same in the page and in a worker.
pub async fn room() -> Option<u64> {
    let estimate = call("estimate").await?;
    let number = |name: &str| Reflect::get(&estimate, &name.into()).ok()?.as_f64();
    Some((number("quota")? - number("usage")?).max(0.0) as u64)
}

/// Asks the browser not to drop what the page keeps when the disk is full; only the page may ask. Browsers that say no keep it as long as
/// there is room.
pub async fn persist() -> bool {
    call("persist").await.is_some_and(|said| said.is_truthy())
}

/// Calls a method of the storage manager, which windows and workers have in the same place.
async fn call(name: &str) -> Option<JsValue> {
    let get = |from: &JsValue, name: &str| Reflect::get(from, &name.into()).ok().filter(|value| !value.is_undefined());
    let manager = get(&get(&js_sys::global(), "navigator")?, "storage")?;
    let method: Function = get(&manager, name)?.dyn_into().ok()?;
    let promise: Promise = method.call0(&manager).ok()?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok()
}
