//! The bar at the top: project, model, worker, theme, help.

use gloo::storage::{LocalStorage, Storage};
use leptos::prelude::*;

use super::project_chip::ProjectChip;
use super::{focus, help};
use crate::app::desk::Desk;
use crate::state::format::{bytes, millions, whole};
use crate::state::model::{ModelState, WorkerState};
use crate::state::route::Route;
use crate::state::words::{data as data_words, shell as words};

/// Key of the chosen theme in the browser's storage.
const THEME: &str = "spanwise.theme";

/// The bar.
#[component]
pub fn TopBar() -> impl IntoView {
    view! {
        <header class="top-bar">
            <a class="brand" href="#/data">"Spanwise"</a>
            <ProjectChip />
            <span class="grow"></span>
            <ModelChip />
            <WorkerChip />
            <ThemeSwitch />
            <button class="button quiet" aria-label="Help" title="Help (?)" on:click=|_| help::open()>"?"</button>
        </header>
    }
}

/// What the model is and how far it is loaded; the details one click away.
#[component]
fn ModelChip() -> impl IntoView {
    let desk = Desk::get();
    let label = Memo::new(move |_| desk.model.with(words::model));
    let progress = Memo::new(move |_| match desk.model.get() {
        ModelState::Loading { loaded, total, .. } => Some((loaded, total.filter(|total| *total > 0))),
        _ => None,
    });
    let is_bad = move || desk.model.with(|model| matches!(model, ModelState::Failed { .. } | ModelState::Kept { .. }));
    let bar = move |(loaded, total): (u64, Option<u64>)| {
        match total {
        Some(total) => view! { <progress aria-label="Loading the model" max=total.to_string() value=loaded.to_string()></progress> }.into_any(),
        None => view! { <progress aria-label="Loading the model"></progress> }.into_any(),
    }
    };
    let change = move |_| {
        desk.route.set(Route::Data);
        // The card is drawn once the view is there.
        request_animation_frame(|| focus("#model-card h2"));
    };
    view! {
        <button class="chip-button" class:bad=is_bad popovertarget="model-details">{move || label.get()}</button>
        {move || progress.get().map(bar)}
        <div id="model-details" class="popover card" popover="auto">
            <h2>"Model"</h2>
            <ModelDetails />
            <p><a href=Route::Data.hash() on:click=change>"Choose another model"</a></p>
        </div>
    }
}

#[component]
fn ModelDetails() -> impl IntoView {
    let desk = Desk::get();
    move || match desk.model.get() {
        ModelState::Ready(info) | ModelState::Kept { info, .. } => {
            let rows = [
                ("Name", info.name.clone()),
                ("Reads", data_words::languages(&info)),
                ("Parameters", format!("{} ({} layers of {})", millions(info.parameters), info.n_layers, info.dim)),
                ("Head", data_words::head(info.head).to_owned()),
                ("Trained on", data_words::trained_on(&info)),
                (
                    "Vocabulary",
                    format!("{} pieces, {}", whole(info.vocab_size), if info.lowercase { "uncased" } else { "cased" }),
                ),
                ("Reads at once", format!("{} tokens", whole(info.max_position_embeddings))),
                ("File", bytes(info.bytes_total)),
            ];
            let row = |(term, text): (&'static str, String)| view! { <div><dt>{term}</dt><dd>{text}</dd></div> };
            view! { <dl class="facts">{rows.map(row)}</dl> }.into_any()
        }
        other => view! { <p>{data_words::model_state(&other)}</p> }.into_any(),
    }
}

/// Which build of the worker runs; what that means one click away.
#[component]
fn WorkerChip() -> impl IntoView {
    let desk = Desk::get();
    let label = Memo::new(move |_| desk.worker.with(words::worker));
    let meaning = Memo::new(move |_| desk.worker.with(words::worker_meaning));
    let is_bad = move || desk.worker.with(|worker| matches!(worker, WorkerState::Failed { .. }));
    view! {
        <section class="worker" aria-label="Worker">
            <button class="chip-button" class:bad=is_bad popovertarget="worker-details">{move || label.get()}</button>
        </section>
        <div id="worker-details" class="popover card" popover="auto"><p>{move || meaning.get()}</p></div>
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
            // Only a malformed name is refused.
            let _ = root.set_attribute("data-theme", &theme);
        }
    });
    let option = move |value: &'static str, label: &'static str| {
        view! { <option value=value selected=move || theme.get() == value>{label}</option> }
    };
    view! {
        <select class="quiet" aria-label="Theme" on:change:target=move |event| theme.set(event.target().value())>
            {option("system", "System")} {option("light", "Light")} {option("dark", "Dark")}
        </select>
    }
}
