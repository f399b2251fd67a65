//! The list of documents and paragraphs, or of all questions: as long as it may be, only what is seen is drawn.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::{spawn_local, tick};

use super::bench::Bench;
use crate::app::shell::focus;
use crate::state::format::{counted, whole};
use crate::state::project::outline::{Listing, Row, row_after_key, scroll_to, window};
use crate::state::words::data as words;

/// Height of a row, in pixels; the style sheet says the same.
const ROW_PX: usize = 52;

/// Documents and paragraphs, or questions, with a search.
#[component]
pub fn OutlinePane() -> impl IntoView {
    let bench = Bench::get();
    let query = RwSignal::new(String::new());
    let listing = RwSignal::new(Listing::default());
    // Whoever only goes from question to question does not wait for the rows of a hundred thousand.
    let changed = Memo::new(move |_| {
        bench.project.with(|project| (project.ledger.revision(), project.place.part, project.place.document))
    });
    let rows = Memo::new(move |_| {
        // Read, not tracked: a memo that nobody reads hears of no change, and tells of none.
        changed.get();
        let (listing, query) = (listing.get(), query.get());
        bench.project.with_untracked(|project| project.rows(listing, &query))
    });
    let scroller = NodeRef::<html::Div>::new();
    // Pixel that the list is scrolled to, and its height.
    let seen = RwSignal::new((0, 900));
    let look = move || {
        if let Some(scroller) = scroller.get_untracked() {
            seen.set((scroller.scroll_top().max(0) as usize, scroller.client_height().max(0) as usize));
        }
    };
    let drawn = Memo::new(move |_| {
        let (top, height) = seen.get();
        window(rows.with(Vec::len), ROW_PX, top, height)
    });
    let place_of_here = move || {
        let here = bench.place.get();
        rows.with(|rows| match listing.get() {
            Listing::Questions => rows.iter().position(|row| row.place == here),
            Listing::Texts => rows.iter().position(|row| !row.is_document && row.place.is_beside(here)),
        })
    };
    let here = Memo::new(move |_| place_of_here());
    Effect::new(move |_| {
        let Some((row, scroller)) = here.get().zip(scroller.get()) else { return };
        look();
        let (top, height) = seen.get_untracked();
        if let Some(to) = scroll_to(row, ROW_PX, top, height) {
            scroller.set_scroll_top(i32::try_from(to).unwrap_or(i32::MAX));
            look();
        }
    });
    // One row is a stop of the Tab key: the one that is shown, or the first that is drawn.
    let stop = Memo::new(move |_| {
        let drawn = drawn.get();
        here.get().filter(|here| drawn.contains(here)).unwrap_or(drawn.start)
    });
    let visible = move || {
        let drawn = drawn.get();
        rows.with(|rows| rows[drawn.start..drawn.end.min(rows.len())].iter().cloned().enumerate().collect::<Vec<_>>())
            .into_iter()
            .map(move |(at, row)| (drawn.start + at, row))
            .collect::<Vec<_>>()
    };
    let count = Memo::new(move |_| rows.with(Vec::len));
    let choose = move |value: String| {
        listing.set(if value == "questions" { Listing::Questions } else { Listing::Texts });
    };
    // The list is one stop of the Tab key: other keys lead from row to row, also to those that are not drawn yet.
    let on_key = move |event: KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let (top, height) = seen.get_untracked();
        let page = (height / ROW_PX).max(1);
        let to = focused_row().and_then(|row| row_after_key(&event.key(), row, count.get_untracked(), page));
        let Some((to, scroller)) = to.zip(scroller.get_untracked()) else { return };
        event.prevent_default();
        if let Some(px) = scroll_to(to, ROW_PX, top, height).filter(|_| !drawn.get_untracked().contains(&to)) {
            scroller.set_scroll_top(i32::try_from(px).unwrap_or(i32::MAX));
            look();
        }
        spawn_local(async move {
            tick().await;
            focus(&format!(".outline li[aria-posinset=\"{}\"] button", to + 1));
        });
    };
    view! {
        <nav class="pane outline-pane" aria-label="Documents">
            <div class="pane-head">
                <input type="search" aria-label="Search texts and questions" placeholder="Search" prop:value=move || query.get()
                    on:input:target=move |event| query.set(event.target().value()) />
                <select class="quiet" aria-label="List" on:change:target=move |event| choose(event.target().value())>
                    <option value="texts">"Texts"</option>
                    <option value="questions">"Questions"</option>
                </select>
            </div>
            <div class="outline-scroll" node_ref=scroller on:scroll=move |_| look()>
                <ul class="outline" style:height=move || format!("{}px", count.get() * ROW_PX) on:keydown=on_key>
                    <For each=visible key=|(at, row)| (*at, row.clone()) let:item>
                        <OutlineRow at=item.0 row=item.1 count here stop />
                    </For>
                </ul>
            </div>
            <Show when=move || count.get() == 0><p class="hint">{words::NOTHING_FOUND}</p></Show>
        </nav>
    }
}

#[component]
fn OutlineRow(at: usize, row: Row, count: Memo<usize>, here: Memo<Option<usize>>, stop: Memo<usize>) -> impl IntoView {
    let bench = Bench::get();
    let label = {
        let row = row.clone();
        Memo::new(move |_| bench.project.with(|project| project.label(&row)))
    };
    let Row { place, is_document, paragraphs, questions, answered, .. } = row;
    let is_current = move || here.get() == Some(at);
    let held_back = if place.is_held_back() { words::HELD_BACK_ROW } else { "" };
    let in_words = match (is_document, place.question) {
        (true, _) => {
            let paragraphs = counted(paragraphs, "paragraph", "paragraphs");
            format!("{paragraphs}, {answered} of {} answered", counted(questions, "question", "questions"))
        }
        (false, Some(_)) => if answered > 0 { "answered" } else { "no answer yet" }.to_owned(),
        (false, None) => format!("{answered} of {} answered", counted(questions, "question", "questions")),
    };
    let in_words = format!("{in_words}{held_back}");
    let title = in_words.clone();
    let is_question = place.question.is_some();
    let has_progress = !is_question && questions > 0;
    let progress = if place.is_held_back() {
        words::HELD_BACK_TAG.to_owned()
    } else if has_progress {
        format!("{}/{}", whole(answered), whole(questions))
    } else {
        String::new()
    };
    let is_done = questions > 0 && answered == questions && !place.is_held_back();
    view! {
        <li style:top=format!("{}px", at * ROW_PX) aria-setsize=move || count.get().to_string() aria-posinset=(at + 1).to_string()>
            <button class="outline-row" class:document=is_document class:held-back=place.is_held_back() aria-current=move || is_current().then_some("true")
                tabindex=move || if stop.get() == at { "0" } else { "-1" } title=title on:click=move |_| bench.go_to(place)>
                <bdi class="label">{move || label.get()}</bdi>
                <span class="count" class:good=is_done aria-hidden="true">{progress}</span>
                <span class="visually-hidden">{in_words}</span>
            </button>
        </li>
    }
}

/// The row that has the focus.
fn focused_row() -> Option<usize> {
    let row = document().active_element().and_then(|active| active.closest(".outline li").ok().flatten())?;
    row.get_attribute("aria-posinset")?.parse::<usize>().ok()?.checked_sub(1)
}
