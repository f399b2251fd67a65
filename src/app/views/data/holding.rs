//! The dialog that holds a part of the questions back.

use leptos::html;
use leptos::prelude::*;

use super::bench::{Bench, Notice};
use crate::squad::split::SplitBy;
use crate::state::format::counted;
use crate::state::project::Project;
use crate::state::project::holding::{Draw, PERCENT};
use crate::state::words::data as words;

/// The button, and its dialog.
#[component]
pub fn HoldBack() -> impl IntoView {
    let bench = Bench::get();
    let dialog = NodeRef::<html::Dialog>::new();
    let is_open = RwSignal::new(false);
    let show = move |_| {
        if let Some(dialog) = dialog.get_untracked().filter(|dialog| !dialog.open()) {
            is_open.set(true);
            // A dialog that is not in the page cannot be shown.
            let _ = dialog.show_modal();
        }
    };
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let has_questions = Memo::new(move |_| bench.project.with(|project| project.dataset.questions().next().is_some()));
    view! {
        <button class="button" disabled=move || !has_questions.get() on:click=show>"Hold back a part…"</button>
        <dialog class="card" aria-labelledby="hold-title" node_ref=dialog on:close=move |_| is_open.set(false)>
            <Show when=move || is_open.get()><Choices close /></Show>
        </dialog>
    }
}

#[component]
fn Choices(close: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let bench = Bench::get();
    let draw = RwSignal::new(Draw::default());
    let preview = Memo::new(move |_| bench.project.with(|project| project.preview(draw.get())));
    let held = Memo::new(move |_| {
        bench.project.with(|project| project.held_out.as_ref().map(|held_out| held_out.dataset.question_count()))
    });
    let hold = move |_| {
        let drawn = bench.project.try_update(|project| project.hold_back(draw.get_untracked())).flatten();
        bench.notice.set(drawn.map(|drawn| Notice::Said(format!("{} Undo takes it back.", words::drawn(drawn)))));
        close();
    };
    let give_back = move |_| {
        bench.project.update(Project::give_back);
        bench.notice.set(Some(Notice::Said("What was held back is trained on again. Undo takes it back.".to_owned())));
        close();
    };
    let by = move |value: SplitBy, label: &'static str| {
        view! {
            <label>
                <input type="radio" name="hold-by" prop:checked=move || draw.get().by == value
                    on:change=move |_| draw.update(|draw| draw.by = value) />
                {label}
            </label>
        }
    };
    let number = |text: String| text.parse::<u64>().ok();
    view! {
        <div class="stack">
            <h2 id="hold-title">"Hold back a part"</h2>
            <p class="hint">{words::HOLD_HINT}</p>
            <fieldset class="row">
                <legend>"Keep together"</legend>
                {by(SplitBy::Paragraph, " Paragraphs")}
                {by(SplitBy::Document, " Documents")}
            </fieldset>
            <div class="row">
                <label class="field">
                    "Share in %"
                    <input type="number" min=PERCENT.start().to_string() max=PERCENT.end().to_string() value=Draw::default().percent.to_string()
                        on:input:target=move |event| if let Some(percent) = number(event.target().value()) {
                            let percent = u32::try_from(percent).unwrap_or(u32::MAX);
                            draw.update(|draw| draw.percent = percent.clamp(*PERCENT.start(), *PERCENT.end()));
                        } />
                </label>
                <label class="field">
                    "Seed"
                    <input type="number" min="0" value=Draw::default().seed.to_string()
                        on:input:target=move |event| if let Some(seed) = number(event.target().value()) {
                            draw.update(|draw| draw.seed = seed);
                        } />
                </label>
            </div>
            <p role="status">{move || preview.get().map_or_else(|| words::CANNOT_HOLD.to_owned(), words::drawn)}</p>
            {move || held.get().map(|count| view! {
                <div class="row">
                    <span class="hint">{format!("{} held back now.", counted(count, "question is", "questions are"))}</span>
                    <button class="button" on:click=give_back>"Train on them again"</button>
                </div>
            })}
            <div class="row">
                <button class="button primary" disabled=move || preview.get().is_none() on:click=hold>"Hold back"</button>
                <button class="button" on:click=move |_| close()>"Cancel"</button>
            </div>
        </div>
    }
}
