//! Lines of code to copy.

use js_sys::Reflect;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use crate::state::words::export as words;

/// Some lines of code under a title, and a button that copies them.
#[component]
pub fn Code(
    /// What the code does.
    title: &'static str,
    /// The code.
    code: &'static str,
) -> impl IntoView {
    let said = RwSignal::new(None::<&'static str>);
    let copy = move |_| {
        spawn_local(async move {
            let copied = copy(code).await;
            // The view may be gone by now.
            let _ = said.try_set(Some(if copied { words::COPIED } else { words::NOT_COPIED }));
        });
    };
    view! {
        <details class="code-lines">
            <summary>{title}</summary>
            <pre class="code" tabindex="0" aria-label=title>{code}</pre>
            <div class="row">
                <button type="button" class="button" on:click=copy>"Copy code"</button>
                <span class="hint" role="status">{said}</span>
            </div>
        </details>
    }
}

/// Whether the text is in the clipboard now. Pages that are served without encryption have no clipboard.
async fn copy(text: &str) -> bool {
    let navigator = window().navigator();
    let has_one = Reflect::get(&navigator, &JsValue::from_str("clipboard")).is_ok_and(|value| value.is_object());
    has_one && JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}
