//! The Ask view: a question, where to look, and the answer in its passage.

mod answers;
mod form;
mod marking;
mod send;

use leptos::ev;
use leptos::prelude::*;

use crate::app::desk::Desk;
use crate::state::words::ask as words;
use answers::Answers;
use form::Form;

/// The Ask view.
#[component]
pub fn AskView() -> impl IntoView {
    let desk = Desk::get();
    let shortcut = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) && !event.repeat() {
            event.prevent_default();
            send::ask(desk);
        }
    });
    on_cleanup(move || shortcut.remove());
    view! {
        <h1>"Ask"</h1>
        <p class="hint">{words::LEAD}</p>
        <div class="ask">
            <div class="stack">
                <Form />
                <Asked />
            </div>
            <Answers />
        </div>
    }
}

/// A question of before: its number, its words, and what became of it.
type Row = (u32, String, String);

/// What was asked in this visit, the newest first.
#[component]
fn Asked() -> impl IntoView {
    let desk = Desk::get();
    let rows = Memo::new(move |_| {
        let row = |exchange: &crate::state::asking::Exchange| -> Row {
            (exchange.id, exchange.question.clone(), words::outcome(exchange))
        };
        desk.asking.with(|asking| asking.exchanges.iter().map(row).collect::<Vec<_>>())
    });
    let row = move |(id, question, outcome): Row| {
        view! {
            <li>
                <button class="link" title="Ask this again" on:click=move |_| send::ask_again(desk, id)>{question}</button>
                " "
                <span class="hint">{outcome}</span>
            </li>
        }
    };
    view! {
        <Show when=move || rows.with(|rows| rows.len() > 1)>
            <details class="card asked" open>
                <summary>"Asked in this visit"</summary>
                <ul>{move || rows.get().into_iter().map(row).collect::<Vec<_>>()}</ul>
            </details>
        </Show>
    }
}
