//! The text: one selectable flow, in which answers are underlined.

use gloo::events::EventListener;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use web_sys::HtmlElement;

use super::bench::Bench;
use super::selection::{self, Step};
use super::text_head::TextHead;
use crate::squad::offsets::slice;
use crate::state::format::whole;
use crate::state::project::Project;
use crate::state::project::spans::{self, Segment};
use crate::state::words::data as words;

/// Place and height of the caret, in pixels from the corner of the region.
type Caret = (f64, f64, f64);

/// The text that is shown, and the button that makes a selection an answer.
#[component]
pub fn TextPane() -> impl IntoView {
    let bench = Bench::get();
    let pieces =
        Memo::new(move |_| bench.project.with(|project| project.paragraph().map(spans::segments).unwrap_or_default()));
    let caret = RwSignal::new(None::<Caret>);
    follow_selection(bench, caret);
    let draw = move |piece: Segment| {
        if piece.questions.is_empty() {
            return piece.text.into_any();
        }
        let questions = piece.questions;
        let is_chosen = move || bench.place.get().question.is_some_and(|chosen| questions.contains(&chosen));
        view! { <mark class="answer" class:chosen=is_chosen>{piece.text}</mark> }.into_any()
    };
    let on_key = move |event: KeyboardEvent| {
        if let Some(region) = bench.region.get_untracked()
            && take_key(bench, &region, &event)
        {
            event.prevent_default();
            scroll_to_caret();
        }
    };
    let caret_style = move || caret.get().map(|(x, y, height)| format!("left:{x}px;top:{y}px;height:{height}px"));
    view! {
        <div class="pane text-pane">
            <TextHead />
            <div class="text-scroll">
                <section class="text-region" aria-label="Text">
                    <Show when=move || bench.draft.with(Option::is_none) fallback=Draft>
                        // To screen readers a field that is only read: they then leave the arrow keys to the page.
                        <div class="context" data-context="" role="textbox" aria-readonly="true" aria-multiline="true"
                            aria-label="Words of the text" aria-describedby="text-hint" tabindex="0" dir="auto"
                            node_ref=bench.region on:keydown=on_key on:blur=move |_| caret.set(None)>
                            {move || pieces.get().into_iter().map(draw).collect_view()}
                        </div>
                        <div class="text-actions row">
                            <button class="button quiet" disabled=bench.is_locked on:click=move |_| bench.edit_text()>"Edit text"</button>
                            <button class="button quiet" disabled=bench.is_locked on:click=move |_| bench.project.update(Project::delete_paragraph)>"Delete paragraph"</button>
                        </div>
                    </Show>
                </section>
                {move || caret_style().map(|style| view! { <span class="caret" aria-hidden="true" style=style></span> })}
            </div>
            <AnswerBar />
        </div>
    }
}

/// The text as it is being edited.
#[component]
fn Draft() -> impl IntoView {
    let bench = Bench::get();
    let on_key = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" if event.ctrl_key() || event.meta_key() => {
            event.prevent_default();
            bench.save_text();
        }
        "Escape" if !event.is_composing() => bench.close_draft(),
        _ => {}
    };
    let is_empty = move || bench.draft.with(|draft| draft.as_ref().is_none_or(|draft| draft.text.trim().is_empty()));
    view! {
        <div class="draft stack">
            <textarea id="text-draft" class="context" aria-label="Edited text" aria-describedby="draft-hint" dir="auto"
                prop:value=move || bench.draft.get().map(|draft| draft.text).unwrap_or_default() on:keydown=on_key
                on:input:target=move |event| {
                    let text = event.target().value();
                    bench.draft.update(|draft| {
                        if let Some(draft) = draft {
                            draft.text = text;
                        }
                    });
                }></textarea>
            <p id="draft-hint" class="hint">{words::DRAFT_HINT}</p>
            <div class="row">
                <button class="button primary" disabled=is_empty on:click=move |_| bench.save_text()>"Save text"</button>
                <button class="button" on:click=move |_| bench.close_draft()>"Cancel"</button>
            </div>
        </div>
    }
}

/// What is selected, and the button that makes it an answer.
#[component]
fn AnswerBar() -> impl IntoView {
    let bench = Bench::get();
    let selected = Memo::new(move |_| {
        let span = bench.selected.get()?;
        bench.project.with(|project| {
            let context = &project.paragraph()?.context;
            let (span, text) = spans::trim(context, span)?;
            let edge = |from: usize, to: usize| slice(context, from, to).unwrap_or_default().to_owned();
            // Of a long selection its ends tell enough.
            let length = span.end - span.start;
            let text = if length > 80 {
                format!("{} … {}", edge(span.start, span.start + 40), edge(span.end - 30, span.end))
            } else {
                text.to_owned()
            };
            Some(format!("“{text}” at {}", whole(span.start)))
        })
    });
    let keep_selection = |event: leptos::ev::MouseEvent| event.prevent_default();
    view! {
        <div class="answer-bar row">
            <button class="button primary" aria-describedby="selected-words" disabled=bench.is_locked on:mousedown=keep_selection on:click=move |_| bench.mark()>
                "Answer"
            </button>
            <button class="button" on:mousedown=keep_selection on:click=move |_| bench.ask_about_selection()>
                "Ask about selection"
            </button>
            <label class="snap">
                <input type="checkbox" prop:checked=move || bench.snaps.get()
                    on:change:target=move |event| bench.snaps.set(event.target().checked()) />
                " Whole words"
            </label>
            <span id="selected-words" class="selected">
                {move || selected.get().map(|text| view! { "Selected: " <bdi>{text}</bdi> })}
            </span>
            <span id="text-hint" class="hint" class:visually-hidden=move || selected.get().is_some()>{words::TEXT_HINT}</span>
        </div>
    }
}

/// Notes what is selected in the text, and draws the caret that browsers leave out in text that cannot be edited.
fn follow_selection(bench: Bench, caret: RwSignal<Option<Caret>>) {
    let listener = EventListener::new(&document(), "selectionchange", move |_| {
        let Some(Some(region)) = bench.region.try_get_untracked() else { return };
        let Some((start, end)) = selection::units(&region) else { return };
        let span = bench.span(start, end);
        bench.selected.set(span);
        let has_focus = document().active_element().is_some_and(|active| active.is_same_node(Some(&region)));
        let rect = selection::focus_rect().filter(|_| span.is_none() && has_focus);
        let frame = region.parent_element().map(|frame| (frame.get_bounding_client_rect(), frame));
        caret.set(rect.zip(frame).map(|(rect, (corner, frame))| {
            let (x, y) = (f64::from(frame.scroll_left()), f64::from(frame.scroll_top()));
            (rect.x() - corner.x() + x, rect.y() - corner.y() + y, rect.height())
        }));
    });
    let listener = StoredValue::new_local(Some(listener));
    on_cleanup(move || {
        listener.try_update_value(Option::take);
    });
}

/// Does what a key means in the text; whether it means anything.
fn take_key(bench: Bench, region: &HtmlElement, event: &KeyboardEvent) -> bool {
    let (by_word, extends) = (event.ctrl_key(), event.shift_key());
    if event.alt_key() || event.meta_key() {
        return false;
    }
    let by = if by_word { "word" } else { "character" };
    let step = match event.key().as_str() {
        "ArrowLeft" => Step { direction: "left", by },
        "ArrowRight" => Step { direction: "right", by },
        "ArrowUp" if !by_word => Step { direction: "backward", by: "line" },
        "ArrowDown" if !by_word => Step { direction: "forward", by: "line" },
        "Home" if !by_word => Step { direction: "backward", by: "lineboundary" },
        "End" if !by_word => Step { direction: "forward", by: "lineboundary" },
        key @ ("Home" | "End") => {
            selection::to_end(region, key == "End", extends);
            return true;
        }
        "a" if by_word => {
            selection::all(region);
            return true;
        }
        "Enter" if !by_word => {
            bench.mark();
            return true;
        }
        _ => return false,
    };
    selection::step(region, step, extends);
    true
}

/// Brings the moving end of the selection into sight.
fn scroll_to_caret() {
    let Some(rect) = selection::focus_rect() else { return };
    let Some(frame) = document().query_selector(".text-scroll").ok().flatten() else { return };
    let shown = frame.get_bounding_client_rect();
    let beyond = if rect.y() < shown.y() {
        rect.y() - shown.y() - rect.height()
    } else if rect.bottom() > shown.bottom() {
        rect.bottom() - shown.bottom() + rect.height()
    } else {
        return;
    };
    frame.set_scroll_top(frame.scroll_top() + beyond as i32);
}
