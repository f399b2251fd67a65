//! Three ways in, equal in size: a file, pasted text, the sample.

use leptos::prelude::*;

use super::bench::Bench;
use super::reading;
use crate::state::words::data as words;

/// The three ways.
#[component]
pub fn WaysIn() -> impl IntoView {
    let bench = Bench::get();
    view! {
        <div class="ways-in">
            <div class="card stack">
                <h3>"From a file"</h3>
                <div class="field">
                    <label for="dataset-file">"Dataset file"</label>
                    <input id="dataset-file" type="file" multiple=true accept=words::FILE_KINDS aria-describedby="dataset-file-hint"
                        on:change:target=move |event| {
                            let input = event.target();
                            if let Some(files) = input.files() {
                                reading::take_files(bench, reading::files_of(&files));
                            }
                            // So that the same file can be chosen again after a repair.
                            input.set_value("");
                        } />
                </div>
                <p id="dataset-file-hint" class="hint">{words::FILE_HINT}</p>
            </div>
            <div class="card stack">
                <h3>"From your clipboard"</h3>
                <div class="field">
                    <label for="paste-text">"Paste text"</label>
                    <textarea id="paste-text" rows="4" aria-describedby="paste-text-hint" prop:value=move || bench.pasted.get()
                        on:input:target=move |event| bench.pasted.set(event.target().value())></textarea>
                </div>
                <p id="paste-text-hint" class="hint">{words::PASTE_HINT}</p>
                <div class="row"><button class="button" on:click=move |_| reading::take_pasted(bench)>"Add text"</button></div>
            </div>
            <div class="card stack">
                <h3>"Just to try"</h3>
                <p id="sample-hint" class="hint">{words::SAMPLE_HINT}</p>
                <div class="row">
                    <button class="button" aria-describedby="sample-hint" on:click=move |_| reading::take_sample(bench)>
                        "Load sample: Lech Poznań"
                    </button>
                </div>
            </div>
        </div>
    }
}
