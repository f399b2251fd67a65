//! The table of the runs that ended, kept in the browser.

use gloo::storage::{LocalStorage as BrowserStorage, Storage};
use leptos::prelude::*;

use super::control::Control;
use crate::state::format::{duration_ms, whole};
use crate::state::run::RunStatus;
use crate::state::run::history::{History, PastRun};
use crate::state::words::train as words;

/// Where the browser keeps them.
const STORED: &str = "spanwise.runs";

/// The table; a run that ends comes into it.
pub fn runs(control: Control) -> impl IntoView {
    let history = RwSignal::new(BrowserStorage::get::<History>(STORED).unwrap_or_default());
    follow(control, history);
    Effect::new(move |_| {
        // A browser that stores nothing forgets the runs with the page.
        let _ = history.with(|history| BrowserStorage::set(STORED, history));
    });
    let rows = move || history.with(|kept| kept.runs().iter().map(|run| row(run, history)).collect_view());
    view! {
        <section class="runs card" hidden=move || history.with(|history| history.runs().is_empty())>
            <div class="table-scroll" tabindex="0" role="group" aria-label=words::RUNS_SCROLL>
                <table class="numbers" aria-label=words::RUNS>
                    <caption>{words::RUNS}</caption>
                    <thead><tr>{words::RUNS_COLUMNS.map(|name| view! { <th scope="col">{name}</th> })}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}

/// Adds a run when it ends. One that ended while another view was shown is added when this one is shown again.
fn follow(control: Control, history: RwSignal<History>) {
    let run = control.desk.run;
    let ended = Memo::new(move |_| {
        run.with(|run| matches!(run.status, RunStatus::Finished { .. }).then(|| (run.id.clone(), run.steps.len())))
    });
    Effect::new(move |_| {
        let Some((id, steps)) = ended.get() else { return };
        if history.with_untracked(|history| history.get(&id).is_some_and(|past| past.steps[0] == steps)) {
            return;
        }
        let model = control.desk.model.with_untracked(|model| model.info().map(|info| info.name.clone()));
        let now = String::from(js_sys::Date::new_0().to_locale_string("en-GB", &wasm_bindgen::JsValue::UNDEFINED));
        let past = run.with_untracked(|run| PastRun::of(run, &model.unwrap_or_default(), now));
        if let Some(past) = past {
            history.update(|history| history.add(past));
        }
    });
}

fn row(run: &PastRun, history: RwSignal<History>) -> impl IntoView + use<> {
    let id = run.id.clone();
    let delete = move |_| history.update(|history| history.remove(&id));
    let loss = run.last_loss().map(words::loss).unwrap_or_default();
    let [made, total] = run.steps.map(whole);
    view! {
        <tr>
            <td>{run.ended.clone()}</td>
            <td>{run.model.clone()}</td>
            <td>{whole(run.questions)}</td>
            <td>{whole(run.settings.epochs)}</td>
            <td>{run.settings.learning_rate.to_string()}</td>
            <td>{format!("{made} of {total}")}</td>
            <td>{loss}</td>
            <td>{duration_ms(run.elapsed_ms)}</td>
            <td>
                <button
                    type="button"
                    class="button quiet"
                    aria-label=words::delete_run(&run.ended)
                    on:click=delete
                >
                    {words::DELETE_RUN}
                </button>
            </td>
        </tr>
    }
}
