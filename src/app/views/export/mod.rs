//! The Export view: the weights, the questions and the log of the run, to take home.

mod code;
mod weights;

use leptos::prelude::*;

use crate::app::desk::Desk;
use crate::app::download;
use crate::export::run_log;
use crate::squad::write::Form;
use crate::state::words::export as words;
use code::Code;
use weights::Weights;

/// The Export view.
#[component]
pub fn ExportView() -> impl IntoView {
    view! {
        <h1>"Export"</h1>
        <p class="hint">{words::LEAD}</p>
        <div class="export">
            <Weights />
            <Questions />
            <RunLog />
        </div>
    }
}

/// The dataset, in the format that everything else reads.
#[component]
fn Questions() -> impl IntoView {
    let desk = Desk::get();
    let failed = RwSignal::new(None::<String>);
    let counts = Memo::new(move |_| desk.project.with(crate::state::project::Project::export_counts));
    let download = move |_| {
        failed.set(desk.project.with_untracked(|project| download::dataset(project, Form::Squad)).err());
    };
    view! {
        <section class="card stack" aria-labelledby="export-dataset">
            <h2 id="export-dataset">"Dataset"</h2>
            <p>{words::DATASET_HOLDS}</p>
            <p class="hint">{move || words::dataset(counts.get())}</p>
            <div>
                <button type="button" class="button" disabled=move || counts.get().paragraphs == 0 on:click=download>
                    "Download dataset"
                </button>
            </div>
            <p role="alert" class="error">{failed}</p>
            <Code title="Read it with Hugging Face datasets" code=words::DATASET_CODE />
        </section>
    }
}

/// The steps of the newest run.
#[component]
fn RunLog() -> impl IntoView {
    let desk = Desk::get();
    let failed = RwSignal::new(None::<String>);
    let steps = Memo::new(move |_| desk.run.with(|run| run.steps.len()));
    let download = move |_| {
        let csv = desk.run.with_untracked(|run| run_log::csv(&run.steps));
        failed.set(download::text(words::RUN_LOG_FILE, "text/csv", &csv).err());
    };
    view! {
        <section class="card stack" aria-labelledby="export-run">
            <h2 id="export-run">"Run log"</h2>
            <p>{words::RUN_LOG_HOLDS}</p>
            <p class="hint">{move || words::run_log(steps.get())}</p>
            <div>
                <button type="button" class="button" disabled=move || steps.get() == 0 on:click=download>
                    "Download run log"
                </button>
            </div>
            <p role="alert" class="error">{failed}</p>
            <Code title="Read it with pandas" code=words::RUN_LOG_CODE />
        </section>
    }
}
