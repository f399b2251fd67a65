//! All settings, folded away for those who need none of them.

use leptos::html;
use leptos::prelude::*;

use super::control::Control;
use super::presets::reset;
use crate::state::run::Field;
use crate::state::words::train as words;
use crate::train::Schedule;

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
            <fieldset class="fields" disabled=move || control.is_active.get()>
                <legend class="visually-hidden">{words::SETTINGS}</legend>
                {Field::ALL.map(|field| number(control, field))}
                {schedule(control)}
                {freeze_embeddings(control)}
            </fieldset>
            {reset(control)}
        </details>
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
    let choose = move |event| {
        let is_chosen = event_target_checked(&event);
        control.form.update(|form| {
            form.freeze_embeddings = is_chosen;
            form.chosen = true;
        });
    };
    view! {
        <div class="field">
            <label>
                <input
                    type="checkbox"
                    aria-describedby="setting-freeze-says"
                    prop:checked=move || control.form.with(|form| form.freeze_embeddings)
                    on:change=choose
                />
                {words::FREEZE_EMBEDDINGS}
            </label>
            <p class="hint" id="setting-freeze-says">{words::FREEZE_EMBEDDINGS_HINT}</p>
        </div>
    }
}

fn schedule(control: Control) -> impl IntoView {
    let choose = move |event| {
        let schedule = match event_target_value(&event).as_str() {
            "constant" => Schedule::Constant,
            "cosine" => Schedule::Cosine,
            _ => Schedule::Linear,
        };
        control.form.update(|form| {
            form.schedule = schedule;
            form.chosen = true;
        });
    };
    let option = move |schedule: Schedule, value: &'static str| {
        let is_chosen = move || control.form.with(|form| form.schedule == schedule);
        view! { <option value=value prop:selected=is_chosen>{words::schedule(schedule)}</option> }
    };
    view! {
        <div class="field">
            <label for="setting-schedule">{words::SCHEDULE}</label>
            <select id="setting-schedule" aria-describedby="setting-schedule-says" on:change=choose>
                {option(Schedule::Linear, "linear")}
                {option(Schedule::Cosine, "cosine")}
                {option(Schedule::Constant, "constant")}
            </select>
            <p class="hint" id="setting-schedule-says">{words::SCHEDULE_HINT}</p>
        </div>
    }
}
