//! The Train view: what to train with on the left, how it goes on the right.

mod control;
mod plan;
mod presets;
mod progress;
mod runs;
mod settings;

use leptos::prelude::*;
use leptos::{ev, html};

use crate::app::desk::Desk;
use control::Control;

/// The Train view.
#[component]
pub fn TrainView() -> impl IntoView {
    let control = Control::new(Desk::get());
    let region = NodeRef::<html::Section>::new();
    let shortcut = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) && !event.repeat() {
            event.prevent_default();
            control.start();
        }
    });
    on_cleanup(move || shortcut.remove());
    view! {
        <div class="train">
            <h1>"Train"</h1>
            <div class="train-columns">
                <div class="train-setup stack">
                    {presets::presets(control)}
                    {plan::plan(control)}
                    {plan::buttons(control, region)}
                    {settings::settings(control)}
                </div>
                {progress::progress(control, region)}
            </div>
            {runs::runs(control)}
        </div>
    }
}
