//! The presets as cards.

use leptos::prelude::*;

use super::control::Control;
use crate::state::run::{Form, Preset};
use crate::state::words::train as words;

/// Radio cards, one a preset, with a sentence each.
pub fn presets(control: Control) -> impl IntoView {
    let offered = Memo::new(move |_| Preset::offered(control.data.get().is_sample));
    let cards = move || offered.get().iter().map(|preset| card(control, *preset)).collect_view();
    view! {
        <fieldset class="presets" disabled=move || control.is_active.get()>
            <legend>{words::PRESETS}</legend>
            {cards}
        </fieldset>
    }
}

fn card(control: Control, preset: Preset) -> impl IntoView + use<> {
    let name = match preset {
        Preset::FewAnswers => "few-answers",
        Preset::Dataset => "dataset",
        Preset::Article => "article",
    };
    let (id, sentence) = (format!("preset-{name}"), format!("preset-{name}-says"));
    let is_chosen = move || control.form.with(|form| form.preset == preset);
    let is_changed = move || control.form.with(|form| form.preset == preset && form.is_changed());
    let choose = move |_| {
        control.form.update(|form| {
            form.take(preset);
            form.chosen = true;
        });
    };
    view! {
        <div class="preset">
            <input
                type="radio"
                name="preset"
                id=id.clone()
                aria-describedby=sentence.clone()
                prop:checked=is_chosen
                on:change=choose
            />
            <div>
                <label for=id>{words::preset_title(preset)}</label>
                <span class="badge" hidden=move || !is_changed()>{words::CHANGED}</span>
                <p class="hint" id=sentence>{words::preset_sentence(preset)}</p>
            </div>
        </div>
    }
}

/// Takes the preset's values back; there while one differs.
pub fn reset(control: Control) -> impl IntoView {
    let again = move |_| control.form.update(|form| form.take(form.preset));
    view! {
        <button
            type="button"
            class="button"
            disabled=move || control.is_active.get() || !control.form.with(Form::is_changed)
            on:click=again
        >
            {words::RESET}
        </button>
    }
}
