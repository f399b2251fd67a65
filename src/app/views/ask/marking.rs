//! Right or wrong: a question that was asked becomes a training example, with the right answer marked in place.

use leptos::html;
use leptos::prelude::*;

use super::answers::kept;
use super::send;
use crate::app::desk::Desk;
use crate::state::asking::{Kept, Text, field};
use crate::state::project::Span;
use crate::state::project::examples::{Outcome, Verdict};
use crate::state::words::ask as words;

/// The two verdicts on the best answer. `right` is what "Right" says; without it there is nothing to agree with.
#[component]
pub fn Verdicts(id: u32, text: Text, right: Option<Verdict>) -> impl IntoView {
    let desk = Desk::get();
    let is_marking = RwSignal::new(false);
    let kept = kept(desk, id);
    let is_there = Memo::new(move |_| {
        kept.with(|kept| matches!(kept, Some(Kept { outcome: Outcome::New | Outcome::AlreadyThere, .. })))
    });
    let text = StoredValue::new(text);
    let agree = move |verdict: Verdict| {
        is_marking.set(false);
        text.with_value(|text| send::keep(desk, id, text, verdict));
    };
    let agrees = right.map(|verdict| {
        view! { <button type="button" class="button" aria-describedby="ask-verdict-hint" on:click=move |_| agree(verdict)>"Right"</button> }
    });
    view! {
        <div class="card stack verdicts">
            <div class="row">
                {agrees}
                <button type="button" class="button" aria-describedby="ask-verdict-hint"
                    aria-expanded=move || is_marking.get().to_string()
                    on:click=move |_| is_marking.update(|is_marking| *is_marking = !*is_marking)>
                    "Wrong: mark the right answer"
                </button>
            </div>
            <p id="ask-verdict-hint" class="hint">{words::VERDICT_HINT}</p>
            <Show when=move || is_marking.get()>
                <Marking id text is_marking />
            </Show>
            <p role="status" class:good=move || is_there.get()>{move || kept.get().as_ref().map(words::kept)}</p>
        </div>
    }
}

/// The text, to select the right answer in.
#[component]
fn Marking(id: u32, text: StoredValue<Text>, is_marking: RwSignal<bool>) -> impl IntoView {
    let desk = Desk::get();
    let field = NodeRef::<html::Textarea>::new();
    let is_empty = RwSignal::new(false);
    let context = text.with_value(|text| text.context.to_string());
    let keep = move |verdict: Verdict| {
        let is_kept = text.with_value(|text| send::keep(desk, id, text, verdict));
        is_empty.set(!is_kept);
        is_marking.set(!is_kept);
    };
    let mark = move |_| {
        let span = field.get_untracked().and_then(|field| selected(&field, text)).unwrap_or_default();
        keep(Verdict::Instead(span));
    };
    // The field is what the person came for.
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            // A field that cannot take the focus leaves it where it is.
            let _ = field.focus();
        }
    });
    view! {
        <div class="field">
            <label for="ask-marking">"Text to mark the right answer in"</label>
            <textarea id="ask-marking" class="marking" rows="8" readonly aria-describedby="ask-marking-hint" node_ref=field
                prop:value=context></textarea>
            <p id="ask-marking-hint" class="hint">{words::MARK_HINT}</p>
        </div>
        <div class="row">
            <button type="button" class="button primary" on:click=mark>"Use the selection"</button>
            <button type="button" class="button" on:click=move |_| keep(Verdict::NoAnswer)>"The text has no answer"</button>
            <button type="button" class="button quiet" on:click=move |_| is_marking.set(false)>"Cancel"</button>
        </div>
        <p role="alert" class="error">{move || is_empty.get().then_some(words::NOTHING_SELECTED)}</p>
    }
}

/// The characters that are selected in the field.
fn selected(field: &web_sys::HtmlTextAreaElement, text: StoredValue<Text>) -> Option<Span> {
    let (start, end) = (field.selection_start().ok()??, field.selection_end().ok()??);
    Some(text.with_value(|text| field::span(&text.context, start as usize, end as usize)))
}
