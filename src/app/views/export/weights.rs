//! The weights as a zip.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use super::code::Code;
use crate::app::desk::Desk;
use crate::app::download;
use crate::model::weights::Precision;
use crate::protocol::{Command, Event, HeadOrigin};
use crate::state::format::bytes;
use crate::state::words::export as words;

/// What is in the zip, its size, the button, and how to load it.
#[component]
pub fn Weights() -> impl IntoView {
    let desk = Desk::get();
    let is_busy = RwSignal::new(false);
    let precision = RwSignal::new(Precision::default());
    let outcome = RwSignal::new(None::<Result<String, String>>);
    let info = Memo::new(move |_| desk.model.with(|model| model.info().map(|info| (info.parameters, info.head))));
    let is_training = Memo::new(move |_| desk.run.with(crate::state::run::Run::is_active));
    let download = move |_| {
        is_busy.set(true);
        outcome.set(None);
        desk.ask_model(
            Command::ExportWeights { precision: precision.get_untracked() },
            &[],
            move |event, attachments, _| {
                let saved = match event {
                    Event::WeightsReady { file_name, bytes_total } => {
                        save(&file_name, attachments).map(|()| words::saved(&file_name, bytes_total))
                    }
                    Event::Failed { message } => Err(message),
                    _ => return,
                };
                // The view may be gone by now; the file is with the downloads all the same.
                let _ = is_busy.try_set(false);
                let _ = outcome.try_set(Some(saved));
            },
        );
    };
    let state = move || match info.get() {
        None => words::WAITING_FOR_MODEL.to_owned(),
        Some((parameters, head)) => {
            let size = bytes((precision.get().bytes() * parameters) as u64);
            format!("About {size}. {}", words::trained(matches!(head, HeadOrigin::Trained)))
        }
    };
    let note = move || match (is_busy.get(), is_training.get()) {
        (true, _) if info.with(Option::is_none) => Some(words::WAITING_FOR_MODEL),
        (true, true) => Some(words::WAITING_FOR_GAP),
        (true, false) => Some(words::PACKING),
        (false, true) => Some(words::WHILE_TRAINING),
        (false, false) => None,
    };
    let said = move || outcome.get().and_then(Result::ok);
    let failed = move || outcome.get().and_then(Result::err);
    view! {
        <section class="card stack" aria-labelledby="export-weights">
            <h2 id="export-weights">"Weights"</h2>
            <p>{words::ZIP_HOLDS}</p>
            <p class="hint">{state}</p>
            <div class="row">
                <label class="row">{words::PRECISION} {choice(precision)}</label>
                <button type="button" class="button primary" disabled=move || is_busy.get() on:click=download>
                    "Download weights"
                </button>
                <span class="hint" role="status">{note}</span>
            </div>
            <p role="status" class="good">{said}</p>
            <p role="alert" class="error">{failed}</p>
            <Code title="Load it with Hugging Face transformers" code=words::LOADING_CODE />
            <Code title="Ask it on the command line" code=words::COMMAND_LINE_CODE />
        </section>
    }
}

/// With how many bits.
fn choice(precision: RwSignal<Precision>) -> impl IntoView {
    let all = [Precision::F32, Precision::F16];
    let choose = move |event| {
        let chosen = event_target_value(&event).parse().ok().and_then(|index: usize| all.get(index).copied());
        precision.set(chosen.unwrap_or_default());
    };
    let option = |(index, value): (usize, Precision)| {
        view! { <option value=index.to_string()>{words::precision(value)}</option> }
    };
    view! { <select on:change=choose>{all.into_iter().enumerate().map(option).collect_view()}</select> }
}

fn save(name: &str, attachments: Vec<JsValue>) -> Result<(), String> {
    let blob = attachments.into_iter().next().and_then(|blob| blob.dyn_into::<Blob>().ok());
    let blob =
        blob.ok_or_else(|| "The worker sent no file. Load the page again; what you marked is kept.".to_owned())?;
    download::blob(name, &blob).map_err(|error| format!("The browser did not take the file ({error})."))
}
