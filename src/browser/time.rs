//! Waiting.

use js_sys::{Function, Promise, Reflect, global};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Waits so many milliseconds; with 0, lets the events that are waiting come in. Works in a page and in a worker.
pub async fn sleep_ms(ms: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        let timer = Reflect::get(&global(), &JsValue::from_str("setTimeout"));
        let called = timer
            .and_then(wasm_bindgen::JsCast::dyn_into::<Function>)
            .and_then(|timer| timer.call2(&JsValue::UNDEFINED, &resolve, &JsValue::from(ms)));
        if called.is_err() {
            // Without a timer there is nothing to wait for: go on at once.
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    });
    // The promise is never rejected.
    let _ = JsFuture::from(promise).await;
}
