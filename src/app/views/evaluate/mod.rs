//! The Evaluate view: what to measure on, the result in words and figures, the questions one by one, and whether probabilities can be trusted.

mod bench;
mod choice;
mod questions;
mod reliability;
mod result;

use leptos::ev;
use leptos::prelude::*;

use crate::app::desk::Desk;
use crate::state::evaluation::Status;
use crate::state::words::evaluate as words;
use bench::Bench;

/// The Evaluate view.
#[component]
pub fn EvaluateView() -> impl IntoView {
    let bench = Bench::new(Desk::get());
    let shortcut = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) && !event.repeat() {
            event.prevent_default();
            bench.start();
        }
    });
    on_cleanup(move || shortcut.remove());
    // A result is shown anew only when there is a new one, not with each question of the next evaluation.
    let reports = Memo::new(move |_| bench.desk.evaluation.with(|evaluation| evaluation.reports));
    let shown = move || {
        (reports.get() > 0).then(|| {
            view! {
                {result::result(bench)}
                {questions::questions(bench)}
                {reliability::reliability(bench)}
            }
        })
    };
    view! {
        <div class="evaluate">
            <h1>"Evaluate"</h1>
            <div class="card stack">
                {choice::choice(bench)}
                {controls(bench)}
            </div>
            <div class="stack" aria-busy=move || bench.is_active.get().then_some("true")>{shown}</div>
        </div>
    }
}

/// Evaluate, or Stop evaluating; progress; why it cannot be pressed.
fn controls(bench: Bench) -> impl IntoView {
    let evaluation = bench.desk.evaluation;
    let status = Memo::new(move |_| evaluation.with(words::status));
    let is_wrong = move || evaluation.with(|evaluation| matches!(evaluation.status, Status::Failed { .. }));
    let numbers = Memo::new(move |_| {
        evaluation.with(|evaluation| match evaluation.status {
            Status::Running { loaded, total, .. } => (loaded, total.max(1)),
            Status::Done => (1, 1),
            _ => (0, 1),
        })
    });
    let is_stopping =
        move || evaluation.with(|evaluation| matches!(evaluation.status, Status::Running { stopping: true, .. }));
    let reason = move || if bench.is_active.get() { None } else { bench.obstacle.get() };
    view! {
        <div class="evaluate-buttons">
            <button
                type="button"
                class="button primary"
                hidden=move || bench.is_active.get()
                disabled=move || bench.obstacle.with(Option::is_some)
                aria-describedby="evaluate-gloss evaluate-obstacle"
                title="Ctrl+Enter"
                on:click=move |_| bench.start()
            >
                {words::EVALUATE}
            </button>
            <button
                type="button"
                class="button"
                hidden=move || !bench.is_active.get()
                disabled=is_stopping
                on:click=move |_| bench.stop()
            >
                {words::STOP}
            </button>
            <p class="evaluate-obstacle" id="evaluate-obstacle">{reason}</p>
        </div>
        <p class="hint" id="evaluate-gloss">{words::GLOSS}</p>
        <progress
            aria-label=words::PROGRESS
            max=move || numbers.get().1.to_string()
            value=move || numbers.get().0.to_string()
        ></progress>
        <p class="evaluate-status" role="status" class:error=is_wrong>{status}</p>
    }
}
