//! The dialog that asks what the columns of a table hold.

use futures_channel::oneshot;
use leptos::html;
use leptos::prelude::*;

use super::bench::Bench;
use crate::squad::read::{Columns, Preview};
use crate::state::words::data as words;

/// A table whose columns are asked for, and who waits for them.
pub struct Asked {
    name: String,
    preview: Preview,
    answer: oneshot::Sender<Columns>,
}

/// Asks what the columns hold; `None` where the person would rather not.
pub async fn ask_columns(bench: Bench, name: String, preview: Preview) -> Option<Columns> {
    let (answer, receiver) = oneshot::channel();
    // Where the view is gone, the question goes with it, and who waits is told.
    let _ = bench.asked.try_set(Some(Asked { name, preview, answer }));
    receiver.await.ok()
}

/// The dialog; open while a table waits.
#[component]
pub fn ColumnsDialog() -> impl IntoView {
    let bench = Bench::get();
    let dialog = NodeRef::<html::Dialog>::new();
    let is_asked = Memo::new(move |_| bench.asked.with(Option::is_some));
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if is_asked.get() && !dialog.open() {
            // A dialog that is not in the page cannot be shown.
            let _ = dialog.show_modal();
        } else if !is_asked.get() {
            dialog.close();
        }
    });
    view! {
        <dialog class="card" aria-labelledby="columns-title" node_ref=dialog on:close=move |_| bench.asked.set(None)>
            <Show when=move || is_asked.get()><Choices /></Show>
        </dialog>
    }
}

#[component]
fn Choices() -> impl IntoView {
    let bench = Bench::get();
    let asked =
        bench.asked.with_untracked(|asked| asked.as_ref().map(|asked| (asked.name.clone(), asked.preview.clone())));
    let (name, preview) = asked.unwrap_or_default();
    let chosen = RwSignal::new(preview.guess);
    let read = move |_| {
        if let Some(asked) = bench.asked.try_update(Option::take).flatten() {
            // Whoever asked may be gone.
            let _ = asked.answer.send(chosen.get_untracked());
        }
    };
    let headers = StoredValue::new(preview.headers.clone());
    let role = move |index: usize| {
        let slot = move |mut columns: Columns| *columns.slots()[index];
        let options = headers.get_value().into_iter().enumerate().map(move |(column, header)| {
            view! { <option value=column.to_string() selected=move || slot(chosen.get()) == Some(column)>{header}</option> }
        });
        view! {
            <label class="field">
                {words::COLUMN_ROLES[index]}
                <select on:change:target=move |event| {
                    let column = event.target().value().parse().ok();
                    chosen.update(|chosen| *chosen.slots()[index] = column);
                }>
                    <option value="" selected=move || slot(chosen.get()).is_none()>{words::NO_COLUMN}</option>
                    {options.collect_view()}
                </select>
            </label>
        }
    };
    let cells = |row: Vec<String>| row.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view();
    view! {
        <div class="stack">
            <h2 id="columns-title">{words::columns_title(&name)}</h2>
            <p class="hint">{words::COLUMNS_HINT}</p>
            <div class="columns">{(0..Columns::ROLES.len()).map(role).collect_view()}</div>
            <div class="scroll">
                <table>
                    <caption>{words::first_rows(preview.rows.len(), preview.count)}</caption>
                    <thead><tr>{preview.headers.into_iter().map(|header| view! { <th scope="col">{header}</th> }).collect_view()}</tr></thead>
                    <tbody>{preview.rows.into_iter().map(|row| view! { <tr>{cells(row)}</tr> }).collect_view()}</tbody>
                </table>
            </div>
            <div class="row">
                <button class="button primary" disabled=move || chosen.get().context.is_none() on:click=read>"Read table"</button>
                <button class="button" on:click=move |_| bench.asked.set(None)>"Cancel"</button>
            </div>
        </div>
    }
}
