//! The Train view.

use leptos::prelude::*;

/// The Train view.
#[component]
pub fn TrainView() -> impl IntoView {
    view! { <h1>"Train"</h1> }
}
