//! The Train view: a preset, a plan, one button; the run beside it.

use gloo::storage::{LocalStorage, Storage};
use leptos::prelude::*;

use crate::app::chart::LossChart;
use crate::app::desk::Desk;
use crate::protocol::{Command, Event, HeadOrigin, Plan};
use crate::state::model::ModelState;
use crate::state::presets::Preset;
use crate::state::run::{Run, RunStatus};
use crate::state::words::train as words;
use crate::train::TrainSettings;

/// Key in the browser's storage: whether the settings are open.
const OPEN: &str = "spanwise.settings-open";
/// Key in the browser's storage: the settings.
const SETTINGS: &str = "spanwise.settings";

/// Steps in the table behind the chart.
const TABLE_STEPS: usize = 200;

/// The Train view.
#[component]
pub fn TrainView() -> impl IntoView {
    let preset = RwSignal::new(Preset::default());
    let remembered = LocalStorage::get::<TrainSettings>(SETTINGS).ok();
    let settings = RwSignal::new(remembered.unwrap_or_else(|| Preset::default().settings()));
    Effect::new(move |_| {
        // Storage may be forbidden: the settings then last as long as the page.
        let _ = settings.with(|settings| LocalStorage::set(SETTINGS, settings));
    });
    view! {
        <h1>"Train"</h1>
        <div class="train">
            <div class="stack">
                <Presets preset settings />
                <Settings settings />
                <PlanLine settings />
                <Actions preset settings />
            </div>
            <Training />
        </div>
    }
}

#[component]
fn Presets(preset: RwSignal<Preset>, settings: RwSignal<TrainSettings>) -> impl IntoView {
    let desk = Desk::get();
    let card = move |each: Preset| {
        let id = format!("preset-{}", each.label().to_lowercase().replace(' ', "-"));
        let hint = format!("{id}-hint");
        let choose = move |_| {
            preset.set(each);
            settings.set(each.settings());
        };
        view! {
            <div class="preset">
                <input type="radio" name="preset" id=id.clone() aria-describedby=hint.clone()
                    prop:checked=move || preset.get() == each on:change=choose />
                <div><label for=id>{each.label()}</label><p id=hint class="hint">{each.sentence()}</p></div>
            </div>
        }
    };
    let offered = move || {
        let is_sample = desk.project.with(|project| project.is_sample);
        Preset::ALL.into_iter().filter(|each| is_sample || !each.needs_fresh_head()).map(card).collect_view()
    };
    view! { <fieldset class="stack"><legend>"How to train"</legend>{offered}</fieldset> }
}

/// A number of the settings with its gloss.
fn number(
    label: &'static str,
    hint: &'static str,
    step: &'static str,
    settings: RwSignal<TrainSettings>,
    get: fn(&TrainSettings) -> f64,
    set: fn(&mut TrainSettings, f64),
) -> impl IntoView {
    let id = format!("setting-{}", label.to_lowercase().replace(' ', "-"));
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input id=id type="number" min="0" step=step aria-describedby=hint_id.clone()
                prop:value=move || settings.with(get).to_string()
                on:change:target=move |event| {
                    // What is no number leaves the setting as it was.
                    if let Ok(value) = event.target().value().parse::<f64>() {
                        settings.update(|settings| set(settings, value));
                    }
                } />
            <p id=hint_id class="hint">{hint}</p>
        </div>
    }
}

#[component]
fn Settings(settings: RwSignal<TrainSettings>) -> impl IntoView {
    let open = LocalStorage::get::<bool>(OPEN).unwrap_or(false);
    let remember = move |event: leptos::ev::Event| {
        use wasm_bindgen::JsCast;
        let details = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let _ = LocalStorage::set(OPEN, details.is_some_and(|details| details.has_attribute("open")));
    };
    view! {
        <details class="card" open=open on:toggle=remember>
            <summary>"Settings"</summary>
            <div class="settings">
                {number("Epochs", "how often each question is seen", "1", settings, |s| s.epochs as f64, |s, v| s.epochs = v as usize)}
                {number("Learning rate", "how big each correction is", "any", settings, |s| s.learning_rate, |s, v| s.learning_rate = v)}
                {number("Batch size", "how many windows make one correction", "1", settings, |s| s.batch_size as f64, |s, v| s.batch_size = v as usize)}
                {number("Seed", "the same seed gives the same run", "1", settings, |s| s.seed as f64, |s, v| s.seed = v as u64)}
                {number("Max sequence length", "tokens of question and text in one window (max_seq_length)", "1", settings, |s| s.max_seq_length as f64, |s, v| s.max_seq_length = v as usize)}
                {number("Overlap", "tokens that neighbouring windows share (doc_stride)", "1", settings, |s| s.doc_stride as f64, |s, v| s.doc_stride = v as usize)}
                {number("Warm-up", "share of the steps in which the learning rate climbs", "any", settings, |s| s.warmup_ratio, |s, v| s.warmup_ratio = v)}
                {number("Weight decay", "how strongly weights are pulled to zero", "any", settings, |s| s.weight_decay, |s, v| s.weight_decay = v)}
                {number("Max gradient norm", "longer corrections are shortened to this; 0 turns it off", "any", settings, |s| s.max_grad_norm, |s, v| s.max_grad_norm = v)}
            </div>
        </details>
    }
}

/// What a run would be, asked of the worker whenever something changes.
#[component]
fn PlanLine(settings: RwSignal<TrainSettings>) -> impl IntoView {
    let desk = Desk::get();
    let plan = RwSignal::new(None::<Result<Plan, String>>);
    Effect::new(move |_| {
        let settings = settings.get();
        let dataset = desk.project.with(|project| project.dataset.clone());
        if desk.model.with(|model| model.info().is_none()) || dataset.question_count() == 0 {
            plan.set(None);
            return;
        }
        desk.ask_model(Command::Plan { dataset, settings }, &[], move |event, _, _| match event {
            Event::Planned(made) => plan.set(Some(Ok(made))),
            Event::Failed { message } => plan.set(Some(Err(message))),
            _ => {}
        });
    });
    move || match plan.get() {
        None => ().into_any(),
        Some(Err(message)) => view! { <p class="error" role="alert">{message}</p> }.into_any(),
        Some(Ok(made)) => {
            let left_out: Vec<_> =
                made.left_out.iter().take(50).map(|finding| view! { <li>{finding.message.clone()}</li> }).collect();
            let count = made.left_out.len();
            let listed = (count > 0).then(|| {
                view! { <details class="callout warn"><summary>{format!("{count} left out of training")}</summary><ul>{left_out}</ul></details> }
            });
            view! { <p>{words::plan(&made)}</p>{listed} }.into_any()
        }
    }
}

#[component]
fn Actions(preset: RwSignal<Preset>, settings: RwSignal<TrainSettings>) -> impl IntoView {
    let desk = Desk::get();
    let obstacle = move || desk.model.with(|model| desk.project.with(|project| words::obstacle(model, project)));
    let is_active = move || desk.run.with(Run::is_active);
    let train = move |_| start(desk, preset.get_untracked(), settings.get_untracked());
    let stop = move |_| desk.ask_model(Command::Stop, &[], |_, _, _| {});
    view! {
        <div class="row">
            <button class="button primary" disabled=move || obstacle().is_some() || is_active() on:click=train>"Train"</button>
            {move || is_active().then(|| view! { <button on:click=stop>"Stop"</button> })}
        </div>
        {move || obstacle().map(|why| view! { <p class="hint">{why}</p> })}
    }
}

/// Starts a run, with a fresh head before it where the preset asks for one.
fn start(desk: Desk, preset: Preset, settings: TrainSettings) {
    let is_fresh = desk
        .model
        .with_untracked(|model| model.info().is_some_and(|info| matches!(info.head, HeadOrigin::Fresh { .. })));
    if preset.needs_fresh_head() && !is_fresh {
        desk.fresh_head(settings.seed);
    }
    desk.run.set(Run::starting(settings.clone()));
    let dataset = desk.project.with_untracked(|project| project.dataset.clone());
    desk.ask_model(Command::Train { dataset, settings }, &[], move |event, _, _| match event {
        Event::ModelLoaded { info } => desk.model.set(ModelState::Ready(info)),
        event => desk.run.update(|run| run.apply(&event)),
    });
}

/// The run: where it stands, the chart, the numbers.
#[component]
fn Training() -> impl IntoView {
    let desk = Desk::get();
    let status = move || desk.run.with(words::status);
    let total = move || desk.run.with(|run| run.plan.as_ref().map_or(1, |plan| plan.steps_total));
    let done = move || desk.run.with(|run| run.steps.len());
    let failed = move || desk.run.with(|run| matches!(run.status, RunStatus::Failed { .. }));
    let ended = move || desk.run.with(|run| matches!(run.status, RunStatus::Finished { .. }));
    let next = move || {
        ended().then(|| {
            view! { <p>"Now " <a href="#/ask">"ask it"</a> ", " <a href="#/evaluate">"measure it"</a> " or " <a href="#/export">"take it with you"</a> "."</p> }
        })
    };
    view! {
        <section aria-label="Training" class="card stack">
            <p class="status" class:error=failed role="status">{status}</p>
            <progress max=total value=done aria-label="Steps made"></progress>
            {next}
            <LossChart />
            <details><summary>"Table of steps"</summary><div class="table-scroll">{move || desk.run.with(table)}</div></details>
        </section>
    }
}

fn table(run: &Run) -> impl IntoView + use<> {
    let skipped = run.steps.len().saturating_sub(TABLE_STEPS);
    let rows = run.steps[skipped..].iter().map(|step| {
        let numbers = [
            step.step.to_string(),
            format!("{:.2}", step.epoch),
            format!("{:.4}", step.loss),
            format!("{:.2e}", step.learning_rate),
            format!("{:.3}", step.grad_norm),
        ];
        view! { <tr>{numbers.map(|number| view! { <td>{number}</td> }).to_vec()}</tr> }
    });
    let heads = ["step", "epoch", "loss", "learning rate", "gradient norm"].map(|head| view! { <th>{head}</th> });
    view! { <table><thead><tr>{heads.to_vec()}</tr></thead><tbody>{rows.collect_view()}</tbody></table> }
}
