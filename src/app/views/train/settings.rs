//! All settings, folded away for those who need none of them.

use leptos::html;
use leptos::prelude::*;

use super::control::Control;
use super::presets::reset;
use crate::state::run::form::Group;
use crate::state::run::{Field, Form};
use crate::state::words::train as words;
use crate::train::{Answers, Metric, Schedule};

/// The fold with a field for each setting.
pub fn settings(control: Control) -> impl IntoView {
    let details = NodeRef::<html::Details>::new();
    let toggle = move |_| {
        let open = details.get_untracked().is_some_and(|details| details.open());
        if control.form.with_untracked(|form| form.open) != open {
            control.form.update(|form| form.open = open);
        }
    };
    let open = control.form.with_untracked(|form| form.open);
    view! {
        <details class="train-settings" node_ref=details open=open on:toggle=toggle>
            <summary>{words::SETTINGS}</summary>
            <fieldset class="settings" disabled=move || control.is_active.get()>
                <legend class="visually-hidden">{words::SETTINGS}</legend>
                {Group::ALL.map(|group| fields(control, group))}
            </fieldset>
            {reset(control)}
        </details>
    }
}

/// The settings that are about the same thing: numbers first, then what is chosen or ticked.
fn fields(control: Control, group: Group) -> impl IntoView {
    let numbers = group.fields().map(|field| number(control, field)).collect_view();
    let others = match group {
        Group::Length | Group::Computer => ().into_any(),
        Group::Corrections => schedule(control).into_any(),
        Group::Data => answers(control).into_any(),
        Group::Trained => freeze_embeddings(control).into_any(),
        Group::Measuring => (metric(control), keep_best(control)).into_any(),
    };
    view! {
        <fieldset class="fields">
            <legend>{words::group(group)}</legend>
            {numbers}
            {others}
        </fieldset>
    }
}

fn number(control: Control, field: Field) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let text = Memo::new(move |_| control.form.with(|form| form.text(field)));
    // Written only where it differs: while "1e" is typed the browser reports no value, and writing that back would wipe it.
    Effect::new(move |_| {
        let text = text.get();
        if let Some(input) = input.get()
            && input.value() != text
        {
            input.set_value(&text);
        }
    });
    let wrong = Memo::new(move |_| {
        let error = control.settings.with(|settings| settings.as_ref().err().cloned());
        error.filter(|error| error.field == Some(field)).map(|error| error.message)
    });
    let name = format!("{field:?}").to_lowercase();
    let (id, hint) = (format!("setting-{name}"), format!("setting-{name}-says"));
    let (step, mode) = if field.is_whole() { ("1", "numeric") } else { ("any", "decimal") };
    view! {
        <div class="field">
            <label for=id.clone()>{words::label(field)}</label>
            <input
                type="number"
                id=id
                node_ref=input
                min="0"
                step=step
                inputmode=mode
                autocomplete="off"
                aria-describedby=hint.clone()
                aria-invalid=move || wrong.with(Option::is_some).then_some("true")
                on:input=move |event| control.form.update(|form| form.set(field, event_target_value(&event)))
            />
            <p class="hint" id=hint>
                {words::hint(field)}
                <span class="error">{move || wrong.get().map(|message| format!(" {message}"))}</span>
            </p>
        </div>
    }
}

fn freeze_embeddings(control: Control) -> impl IntoView {
    let words = (words::FREEZE_EMBEDDINGS, words::FREEZE_EMBEDDINGS_HINT);
    switch(control, "setting-freeze", words, |form| &mut form.freeze_embeddings)
}

fn keep_best(control: Control) -> impl IntoView {
    switch(control, "setting-best", (words::KEEP_BEST, words::KEEP_BEST_HINT), |form| &mut form.keep_best)
}

/// A box to tick, with its label and its gloss.
fn switch(
    control: Control,
    id: &'static str,
    (label, hint): (&'static str, &'static str),
    place: fn(&mut Form) -> &mut bool,
) -> impl IntoView {
    let says = format!("{id}-says");
    let choose = move |event| {
        let is_chosen = event_target_checked(&event);
        control.form.update(|form| {
            *place(form) = is_chosen;
            form.chosen = true;
        });
    };
    let is_chosen = move || *place(&mut control.form.get());
    view! {
        <div class="field">
            <label>
                <input type="checkbox" aria-describedby=says.clone() prop:checked=is_chosen on:change=choose />
                {label}
            </label>
            <p class="hint" id=says>{hint}</p>
        </div>
    }
}

fn schedule(control: Control) -> impl IntoView {
    let options = [Schedule::Linear, Schedule::Cosine, Schedule::Constant];
    let words = (words::SCHEDULE, words::SCHEDULE_HINT);
    choice(control, "setting-schedule", words, options.map(|it| (it, words::schedule(it))), |form| &mut form.schedule)
}

fn answers(control: Control) -> impl IntoView {
    let options = [Answers::First, Answers::InTurn];
    let words = (words::ANSWERS, words::ANSWERS_HINT);
    choice(control, "setting-answers", words, options.map(|it| (it, words::answers(it))), |form| &mut form.answers)
}

fn metric(control: Control) -> impl IntoView {
    let options = [Metric::F1, Metric::ExactMatch];
    let words = (words::METRIC, words::METRIC_HINT);
    choice(control, "setting-metric", words, options.map(|it| (it, words::metric(it))), |form| &mut form.metric)
}

/// One of several, with its label and its gloss.
fn choice<T, const N: usize>(
    control: Control,
    id: &'static str,
    (label, hint): (&'static str, &'static str),
    options: [(T, &'static str); N],
    place: fn(&mut Form) -> &mut T,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let says = format!("{id}-says");
    let choose = move |event| {
        let chosen = event_target_value(&event).parse().ok().and_then(|index: usize| options.get(index));
        if let Some((value, _)) = chosen {
            control.form.update(|form| {
                *place(form) = *value;
                form.chosen = true;
            });
        }
    };
    let option = move |index: usize| {
        let (value, text) = options[index];
        let is_chosen = move || *place(&mut control.form.get()) == value;
        view! { <option value=index.to_string() prop:selected=is_chosen>{text}</option> }
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <select id=id aria-describedby=says.clone() on:change=choose>{(0..N).map(option).collect_view()}</select>
            <p class="hint" id=says>{hint}</p>
        </div>
    }
}
