//! The Data view: three ways in at first; then documents, text and questions side by side.

mod bench;
mod columns;
mod counting;
mod coverage;
mod export;
mod findings;
mod holding;
mod keys;
mod model_card;
mod outline;
mod questions;
mod reading;
mod selection;
mod statistics;
mod text;
mod text_head;
mod ways_in;

use leptos::ev::DragEvent;
use leptos::prelude::*;

use crate::state::route::Route;
use crate::state::words::data as words;
use crate::state::words::shell::PROMISE;
use bench::{Bench, Notice};
use columns::ColumnsDialog;
use coverage::CoverageLine;
use export::ExportButton;
use findings::Findings;
use holding::HoldBack;
use model_card::ModelCard;
use outline::OutlinePane;
use questions::QuestionsPane;
use statistics::StatisticsCard;
use text::TextPane;
use ways_in::WaysIn;

/// The Data view.
#[component]
pub fn DataView() -> impl IntoView {
    let bench = Bench::new();
    provide_context(bench);
    keys::listen(bench);
    // Whoever undid everything can still make it again.
    let is_empty = Memo::new(move |_| {
        bench.project.with(|project| {
            project.is_empty() && project.history.undoable().is_none() && project.history.redoable().is_none()
        })
    });
    let drag_over = |event: DragEvent| event.prevent_default();
    let drop = move |event: DragEvent| {
        event.prevent_default();
        if let Some(files) = event.data_transfer().and_then(|transfer| transfer.files()) {
            reading::take_dropped(bench, &files);
        }
    };
    view! {
        <div class="data-view" on:dragover=drag_over on:drop=drop>
            <Show when=move || is_empty.get() fallback=Workbench>
                <div class="start"><h1>"Data"</h1><p class="promise">{PROMISE}</p><p class="hint">{words::START}</p></div>
                <NoticeLine />
            </Show>
            <section class="stack" aria-label="Add data">
                <Show when=move || !is_empty.get()><h2>"More data"</h2></Show>
                <WaysIn />
                <Show when=move || is_empty.get()><CoverageLine /></Show>
            </section>
            <ModelCard />
            <ColumnsDialog />
        </div>
    }
}

/// What is worked on.
#[component]
fn Workbench() -> impl IntoView {
    view! {
        <Toolbar />
        <NoticeLine />
        <div class="bench"><OutlinePane /><TextPane /><QuestionsPane /></div>
        // Below: it comes late, and would push what is about to be pressed from under the mouse.
        <CoverageLine />
        <Findings />
        <StatisticsCard />
    }
}

#[component]
fn Toolbar() -> impl IntoView {
    let bench = Bench::get();
    let totals = Memo::new(move |_| bench.project.with(|project| project.totals().in_words()));
    let undoable = Memo::new(move |_| bench.project.with(|project| project.history.undoable()));
    let redoable = Memo::new(move |_| bench.project.with(|project| project.history.redoable()));
    view! {
        <div class="toolbar row">
            <h1>"Data"</h1>
            <p class="hint totals">{move || totals.get()}</p>
            <span class="grow"></span>
            <button class="button" disabled=move || undoable.get().is_none() || bench.is_read_only.get() title=move || undoable.get()
                on:click=move |_| bench.undo()>"Undo"</button>
            <button class="button" disabled=move || redoable.get().is_none() || bench.is_read_only.get() title=move || redoable.get()
                on:click=move |_| bench.redo()>"Redo"</button>
            <HoldBack />
            <ExportButton />
        </div>
    }
}

/// What just happened, or could not.
#[component]
fn NoticeLine() -> impl IntoView {
    let bench = Bench::get();
    let good = move || {
        match bench.notice.get() {
        Some(Notice::Said(text)) => Some(view! { <p class="hint">{text}</p> }.into_any()),
        Some(Notice::Arrived(text)) => Some(
            view! {
                <p class="callout">{text} " Next: " <a href=Route::Ask.hash()>"ask a first question"</a> ", or mark answers here."</p>
            }
            .into_any(),
        ),
        Some(Notice::Reading { name, loaded, total }) => Some(
            view! {
                <p class="hint row">
                    {format!("Reading {name}…")}
                    <progress aria-label="Reading" value=total.map(|_| loaded.to_string()) max=total.map(|total| total.to_string())></progress>
                    <button class="button" on:click=move |_| reading::cancel(bench)>"Cancel"</button>
                </p>
            }
            .into_any(),
        ),
        _ => None,
    }
    };
    let bad = move || match bench.notice.get() {
        Some(Notice::Failed(message)) => Some(view! { <p class="callout bad">{message}</p> }.into_any()),
        Some(Notice::NotRead { name, message }) => Some(
            view! {
                <div class="callout bad">
                    <p><strong>{words::not_read(&name)}</strong></p>
                    <p>{message}</p>
                    <p>{words::KEPT_AS_IT_WAS}</p>
                </div>
            }
            .into_any(),
        ),
        _ => None,
    };
    view! { <div role="status">{good}</div><div role="alert">{bad}</div> }
}
