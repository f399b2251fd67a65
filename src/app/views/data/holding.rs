//! The dialog that holds a part of the questions back.

use leptos::html;
use leptos::prelude::*;

use super::bench::{Bench, Notice};
use crate::squad::split::SplitBy;
use crate::state::format::counted;
use crate::state::project::Project;
use crate::state::project::holding::{Amount, Draw, FOLDS, PERCENT};
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
        <button class="button" disabled=move || !has_questions.get() || bench.is_read_only.get() on:click=show>"Hold back a part…"</button>
        <dialog class="card" aria-labelledby="hold-title" node_ref=dialog on:close=move |_| is_open.set(false)>
            <Show when=move || is_open.get()><Choices close /></Show>
        </dialog>
    }
}

#[component]
fn Choices(close: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let bench = Bench::get();
    let draw = RwSignal::new(bench.project.with_untracked(Project::proposed_draw));
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
    let seed = number(draw.get_untracked().seed, 0, u64::MAX, move |seed| draw.update(|draw| draw.seed = seed));
    view! {
        <div class="stack">
            <h2 id="hold-title">"Hold back a part"</h2>
            <p class="hint">{words::HOLD_HINT}</p>
            <fieldset class="row">
                <legend>"Keep together"</legend>
                {by(SplitBy::Paragraph, " Paragraphs")}
                {by(SplitBy::Document, " Documents")}
            </fieldset>
            <AmountFields draw />
            <label class="field">"Seed" {seed}</label>
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

/// A share, or one of so many folds.
#[component]
fn AmountFields(draw: RwSignal<Draw>) -> impl IntoView {
    let is_fold = Memo::new(move |_| matches!(draw.get().amount, Amount::Fold { .. }));
    let set = move |amount: Amount| draw.update(|draw| *draw = Draw { amount, ..*draw }.clamped());
    let (percent, number_of) = match draw.get_untracked().amount {
        Amount::Share(percent) => (percent, (1, 5)),
        Amount::Fold { number, of } => (20, (number, of)),
    };
    // What was typed stays while the other kind is chosen.
    let (percent, number_of) = (RwSignal::new(percent), RwSignal::new(number_of));
    let fold = move || {
        let (number, of) = number_of.get_untracked();
        set(Amount::Fold { number, of });
    };
    let kind = move |folds: bool, label: &'static str| {
        let choose = move |_| if folds { fold() } else { set(Amount::Share(percent.get_untracked())) };
        view! {
            <label>
                <input type="radio" name="hold-amount" prop:checked=move || is_fold.get() == folds on:change=choose />
                {label}
            </label>
        }
    };
    let share = number(
        u64::from(percent.get_untracked()),
        u64::from(*PERCENT.start()),
        u64::from(*PERCENT.end()),
        move |typed| {
            percent.set(u32::try_from(typed).unwrap_or(u32::MAX));
            set(Amount::Share(percent.get_untracked()));
        },
    );
    let (fewest, most) = (*FOLDS.start() as u64, *FOLDS.end() as u64);
    let (first, count) = number_of.get_untracked();
    let which = number(first as u64, 1, most, move |typed| {
        number_of.update(|(number, _)| *number = typed as usize);
        fold();
    });
    let of = number(count as u64, fewest, most, move |typed| {
        number_of.update(|(_, of)| *of = typed as usize);
        fold();
    });
    view! {
        <fieldset class="stack hold-amount">
            <legend>"How much"</legend>
            <div class="row">{kind(false, " A share")} {kind(true, " One of several folds")}</div>
            <div class="row" hidden=move || is_fold.get()><label class="field">"Share in %" {share}</label></div>
            <div class="row" hidden=move || !is_fold.get()>
                <label class="field">"Fold" {which}</label>
                <label class="field">"Of how many folds" {of}</label>
            </div>
            <p class="hint" hidden=move || !is_fold.get()>{words::FOLDS_HINT}</p>
        </fieldset>
    }
}

/// A field for a whole number; what is none is not taken.
fn number(value: u64, min: u64, max: u64, take: impl Fn(u64) + 'static) -> impl IntoView {
    let typed = move |text: String| {
        if let Ok(number) = text.parse() {
            take(number);
        }
    };
    view! {
        <input type="number" min=min.to_string() max=(max < u64::MAX).then(|| max.to_string()) value=value.to_string()
            on:input:target=move |event| typed(event.target().value()) />
    }
}
