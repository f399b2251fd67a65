//! The region "Training": where the run stands, its loss, what happened, and what comes next.

use leptos::html;
use leptos::prelude::*;
use web_time::Instant;

use super::control::Control;
use crate::app::chart::RunChart;
use crate::state::format::duration_ms;
use crate::state::run::{Run, RunStatus};
use crate::state::words::train as words;

/// A screen reader is told of a step at most this often.
const SPEAK_EVERY_MS: u128 = 5000;

/// The region.
pub fn progress(control: Control, region: NodeRef<html::Section>) -> impl IntoView {
    let run = control.desk.run;
    let status = Memo::new(move |_| run.with(words::status));
    let spoken = spoken(run, status);
    let is_wrong = move || run.with(|run| matches!(run.status, RunStatus::Failed { .. }));
    view! {
        <section class="training card" node_ref=region tabindex="-1" aria-label=words::REGION>
            <p class="training-status" class:error=is_wrong>{status}</p>
            <p class="visually-hidden" role="status">{spoken}</p>
            {bar(run)}
            <RunChart run=run compared=control.compared() />
            {log(run)}
            {next(run)}
        </section>
    }
}

/// The status as a screen reader hears it: all changes of state, and of the steps one every few seconds.
fn spoken(run: RwSignal<Run>, status: Memo<String>) -> RwSignal<String> {
    let spoken = RwSignal::new(String::new());
    let last = StoredValue::new(None::<Instant>);
    Effect::new(move |_| {
        let text = status.get();
        let is_step = run.with_untracked(|run| run.status == RunStatus::Running && !run.stopping);
        let is_soon = last.with_value(|last| last.is_some_and(|last| last.elapsed().as_millis() < SPEAK_EVERY_MS));
        if !(is_step && is_soon) {
            last.set_value(Some(Instant::now()));
            spoken.set(text);
        }
    });
    spoken
}

fn bar(run: RwSignal<Run>) -> impl IntoView {
    let total = move || run.with(Run::steps_total).max(1).to_string();
    let made = move || {
        run.with(|run| {
            let is_unknown = run.status == RunStatus::Starting;
            (!is_unknown).then(|| run.steps.len().to_string())
        })
    };
    view! { <progress aria-label=words::STEPS max=total value=made></progress> }
}

fn log(run: RwSignal<Run>) -> impl IntoView {
    // The log grows once an epoch: its lines are not made anew with each step.
    let mark = Memo::new(move |_| run.with(|run| (run.number, run.log.len())));
    let lines = move || {
        mark.get();
        let line = |line: &crate::state::run::LogLine| {
            let (time, text) = (duration_ms(line.elapsed_ms), line.text.clone());
            view! { <li><span class="log-time">{time}</span><span>{text}</span></li> }
        };
        run.with_untracked(|run| run.log.iter().rev().map(line).collect_view())
    };
    view! {
        <div class="training-log" hidden=move || mark.get().1 == 0>
            <h2>{words::LOG}</h2>
            <ol tabindex="0" aria-label=words::LOG>{lines}</ol>
        </div>
    }
}

/// What to do with a model that was trained.
fn next(run: RwSignal<Run>) -> impl IntoView {
    let is_there = Memo::new(move |_| run.with(|run| run.is_finished() && !run.steps.is_empty()));
    view! {
        <nav class="training-next" aria-label=words::NEXT hidden=move || !is_there.get()>
            <span>{words::NEXT}</span>
            {words::NEXT_STEPS
                .map(|(route, text)| view! { <a class="button" href=route.hash()>{text}</a> })}
        </nav>
    }
}
