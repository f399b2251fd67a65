//! The list of documents and paragraphs.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::bench::Bench;
use crate::state::format::{counted, whole};
use crate::state::project::outline::{ROWS_MAX, Row};
use crate::state::words::data as words;

/// Documents and paragraphs, with a search.
#[component]
pub fn OutlinePane() -> impl IntoView {
    let bench = Bench::get();
    let query = RwSignal::new(String::new());
    // Where the list was moved to by hand; otherwise it follows the paragraph that is shown.
    let from = RwSignal::new(None::<usize>);
    Effect::new(move |_| {
        bench.place.track();
        query.track();
        from.set(None);
    });
    let outline = Memo::new(move |_| bench.project.with(|project| project.outline(&query.get(), from.get())));
    let before = Memo::new(move |_| outline.with(|outline| outline.before));
    let after = Memo::new(move |_| outline.with(|outline| outline.after));
    let more = move |count: usize, label: &'static str, to: usize| {
        (count > 0).then(|| {
            let label = format!("{label} ({})", whole(count));
            view! { <button class="button quiet" on:click=move |_| from.set(Some(to))>{label}</button> }
        })
    };
    view! {
        <nav class="pane outline-pane" aria-label="Documents">
            <div class="pane-head">
                <input type="search" aria-label="Search texts and questions" placeholder="Search" prop:value=move || query.get()
                    on:input:target=move |event| query.set(event.target().value()) />
            </div>
            {move || more(before.get(), "Earlier", before.get().saturating_sub(ROWS_MAX / 2))}
            <ul class="outline" on:keydown=move_focus>
                <For each=move || outline.with(|outline| outline.rows.clone()) key=Row::clone let:row><OutlineRow row /></For>
            </ul>
            {move || more(after.get(), "Later", before.get() + ROWS_MAX / 2)}
            <Show when=move || outline.with(|outline| outline.rows.is_empty())><p class="hint">{words::NOTHING_FOUND}</p></Show>
        </nav>
    }
}

#[component]
fn OutlineRow(row: Row) -> impl IntoView {
    let bench = Bench::get();
    let Row { place, is_document, label, paragraphs, questions, answered } = row;
    let is_here = Memo::new(move |_| {
        let here = bench.place.get();
        if is_document { here.document == place.document } else { here.is_beside(place) }
    });
    let is_current = move || is_here.get() && !is_document;
    let in_words = if is_document {
        let paragraphs = counted(paragraphs, "paragraph", "paragraphs");
        format!("{paragraphs}, {answered} of {} answered", counted(questions, "question", "questions"))
    } else {
        format!("{answered} of {} answered", counted(questions, "question", "questions"))
    };
    let title = in_words.clone();
    let count = (questions > 0).then(|| format!("{}/{}", whole(answered), whole(questions)));
    let is_done = questions > 0 && answered == questions;
    view! {
        <li>
            <button class="outline-row" class:document=is_document aria-current=move || is_current().then_some("true")
                tabindex=move || if is_here.get() { "0" } else { "-1" } title=title on:click=move |_| bench.go_to(place)>
                <bdi class="label">{label}</bdi>
                <span class="count" class:good=is_done aria-hidden="true">{count}</span>
                <span class="visually-hidden">{in_words}</span>
            </button>
        </li>
    }
}

/// Arrow keys move between the rows, so that the list is one stop of the Tab key.
fn move_focus(event: KeyboardEvent) {
    let row = document().active_element().and_then(|active| active.closest("li").ok().flatten());
    let next = match event.key().as_str() {
        "ArrowDown" => row.and_then(|row| row.next_element_sibling()),
        "ArrowUp" => row.and_then(|row| row.previous_element_sibling()),
        _ => return,
    };
    event.prevent_default();
    let button = next.and_then(|next| next.query_selector("button").ok().flatten());
    if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
        // An element that cannot take the focus leaves it where it is.
        let _ = button.focus();
    }
}
