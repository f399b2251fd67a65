//! The shell: rail, top bar, and the view that the address names.

use gloo::storage::{LocalStorage, Storage};
use leptos::ev;
use leptos::prelude::*;

use super::desk::Desk;
use super::views;
use crate::state::route::Route;
use crate::state::words::shell as words;

/// Key of the chosen theme in the browser's storage.
const THEME: &str = "spanwise.theme";

/// Rail, top bar and view.
#[component]
pub fn Shell() -> impl IntoView {
    let desk = Desk::get();
    let follow = move || desk.route.set(Route::from_hash(&window().location().hash().unwrap_or_default()));
    follow();
    let _ = window_event_listener(ev::hashchange, move |_| follow());
    Effect::new(move |_| document().set_title(&format!("{} · Spanwise", desk.route.get().label())));
    let current = move || match desk.route.get() {
        Route::Data => views::data::DataView().into_any(),
        Route::Train => views::train::TrainView().into_any(),
        Route::Ask => views::ask::AskView().into_any(),
        Route::Evaluate => views::evaluate::EvaluateView().into_any(),
        Route::Export => views::export::ExportView().into_any(),
    };
    let link = move |route: Route| {
        let here = move || (desk.route.get() == route).then_some("page");
        view! { <li><a href=route.hash() aria-current=here>{route.label()}</a></li> }
    };
    view! {
        <a class="skip" href="#view" on:click=|event| { event.prevent_default(); focus_view(); }>"Skip to the view"</a>
        <div class="shell">
            <TopBar />
            <nav class="rail" aria-label="Views"><ul>{Route::ALL.map(link)}</ul></nav>
            <main id="view" class="view" tabindex="-1">{current}</main>
        </div>
    }
}

fn focus_view() {
    use wasm_bindgen::JsCast;
    let view = document().get_element_by_id("view").and_then(|view| view.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(view) = view {
        // An element that cannot take the focus keeps it where it is.
        let _ = view.focus();
    }
}

#[component]
fn TopBar() -> impl IntoView {
    let desk = Desk::get();
    let project = move || desk.project.with(|project| project.name.clone());
    let failed = move || desk.worker.with(|worker| matches!(worker, crate::state::model::WorkerState::Failed { .. }));
    view! {
        <header class="top-bar">
            <a class="brand" href="#/data">"Spanwise"</a>
            <span>{project}</span>
            <span class="grow"></span>
            <span class="hint">{move || desk.model.with(words::model)}</span>
            <section aria-label="Worker" class:error=failed title=move || desk.worker.with(words::worker_meaning)>
                {move || desk.worker.with(words::worker)}
            </section>
            <ThemeSwitch />
        </header>
    }
}

/// Follows the system, or is light or dark by choice.
#[component]
fn ThemeSwitch() -> impl IntoView {
    let theme = RwSignal::new(LocalStorage::get::<String>(THEME).unwrap_or_else(|_| "system".to_owned()));
    Effect::new(move |_| {
        let theme = theme.get();
        // Storage may be forbidden: the choice then lasts as long as the page.
        let _ = LocalStorage::set(THEME, &theme);
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", &theme);
        }
    });
    let option = move |value: &'static str, label: &'static str| {
        view! { <option value=value selected=move || theme.get() == value>{label}</option> }
    };
    view! {
        <select aria-label="Theme" on:change:target=move |event| theme.set(event.target().value())>
            {option("system", "System")} {option("light", "Light")} {option("dark", "Dark")}
        </select>
    }
}
