//! The Ask view.

use leptos::prelude::*;

/// The Ask view.
#[component]
pub fn AskView() -> impl IntoView {
    view! { <h1>"Ask"</h1> }
}
