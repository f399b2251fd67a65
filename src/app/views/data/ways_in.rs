//! File, pasted text, sample.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::{Choice, dom};
use crate::app::desk::Desk;
use crate::protocol::{Command, Event};
use crate::squad::Dataset;
use crate::squad::check::Finding;
use crate::state::project::{HeldOut, Place, Project};
use crate::state::words::data as words;

/// Name of the sample.
const SAMPLE: &str = "Lech Poznań";

/// Reads a dataset in the data role.
fn read(
    desk: Desk,
    choice: Choice,
    busy: RwSignal<bool>,
    name: String,
    bytes: JsValue,
    then: impl Fn(String, Dataset, Vec<Finding>) + 'static,
) {
    busy.set(true);
    choice.error.set(None);
    desk.ask_data(Command::ReadDataset { name }, &[bytes], move |event, _, _| match event {
        Event::DatasetRead { name, dataset, findings } => {
            busy.set(false);
            then(name, dataset, findings);
        }
        Event::Failed { message } => {
            busy.set(false);
            choice.error.set(Some(message));
        }
        _ => {}
    });
}

/// The ways in.
#[component]
pub fn WaysIn(choice: Choice) -> impl IntoView {
    let desk = Desk::get();
    let pasted = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let file_chosen = move |event: web_sys::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        let Some(file) = dom::take_files(&input).into_iter().next() else { return };
        read(desk, choice, busy, file.name(), file.into(), move |name, dataset, findings| {
            desk.project.set(Project::read(name, dataset, findings));
            choice.choose(Place::default());
        });
    };
    let add_text = move |_| {
        let text = pasted.get_untracked();
        let mut added = None;
        if !text.trim().is_empty() {
            desk.project.update(|project| added = project.add_text(&text));
        }
        match added {
            Some(place) => {
                choice.error.set(None);
                choice.choose(place);
                pasted.set(String::new());
            }
            None => choice.error.set(Some(words::NOTHING_PASTED.to_owned())),
        }
    };
    let load_sample = move |_| {
        busy.set(true);
        choice.error.set(None);
        leptos::task::spawn_local(async move {
            let (train, held_out) = ("./sample/lech-poznan.json", "./sample/lech-poznan-held-out.json");
            let mut bytes = Vec::new();
            for path in [train, held_out] {
                match dom::fetch_bytes(path).await {
                    Ok(got) => bytes.push(got),
                    Err(why) => {
                        busy.set(false);
                        choice.error.set(Some(words::sample_failed(path, &why)));
                        return;
                    }
                }
            }
            let (Some(held_bytes), Some(train_bytes)) = (bytes.pop(), bytes.pop()) else { return };
            // The held-out questions first: the project is set once, whole.
            read(desk, choice, busy, SAMPLE.to_owned(), held_bytes, move |name, held, _| {
                let held_out = HeldOut { name, dataset: held };
                read(desk, choice, busy, SAMPLE.to_owned(), train_bytes.clone(), move |name, dataset, findings| {
                    let mut project = Project::read(name, dataset, findings);
                    project.held_out = Some(held_out.clone());
                    project.is_sample = true;
                    desk.project.set(project);
                    choice.choose(Place::default());
                });
            });
        });
    };
    view! {
        <div class="card data-ways">
            <div class="field">
                <label for="dataset-file">"Dataset file"</label>
                <input
                    id="dataset-file"
                    type="file"
                    accept=".json,application/json"
                    aria-describedby="dataset-file-hint"
                    on:change=file_chosen
                />
                <p class="hint" id="dataset-file-hint">{words::FILE_HINT}</p>
            </div>
            <div class="field">
                <label for="paste-text">"Paste text"</label>
                <textarea
                    id="paste-text"
                    rows="3"
                    aria-describedby="paste-text-hint"
                    prop:value=pasted
                    on:input:target=move |event| pasted.set(event.target().value())
                ></textarea>
                <p class="hint" id="paste-text-hint">{words::PASTE_HINT}</p>
                <div class="row">
                    <button class="button" on:click=add_text>"Add text"</button>
                </div>
            </div>
            <div class="row">
                <button class="button" disabled=busy on:click=load_sample>"Load sample: Lech Poznań"</button>
                <span class="hint" role="status">{move || busy.get().then_some("Reading…")}</span>
            </div>
        </div>
    }
}
