//! The Export view: the weights and the log of the run, to take home.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Blob;

use crate::app::desk::Desk;
use crate::app::download;
use crate::protocol::{Command, Event};
use crate::state::format::bytes;
use crate::state::words::export as words;

/// The Export view.
#[component]
pub fn ExportView() -> impl IntoView {
    view! {
        <h1>"Export"</h1>
        <div class="export">
            <Weights />
            <RunLog />
        </div>
    }
}

#[component]
fn Weights() -> impl IntoView {
    let desk = Desk::get();
    let busy = RwSignal::new(false);
    let said = RwSignal::new(None::<Result<String, String>>);
    let size = move || {
        let parameters = desk.model.with(|model| model.info().map(|info| info.parameters));
        parameters.map(|parameters| format!("About {}.", bytes(4 * parameters as u64)))
    };
    let download = move |_| {
        busy.set(true);
        said.set(None);
        desk.ask_model(Command::ExportWeights, &[], move |event, attachments, _| {
            busy.set(false);
            said.set(Some(match event {
                Event::WeightsReady { file_name, bytes_total } => {
                    let blob = attachments.into_iter().next().and_then(|blob| blob.dyn_into::<Blob>().ok());
                    let saved = blob.ok_or_else(|| "the worker sent no file".to_owned());
                    let saved = saved.and_then(|blob| download::blob(&file_name, &blob));
                    saved.map(|()| format!("{file_name}, {}, is with your downloads.", bytes(bytes_total)))
                }
                Event::Failed { message } => Err(message),
                _ => return,
            }));
        });
    };
    let copy = move |_| {
        let _ = window().navigator().clipboard().write_text(words::LOADING_CODE);
    };
    let outcome = move || match said.get() {
        Some(Ok(text)) => view! { <p class="good" role="status">{text}</p> }.into_any(),
        Some(Err(text)) => view! { <p class="error" role="alert">{text}</p> }.into_any(),
        None => ().into_any(),
    };
    view! {
        <div class="card stack">
            <h2>"Weights"</h2>
            <p>{words::ZIP_HOLDS} " " {size}</p>
            <div class="row">
                <button class="button primary" disabled=move || busy.get() on:click=download>"Download weights"</button>
                <span class="hint">{move || busy.get().then_some("Putting the zip together…")}</span>
            </div>
            {outcome}
            <h3>"Load it with Hugging Face tools"</h3>
            <pre class="code">{words::LOADING_CODE}</pre>
            <div><button on:click=copy>"Copy code"</button></div>
        </div>
    }
}

#[component]
fn RunLog() -> impl IntoView {
    let desk = Desk::get();
    let steps = move || desk.run.with(|run| run.steps.len());
    let download = move |_| {
        let csv = desk.run.with_untracked(|run| run.to_csv());
        // A browser that refuses downloads says so itself.
        let _ = download::text("spanwise-run.csv", "text/csv", &csv);
    };
    view! {
        <div class="card stack">
            <h2>"Run log"</h2>
            <p>"Step, epoch, loss, learning rate and gradient norm of the newest run, as CSV. Any spreadsheet opens it."</p>
            <div><button disabled=move || steps() == 0 on:click=download>"Download run log"</button></div>
            <p class="hint">{move || if steps() == 0 { "There is no run yet.".to_owned() } else { format!("{} steps.", steps()) }}</p>
        </div>
    }
}
