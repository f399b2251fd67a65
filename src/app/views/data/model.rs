//! The model: what it is, and other ones.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::dom;
use crate::app::desk::Desk;
use crate::protocol::{ModelInfo, ModelSource};
use crate::state::model::ModelState;
use crate::state::words::data as words;

/// Seed of the fresh head.
const FRESH_SEED: u64 = 42;

fn describe(info: &ModelInfo) -> AnyView {
    let languages = words::languages(&info.languages);
    view! {
        <p>
            <strong>{info.name.clone()}</strong>
            {format!(": {}", words::size(info.parameters, info.n_layers))}
            {languages.map(|languages| format!(", {languages}"))}
        </p>
        <p class="hint">{words::head(info.head)}</p>
    }
    .into_any()
}

/// The model's state.
fn shown(model: &ModelState) -> AnyView {
    match model {
        ModelState::Missing => view! { <p class="hint">{words::NO_MODEL}</p> }.into_any(),
        ModelState::Loading { name, loaded, total } => view! {
            <p role="status">{words::loading(name, *loaded, *total)}</p>
            <progress aria-label="Loading the model" value=total.map(|_| loaded.to_string()) max=total.map(|total| total.max(1).to_string())></progress>
        }
        .into_any(),
        ModelState::Ready(info) => describe(info),
        ModelState::Kept { info, message } => view! {
            <p class="error" role="alert">{message.clone()}</p>
            {describe(info)}
        }
        .into_any(),
        ModelState::Failed { message } => view! { <p class="error" role="alert">{message.clone()}</p> }.into_any(),
    }
}

/// The model, and the ways to another one.
#[component]
pub fn ModelCard() -> impl IntoView {
    let desk = Desk::get();
    let id = RwSignal::new(String::new());
    let revision = RwSignal::new("main".to_owned());
    let address = RwSignal::new("https://huggingface.co".to_owned());
    let missing = RwSignal::new(false);
    let is_loading = Memo::new(move |_| desk.model.with(|model| matches!(model, ModelState::Loading { .. })));
    let has_model = Memo::new(move |_| desk.model.with(|model| model.info().is_some()));
    let files_chosen = move |event: web_sys::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        let files = dom::take_files(&input);
        if files.is_empty() {
            return;
        }
        let names = files.iter().map(web_sys::File::name).collect();
        let files: Vec<JsValue> = files.into_iter().map(JsValue::from).collect();
        desk.load_model(ModelSource::Files { names }, &files);
    };
    let from_hub = move |_| {
        let wanted = id.get_untracked().trim().to_owned();
        missing.set(wanted.is_empty());
        if wanted.is_empty() {
            return;
        }
        let or = |text: String, otherwise: &str| {
            let text = text.trim().trim_end_matches('/');
            if text.is_empty() { otherwise.to_owned() } else { text.to_owned() }
        };
        let revision = or(revision.get_untracked(), "main");
        let endpoint = or(address.get_untracked(), "https://huggingface.co");
        desk.load_model(ModelSource::Hub { endpoint, id: wanted, revision }, &[]);
    };
    let field = move |name: &'static str, key: &'static str, text: RwSignal<String>, hint: Option<&'static str>| {
        view! {
            <div class="field">
                <label for=key>{name}</label>
                <input
                    id=key
                    type="text"
                    spellcheck="false"
                    autocapitalize="off"
                    aria-describedby=hint.map(|_| format!("{key}-hint"))
                    prop:value=text
                    on:input:target=move |event| text.set(event.target().value())
                />
                {hint.map(|hint| view! { <p class="hint" id=format!("{key}-hint")>{hint}</p> })}
            </div>
        }
    };
    view! {
        <div class="card data-model stack">
            <h2>"Model"</h2>
            <div>{move || desk.model.with(shown)}</div>
            <div class="field">
                <label for="model-files">"Model files"</label>
                <input id="model-files" type="file" multiple aria-describedby="model-files-hint" on:change=files_chosen />
                <p class="hint" id="model-files-hint">{words::MODEL_FILES_HINT}</p>
            </div>
            <div class="row">
                <button
                    class="button"
                    aria-describedby="fresh-head-hint"
                    disabled=move || !has_model.get()
                    on:click=move |_| desk.fresh_head(FRESH_SEED)
                >"Fresh head"</button>
                <p class="hint" id="fresh-head-hint">{words::FRESH_HINT}</p>
            </div>
            <div class="data-hub">
                {field("Hub model", "hub-model", id, Some(words::HUB_HINT))}
                {field("Revision", "hub-revision", revision, None)}
                {field("Hub address", "hub-address", address, None)}
            </div>
            {move || missing.get().then(|| view! { <p class="error" role="alert">{words::NO_HUB_MODEL}</p> })}
            <div class="row">
                <button class="button" disabled=is_loading on:click=from_hub>"Load from hub"</button>
            </div>
        </div>
    }
}
