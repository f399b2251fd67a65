//! Questions on their way to the model, and answers on their way back.

use leptos::prelude::*;
use web_time::Instant;

use crate::app::desk::Desk;
use crate::protocol::{Command, Event};
use crate::state::asking::{self, Exchange, Kept, Status, TOP_K, Text};
use crate::state::project::examples::Verdict;

/// Asks what is typed. The worker answers when the model is there and has a moment.
pub fn ask(desk: Desk) {
    let asked = desk.project.with_untracked(|project| desk.asking.try_update(|asking| asking.ask(project)));
    if let Some(id) = asked.flatten() {
        send(desk, id, Instant::now());
    }
}

/// Asks a question of before again.
pub fn ask_again(desk: Desk, id: u32) {
    let asked = desk.project.with_untracked(|project| desk.asking.try_update(|asking| asking.ask_again(id, project)));
    if let Some(id) = asked.flatten() {
        send(desk, id, Instant::now());
    }
}

/// Sends the texts that are next, and goes on until none is left.
fn send(desk: Desk, id: u32, asked: Instant) {
    let items = desk.asking.with_untracked(|asking| asking.exchange(id).map(Exchange::batch).unwrap_or_default());
    if items.is_empty() {
        return;
    }
    let options = desk
        .project
        .with_untracked(|project| desk.run.with_untracked(|run| asking::options(&project.dataset, run.plan.as_ref())));
    let command = Command::Ask { items, options, top_k: TOP_K, compare_base: true };
    desk.ask_model(command, &[], move |event, _, is_last| {
        let elapsed_ms = asked.elapsed().as_secs_f64() * 1000.0;
        let weights = untrack(|| desk.weights());
        desk.asking.update(|asking| {
            let Some(exchange) = asking.exchange_mut(id) else { return };
            match event {
                Event::Answers { answers, base } => {
                    exchange.receive(&answers, &base, elapsed_ms);
                    exchange.weights = weights;
                }
                Event::Failed { message } if matches!(exchange.status, Status::Reading(_)) => {
                    exchange.status = Status::Failed(message);
                }
                _ => {}
            }
        });
        if is_last {
            send(desk, id, asked);
        }
    });
}

/// Keeps a question with what the person says about its answer as a training example. Returns whether there is one now:
/// not where nothing but white space was selected.
pub fn keep(desk: Desk, id: u32, text: &Text, verdict: Verdict) -> bool {
    let Some(question) =
        desk.asking.with_untracked(|asking| asking.exchange(id).map(|exchange| exchange.question.clone()))
    else {
        return false;
    };
    let answer = match verdict {
        Verdict::Right(span) | Verdict::Instead(span) => {
            let selected = crate::squad::offsets::slice(&text.context, span.start, span.end).unwrap_or_default();
            selected.trim().to_owned()
        }
        Verdict::NoAnswer => String::new(),
    };
    if answer.is_empty() && verdict != Verdict::NoAnswer {
        return false;
    }
    let outcome =
        desk.project.try_update(|project| project.keep_example(text.place, &text.context, &question, verdict));
    desk.asking.update(|asking| {
        if let Some(exchange) = asking.exchange_mut(id) {
            exchange.kept = outcome.map(|outcome| Kept { answer, outcome });
        }
    });
    true
}
