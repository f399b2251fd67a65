//! The Export view.

use leptos::prelude::*;

/// The Export view.
#[component]
pub fn ExportView() -> impl IntoView {
    view! { <h1>"Export"</h1> }
}
