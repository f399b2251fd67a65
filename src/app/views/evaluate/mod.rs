//! The Evaluate view.

use leptos::prelude::*;

/// The Evaluate view.
#[component]
pub fn EvaluateView() -> impl IntoView {
    view! { <h1>"Evaluate"</h1> }
}
