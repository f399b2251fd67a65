//! The text of a paragraph, in which answers are marked.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use super::{Choice, dom};
use crate::app::desk::Desk;
use crate::protocol::{Command, Event};
use crate::squad::offsets::{char_from_utf16, utf16_from_char};
use crate::state::model::ModelState;
use crate::state::project::{Segment, SegmentKind, segments};
use crate::state::words::data as words;

/// Characters that the model's vocabulary is tried on.
const COVERED: usize = 20_000;

/// The text, the way to mark answers in it, and how well the model knows it.
#[component]
pub fn MarkedText(choice: Choice) -> impl IntoView {
    let desk = Desk::get();
    let container = NodeRef::<Div>::new();
    let pieces = Memo::new(move |_| {
        let (at, question) = (choice.at.get(), choice.question.get());
        desk.project.with(|project| {
            at.and_then(|at| project.paragraph(at)).map(|paragraph| segments(paragraph, question)).unwrap_or_default()
        })
    });
    // A click on a button may clear the selection: the newest one is kept.
    let follow = Closure::<dyn Fn()>::new(move || {
        let container = container.try_get_untracked().flatten();
        if let Some(selected) = container.and_then(|container| dom::selected_units(&container)) {
            choice.selection.set(Some(selected));
        }
    });
    let _ = document().add_event_listener_with_callback("selectionchange", follow.as_ref().unchecked_ref());
    let follow = StoredValue::new_local(follow);
    on_cleanup(move || {
        let _ = follow.try_with_value(|follow| {
            document().remove_event_listener_with_callback("selectionchange", follow.as_ref().unchecked_ref())
        });
    });
    let mark = move || -> Option<usize> {
        let at = choice.at.get_untracked()?;
        let now = container.get_untracked().and_then(|container| dom::selected_units(&container));
        let selected = now.filter(|(start, end)| start < end).or(choice.selection.get_untracked());
        let Some((start, end)) = selected.filter(|(start, end)| start < end) else {
            choice.error.set(Some(words::NOTHING_SELECTED.to_owned()));
            return None;
        };
        let context = desk.project.with_untracked(|project| project.paragraph(at).map(|p| p.context.clone()))?;
        let (Some(start), Some(end)) = (char_from_utf16(&context, start), char_from_utf16(&context, end)) else {
            choice.error.set(Some(words::HALF_CHARACTER.to_owned()));
            return None;
        };
        let mut question = choice.question.get_untracked();
        let mut marked = None;
        desk.project.update(|project| {
            let count = project.paragraph(at).map_or(0, |paragraph| paragraph.qas.len());
            if count == 0 {
                project.add_question(at);
            }
            question = question.min(count.saturating_sub(1));
            marked = project.set_answer(at, question, start, end);
        });
        choice.question.set(question);
        choice.selection.set(None);
        choice.error.set(marked.is_none().then(|| words::NOTHING_SELECTED.to_owned()));
        marked.and_then(|(_, end)| utf16_from_char(&context, end))
    };
    let key = move |event: web_sys::KeyboardEvent| {
        if event.meta_key() {
            return;
        }
        let (shift, word) = (event.shift_key(), if event.ctrl_key() { "word" } else { "character" });
        let Some(element) = container.get_untracked() else { return };
        match event.key().as_str() {
            "Home" if !shift => dom::place_caret(&element, 0),
            "ArrowLeft" | "ArrowRight" if !event.alt_key() => {
                if dom::selected_units(&element).is_none() {
                    dom::place_caret(&element, 0);
                }
                dom::move_caret(shift, if event.key() == "ArrowLeft" { "left" } else { "right" }, word);
            }
            "a" | "Enter" if !event.ctrl_key() && !event.alt_key() => {
                if let Some(end) = mark() {
                    // The text is drawn anew: the caret goes on from behind the answer.
                    leptos::task::spawn_local(async move {
                        leptos::task::tick().await;
                        dom::place_caret(&element, end);
                    });
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let draw = move |piece: Segment| match piece.kind {
        SegmentKind::Plain => piece.text.into_any(),
        SegmentKind::Answer => view! { <span class="answer">{piece.text}</span> }.into_any(),
        SegmentKind::Chosen => view! { <span class="answer chosen">{piece.text}</span> }.into_any(),
    };
    view! {
        <section class="card data-text" aria-label="Text">
            <div
                class="data-context"
                data-context=""
                tabindex="0"
                role="group"
                aria-label="Text to mark answers in"
                aria-describedby="mark-hint"
                node_ref=container
                on:keydown=key
            >{move || pieces.get().into_iter().map(draw).collect_view()}</div>
            <div class="row">
                <button
                    class="button primary"
                    aria-describedby="mark-hint"
                    on:mousedown=|event| event.prevent_default()
                    on:click=move |_| {
                        mark();
                    }
                >"Answer"</button>
                <p class="hint" id="mark-hint">{words::MARK_HINT}</p>
            </div>
            <Coverage choice />
        </section>
    }
}

/// The model's language, and how much of the text its vocabulary knows.
#[component]
fn Coverage(choice: Choice) -> impl IntoView {
    let desk = Desk::get();
    let text = Memo::new(move |_| {
        let at = choice.at.get()?;
        desk.project.with(|project| project.paragraph(at).map(|p| p.context.chars().take(COVERED).collect::<String>()))
    });
    let model = Memo::new(move |_| {
        desk.model.with(|model| match model {
            ModelState::Ready(info) | ModelState::Kept { info, .. } => {
                Some((info.name.clone(), info.languages.clone()))
            }
            _ => None,
        })
    });
    let said = RwSignal::new(None::<String>);
    let newest = StoredValue::new(0_usize);
    Effect::new(move |_| {
        said.set(None);
        newest.update_value(|newest| *newest += 1);
        let (Some(text), Some((_, codes))) = (text.get(), model.get()) else { return };
        let mine = newest.get_value();
        desk.ask_model(Command::Coverage { text }, &[], move |event, _, _| {
            if let Event::Coverage { unknown_share, .. } = event
                && newest.try_get_value() == Some(mine)
            {
                said.set(Some(words::coverage(&codes, unknown_share)));
            }
        });
    });
    view! { <p class="hint" role="status">{move || said.get()}</p> }
}
