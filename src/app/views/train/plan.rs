//! What the run would be, and the button that starts it.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::control::Control;
use crate::browser::storage;
use crate::protocol::Plan;
use crate::state::model::ModelState;
use crate::state::run::pacing::predicted_ms;
use crate::state::run::{Run, RunStatus};
use crate::state::words::train as words;

/// Questions, tokens, steps, time; what is left out, and why.
pub fn plan(control: Control) -> impl IntoView {
    let planned = Memo::new(move |_| control.plan());
    let failure = Memo::new(move |_| {
        let key = control.plan_key.get()?;
        control.desk.run.with(|run| run.planning.failure(&key).map(str::to_owned))
    });
    let line = move || match (planned.get(), failure.get()) {
        (Some(plan), _) => words::plan(&plan),
        (None, Some(message)) => message,
        (None, None) if control.plan_key.with(Option::is_none) => words::NO_PLAN.to_owned(),
        (None, None) => words::COUNTING.to_owned(),
    };
    let time = Memo::new(move |_| {
        let (plan, settings) = (planned.get()?, control.settings.get().ok()?);
        let key = control.pace_key.get()?;
        Some(match control.desk.run.with(|run| run.pacing.pace(&key)) {
            Some((pace, is_of_run)) => {
                let ms = predicted_ms(&plan, &settings, &pace, control.data.get().held_out);
                words::predicted(ms, pace.training, is_of_run)
            }
            None => words::TIME_UNKNOWN.to_owned(),
        })
    });
    let room = RwSignal::new(None);
    spawn_local(async move {
        let found = storage::room().await;
        // The view may be gone.
        let _ = room.try_set(found);
    });
    let kept = move || planned.with(|plan| plan.as_ref().map(|plan| words::storage(plan, room.get())));
    view! {
        <div class="plan" class:is-wrong=move || failure.with(Option::is_some)>
            <p class="plan-line">{line}</p>
            <p class="hint">
                {move || planned.with(|plan| plan.as_ref().map(words::memory))} " " {kept} " " {time}
            </p>
            {move || head(control).map(|text| view! { <p class="hint">{text}</p> })}
            {move || planned.get().map(left_out)}
        </div>
    }
}

/// What happens to what the model learned before.
fn head(control: Control) -> Option<&'static str> {
    match (control.draws_head(), control.desk.model.with(ModelState::is_trained)) {
        (true, _) => Some(words::DRAWS_HEAD),
        (false, true) => Some(words::GOES_ON),
        (false, false) => None,
    }
}

fn left_out(plan: Plan) -> impl IntoView {
    let count = plan.left_out.len();
    (count > 0).then(|| {
        view! {
            <details class="left-out">
                <summary>{words::left_out(count)}</summary>
                <ul>{plan.left_out.into_iter().map(|finding| view! { <li>{finding.message}</li> }).collect_view()}</ul>
            </details>
        }
    })
}

/// Train, or Stop while a run is going on; why Train cannot be pressed.
pub fn buttons(control: Control, region: NodeRef<html::Section>) -> impl IntoView {
    // The button that was pressed goes away: the focus moves to where the run is shown.
    let look = move || {
        if let Some(region) = region.get_untracked() {
            // A page without focus has none to move.
            let _ = region.focus();
        }
    };
    let start = move |_| {
        control.start();
        if control.is_active.get_untracked() {
            look();
        }
    };
    let stop = move |_| {
        control.stop();
        look();
    };
    let run = control.desk.run;
    let pause = move |_| {
        control.pause();
        look();
    };
    let resume = move |_| {
        control.resume();
        look();
    };
    let more = move |_| {
        control.train_more();
        look();
    };
    let status = Memo::new(move |_| run.with(|run| run.status.clone()));
    // A run of this page whose model made way for another can be taken back, too.
    let is_there = move || control.desk.model.with(ModelState::is_trained);
    let is_kept = Memo::new(move |_| run.with(|run| run.kept.is_some() && !run.is_active()) && !is_there());
    let can_more = Memo::new(move |_| run.with(Run::can_train_more));
    let mismatch = Memo::new(move |_| if is_kept.get() { control.kept_mismatch() } else { None });
    let is_stopping = move || control.desk.run.with(|run| run.stopping);
    let reason = move || if control.is_active.get() { None } else { control.obstacle.get() };
    view! {
        {kept(control, is_kept, mismatch)}
        <div class="train-buttons">
            <button
                type="button"
                class="button primary"
                hidden=move || control.is_active.get()
                disabled=move || control.obstacle.with(Option::is_some)
                aria-describedby="train-obstacle"
                title="Ctrl+Enter"
                on:click=start
            >
                {words::TRAIN}
            </button>
            <button
                type="button"
                class="button"
                hidden=move || status.with(|status| *status != RunStatus::Running)
                disabled=move || run.with(|run| run.pausing || run.stopping)
                on:click=pause
            >
                {words::PAUSE}
            </button>
            <button
                type="button"
                class="button"
                hidden=move || !is_kept.get() && status.with(|status| *status != RunStatus::Paused)
                disabled=move || mismatch.with(Option::is_some)
                on:click=resume
            >
                {words::RESUME}
            </button>
            <button
                type="button"
                class="button"
                hidden=move || !can_more.get()
                disabled=move || control.obstacle.with(Option::is_some)
                title=words::MORE_HINT
                on:click=more
            >
                {words::MORE}
            </button>
            <button
                type="button"
                class="button"
                hidden=move || !control.is_active.get()
                disabled=is_stopping
                on:click=stop
            >
                {words::STOP}
            </button>
            <p class="train-obstacle" id="train-obstacle">{reason}</p>
        </div>
    }
}

/// What run the browser keeps, and why it cannot go on where it cannot.
fn kept(control: Control, is_kept: Memo<bool>, mismatch: Memo<Option<String>>) -> impl IntoView {
    let line = move || control.desk.run.with(|run| run.kept.as_ref().map(words::kept));
    view! {
        <div class="callout row" hidden=move || !is_kept.get()>
            <p>{line} " " {move || mismatch.get()}</p>
            <button type="button" class="button quiet" on:click=move |_| control.forget()>{words::FORGET}</button>
        </div>
    }
}
