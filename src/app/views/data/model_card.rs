//! The model: what it is, and how to get another.

use gloo::storage::{LocalStorage, Storage};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::bench::Bench;
use super::reading;
use crate::app::desk::Desk;
use crate::protocol::ModelSource;
use crate::state::model::ModelState;
use crate::state::run::preset::FRESH_SEED;
use crate::state::words::data as words;

/// Key of the hub's address in the browser's storage.
const HUB: &str = "spanwise.hub";

const HUB_DEFAULT: &str = "https://huggingface.co";

/// The model's card.
#[component]
pub fn ModelCard() -> impl IntoView {
    let bench = Bench::get();
    let desk = bench.desk;
    let state = Memo::new(move |_| desk.model.with(words::model_state));
    let has_model = Memo::new(move |_| desk.model.with(|model| model.info().is_some()));
    let default_model = move |_| {
        let source = ModelSource::Folder { url: "./models/default/".to_owned(), name: "MiniLM-L6".to_owned() };
        if desk.may_lose_training(words::LOAD_CONFIRM) {
            desk.load_model(source, &[]);
        }
    };
    view! {
        <section id="model-card" class="card stack" aria-label="Model">
            <h2>"Model"</h2>
            <p>{move || state.get()}</p>
            <div class="model-ways">
                <div class="stack">
                    <div class="field">
                        <label for="model-files">"Model files"</label>
                        <input id="model-files" type="file" multiple aria-describedby="model-files-hint"
                            on:change:target=move |event| {
                                let input = event.target();
                                let files = input.files().map(|files| reading::files_of(&files)).unwrap_or_default();
                                reading::take_model_files(bench, &files);
                                input.set_value("");
                            } />
                    </div>
                    <p id="model-files-hint" class="hint">{words::MODEL_FILES_HINT}</p>
                    <div class="row">
                        <button class="button" disabled=move || !has_model.get() aria-describedby="fresh-head-hint"
                            on:click=move |_| fresh_head(desk)>"Fresh head"</button>
                        <button class="button" on:click=default_model>"Default model"</button>
                    </div>
                    <p id="fresh-head-hint" class="hint">{words::FRESH_HEAD_HINT}</p>
                </div>
                <HubForm />
            </div>
        </section>
    }
}

/// Draws the head anew.
fn fresh_head(desk: Desk) {
    if desk.may_lose_training(words::FRESH_HEAD_CONFIRM) {
        desk.fresh_head(FRESH_SEED);
    }
}

/// A model of a hub, by its name.
#[component]
fn HubForm() -> impl IntoView {
    let desk = Desk::get();
    let id = RwSignal::new(String::new());
    let revision = RwSignal::new("main".to_owned());
    let endpoint = RwSignal::new(LocalStorage::get(HUB).unwrap_or_else(|_| HUB_DEFAULT.to_owned()));
    let is_loading = Memo::new(move |_| desk.model.with(|model| matches!(model, ModelState::Loading { .. })));
    let load = move |event: SubmitEvent| {
        event.prevent_default();
        let or = |text: String, otherwise: &str| if text.is_empty() { otherwise.to_owned() } else { text };
        let trimmed = |signal: RwSignal<String>| signal.with_untracked(|text| text.trim().to_owned());
        let endpoint = or(trimmed(endpoint).trim_end_matches('/').to_owned(), HUB_DEFAULT);
        // Storage may be forbidden: the address then lasts as long as the page.
        let _ = LocalStorage::set(HUB, &endpoint);
        let id = or(trimmed(id), words::HUB_MODEL);
        let source = ModelSource::Hub { endpoint, id, revision: or(trimmed(revision), "main") };
        if desk.may_lose_training(words::LOAD_CONFIRM) {
            desk.load_model(source, &[]);
        }
    };
    let field = |id: &'static str, label: &'static str, placeholder: &'static str, value: RwSignal<String>| {
        view! {
            <div class="field">
                <label for=id>{label}</label>
                <input id=id type="text" autocomplete="off" spellcheck="false" placeholder=placeholder prop:value=move || value.get()
                    on:input:target=move |event| value.set(event.target().value()) />
            </div>
        }
    };
    view! {
        <form class="stack" on:submit=load aria-describedby="hub-hint">
            {field("hub-model", "Hub model", words::HUB_MODEL, id)}
            <div class="pair">
                {field("hub-revision", "Revision", "main", revision)}
                {field("hub-address", "Hub address", HUB_DEFAULT, endpoint)}
            </div>
            <div class="row"><button class="button" type="submit" disabled=move || is_loading.get()>"Load from hub"</button></div>
            <p id="hub-hint" class="hint">{words::HUB_HINT}</p>
        </form>
    }
}
