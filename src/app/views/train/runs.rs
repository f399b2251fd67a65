//! The table of the runs that ended: to compare, to take settings from, to delete.

use leptos::prelude::*;

use super::control::{COMPARED_MAX, Control};
use crate::state::format::{duration_ms, whole};
use crate::state::run::history::{History, PastRun};
use crate::state::words::train as words;

/// The table.
pub fn runs(control: Control) -> impl IntoView {
    let history = control.desk.runs;
    let rows = move || history.with(|kept| kept.runs().iter().map(|run| row(control, run)).collect_view());
    view! {
        <section class="runs card" hidden=move || history.with(|history| history.runs().is_empty())>
            <div class="table-scroll" tabindex="0" role="group" aria-label=words::RUNS_SCROLL>
                <table class="numbers" aria-label=words::RUNS>
                    <caption>{words::RUNS}</caption>
                    <thead><tr>{words::RUNS_COLUMNS.map(|name| view! { <th scope="col">{name}</th> })}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="hint">{words::RUNS_HINT}</p>
        </section>
    }
}

fn row(control: Control, run: &PastRun) -> impl IntoView + use<> {
    let delete = {
        let id = run.id.clone();
        move |_| control.desk.runs.update(|history: &mut History| history.remove(&id))
    };
    let adopt = {
        let settings = run.settings.clone();
        move |_| control.form.update(|form| form.adopt(&settings))
    };
    let loss = run.last_loss().map(words::loss).unwrap_or_default();
    let best = run.best().map(words::scores).unwrap_or_default();
    let [made, total] = run.steps.map(whole);
    view! {
        <tr>
            <td>{compare(control, run)}</td>
            <td>{run.ended.clone()}</td>
            <td>{run.model.clone()}</td>
            <td>{whole(run.questions)}</td>
            <td>{whole(run.settings.epochs)}</td>
            <td>{run.settings.learning_rate.to_string()}</td>
            <td>{format!("{made} of {total}")}</td>
            <td>{loss}</td>
            <td>{best}</td>
            <td>{duration_ms(run.elapsed_ms)}</td>
            <td class="run-actions">
                <button type="button" class="button quiet" aria-label=words::adopt_run(&run.ended)
                    disabled=move || control.is_active.get() on:click=adopt>{words::ADOPT_RUN}</button>
                <button type="button" class="button quiet" aria-label=words::delete_run(&run.ended) on:click=delete>
                    {words::DELETE_RUN}
                </button>
            </td>
        </tr>
    }
}

/// The box that draws a run beside the newest.
fn compare(control: Control, run: &PastRun) -> impl IntoView + use<> {
    let label = words::compare_run(&run.ended);
    let (id, compared) = (run.id.clone(), control.compared_ids);
    let is_on = {
        let id = id.clone();
        Memo::new(move |_| compared.with(|ids| ids.contains(&id)))
    };
    let is_full = move || !is_on.get() && compared.with(|ids| ids.len() >= COMPARED_MAX);
    let choose = move |event| {
        let is_chosen = event_target_checked(&event);
        compared.update(|ids| {
            ids.retain(|known| *known != id);
            if is_chosen {
                ids.push(id.clone());
            }
        });
    };
    view! { <input type="checkbox" aria-label=label prop:checked=is_on disabled=is_full on:change=choose /> }
}
