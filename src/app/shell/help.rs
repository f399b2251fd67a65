//! The help: every shortcut that exists; and the shortcuts that work in all views.

use std::cell::Cell;
use std::rc::Rc;

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, KeyboardEvent};

use super::SingleKeys;
use crate::state::route::Route;
use crate::state::words::shell as words;

/// Milliseconds between `G` and the letter of a view.
const CHORD_MS: f64 = 1500.0;

const DIALOG: &str = "help-dialog";

fn dialog() -> Option<HtmlDialogElement> {
    document().get_element_by_id(DIALOG)?.dyn_into().ok()
}

/// Opens the help.
pub fn open() {
    if let Some(dialog) = dialog().filter(|dialog| !dialog.open()) {
        // A dialog that is not in the page cannot be shown, and then there is nothing to show it for.
        let _ = dialog.show_modal();
    }
}

/// Whether a key is meant for a text field, a list or a dialog rather than for shortcuts.
pub fn is_taken(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    // A box that is ticked takes no letters: shortcuts go on working after it.
    let fields = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog";
    target.is_some_and(|target| target.closest(fields).ok().flatten().is_some())
        || document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// Whether a key is pressed alone, or with Shift at most.
pub fn is_single(event: &KeyboardEvent) -> bool {
    !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing())
}

/// The dialog, closed at first.
#[component]
pub fn Help() -> impl IntoView {
    let SingleKeys(single_keys) = expect_context();
    listen(single_keys);
    let row = |(keys, meaning): (&'static str, &'static str)| {
        view! { <tr><th scope="row"><kbd>{keys}</kbd></th><td>{meaning}</td></tr> }
    };
    let close = |_| {
        if let Some(dialog) = dialog() {
            dialog.close();
        }
    };
    view! {
        <dialog id=DIALOG class="card" aria-labelledby="help-title">
            <h2 id="help-title">"Help"</h2>
            <p>{words::PROMISE}</p>
            <table class="shortcuts"><tbody>{words::SHORTCUTS.map(row)}</tbody></table>
            <p>
                <label>
                    <input type="checkbox" prop:checked=move || single_keys.get()
                        on:change:target=move |event| single_keys.set(event.target().checked()) />
                    " Single keys are shortcuts"
                </label>
            </p>
            <button class="button primary" on:click=close>"Close"</button>
        </dialog>
    }
}

fn listen(single_keys: RwSignal<bool>) {
    let chord_at = Rc::new(Cell::new(f64::NEG_INFINITY));
    let _ = window_event_listener(ev::keydown, move |event| {
        if !single_keys.get_untracked() || !is_single(&event) || is_taken(&event) {
            return;
        }
        let began = chord_at.replace(f64::NEG_INFINITY);
        match event.key().as_str() {
            "?" => open(),
            "g" | "G" => chord_at.set(event.time_stamp()),
            key if event.time_stamp() - began < CHORD_MS => {
                let Some(route) = route_of(key) else { return };
                // What the letter means in the view must not happen too.
                event.stop_immediate_propagation();
                let _ = window().location().set_hash(route.hash());
            }
            _ => {}
        }
    });
}

fn route_of(key: &str) -> Option<Route> {
    match key.to_ascii_lowercase().as_str() {
        "d" => Some(Route::Data),
        "t" => Some(Route::Train),
        "a" => Some(Route::Ask),
        "e" => Some(Route::Evaluate),
        "x" => Some(Route::Export),
        _ => None,
    }
}
