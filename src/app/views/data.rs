//! The Data view.

use leptos::prelude::*;

/// The Data view.
#[component]
pub fn DataView() -> impl IntoView {
    view! { <h1>"Data"</h1> }
}
