//! The Evaluate view: exact match and F1, before and after, and one line a question.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::answer::DecodeOptions;
use crate::app::desk::Desk;
use crate::metrics::is_v2;
use crate::protocol::{Command, EvaluatedQuestion, Event};
use crate::squad::Dataset;
use crate::state::evaluation::{Evaluation, Measured};
use crate::state::format::counted;
use crate::state::project::HeldOut;
use crate::state::words::evaluate as words;

/// What is measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    HeldBack,
    Training,
}

/// Rows of the table.
const ROWS: usize = 500;

/// The Evaluate view.
#[component]
pub fn EvaluateView() -> impl IntoView {
    let desk = Desk::get();
    let has_held_out = desk.project.with_untracked(|project| project.held_out.is_some());
    let subject = RwSignal::new(if has_held_out { Subject::HeldBack } else { Subject::Training });
    view! {
        <h1>"Evaluate"</h1>
        <div class="evaluate stack">
            <Choice subject />
            <Result />
        </div>
    }
}

fn chosen(desk: Desk, subject: Subject) -> Option<Dataset> {
    desk.project
        .with_untracked(|project| match subject {
            Subject::HeldBack => project.held_out.as_ref().map(|held_out| held_out.dataset.clone()),
            Subject::Training => Some(project.dataset.clone()),
        })
        .filter(|dataset| dataset.question_count() > 0)
}

#[component]
fn Choice(subject: RwSignal<Subject>) -> impl IntoView {
    let desk = Desk::get();
    let error = RwSignal::new(None::<String>);
    let held_out = move || {
        desk.project.with(|project| match &project.held_out {
            Some(HeldOut { name, dataset }) => {
                format!("{name}: {}", counted(dataset.question_count(), "question", "questions"))
            }
            None => "None yet: choose a held-out file below.".to_owned(),
        })
    };
    let training = move || {
        let count = desk.project.with(|project| project.dataset.question_count());
        format!("{}. {}", counted(count, "question", "questions"), words::SEEN)
    };
    let read = move |event: leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlInputElement>| {
        let Some(file) = event.target().files().and_then(|files| files.get(0)) else { return };
        let name = file.name();
        let attachments = [JsValue::from(file)];
        desk.ask_data(Command::ReadDataset { name }, &attachments, move |event, _, _| match event {
            Event::DatasetRead { name, dataset, .. } => {
                error.set(None);
                desk.project.update(|project| project.held_out = Some(HeldOut { name, dataset }));
                subject.set(Subject::HeldBack);
            }
            Event::Failed { message } => error.set(Some(message)),
            _ => {}
        });
    };
    let evaluate = move |_| match chosen(desk, subject.get_untracked()) {
        Some(dataset) => start(desk, dataset, error),
        None => {
            error.set(Some("There are no questions to measure on: choose a held-out file, or bring data.".to_owned()))
        }
    };
    let stop = move |_| desk.ask_model(Command::Stop, &[], |_, _, _| {});
    let is_running = move || desk.evaluation.with(|evaluation| matches!(evaluation, Evaluation::Running { .. }));
    let radio = move |value: Subject, id: &'static str, label: &'static str| {
        view! {
            <input type="radio" name="subject" id=id aria-describedby=format!("{id}-hint")
                prop:checked=move || subject.get() == value on:change=move |_| subject.set(value) />
            <label for=id>{label}</label>
        }
    };
    view! {
        <div class="card stack">
            <fieldset class="stack">
                <legend>"Measure on"</legend>
                <div>{radio(Subject::HeldBack, "held-back", "Held-back questions")}<p id="held-back-hint" class="hint">{held_out}</p></div>
                <div>{radio(Subject::Training, "training-questions", "Training questions")}<p id="training-questions-hint" class="hint">{training}</p></div>
            </fieldset>
            <div class="field">
                <label for="held-out-file">"Held-out file"</label>
                <input id="held-out-file" type="file" on:change:target=read />
            </div>
            <div class="row">
                <button class="button primary" disabled=is_running on:click=evaluate>"Evaluate"</button>
                {move || is_running().then(|| view! { <button on:click=stop>"Stop evaluating"</button> })}
            </div>
            {move || error.get().map(|text| view! { <p class="error" role="alert">{text}</p> })}
        </div>
    }
}

fn start(desk: Desk, dataset: Dataset, error: RwSignal<Option<String>>) {
    error.set(None);
    desk.evaluation.set(Evaluation::Running { loaded: 0, total: None });
    let longest = desk.run.with_untracked(|run| run.plan.as_ref().map_or(0, |plan| plan.longest_answer));
    let mut options = DecodeOptions { allow_no_answer: is_v2(&dataset), ..DecodeOptions::default() };
    options.max_answer_length = options.max_answer_length.max(longest);
    desk.ask_model(Command::Evaluate { dataset, options }, &[], move |event, _, _| {
        desk.evaluation.update(|evaluation| evaluation.apply(event));
    });
}

#[component]
fn Result() -> impl IntoView {
    let desk = Desk::get();
    move || match desk.evaluation.get() {
        Evaluation::Idle => ().into_any(),
        Evaluation::Running { loaded, total } => view! {
            <div class="card">
                <p role="status">{words::progress(loaded, total)}</p>
                <progress max=total.unwrap_or(1) value=loaded aria-label="Answers"></progress>
            </div>
        }
        .into_any(),
        Evaluation::Failed { message } => view! { <p class="error" role="alert">{message}</p> }.into_any(),
        Evaluation::Done(measured) => done(&measured).into_any(),
    }
}

fn done(measured: &Measured) -> impl IntoView + use<> {
    let changes = measured.changes();
    let few = changes.is_too_few_to_tell().then_some(" Too few to tell this from chance.");
    let seen = (changes.seen > 0)
        .then(|| view! { <p class="callout warn">{format!("{} of {} were seen in training.", changes.seen, changes.total)}</p> });
    let percent = |value: f64| format!("{value:.1} %");
    let (before, after) = (&measured.before, &measured.after);
    let rows = measured.questions.iter().take(ROWS).map(row).collect_view();
    let cut = (measured.questions.len() > ROWS)
        .then(|| view! { <p class="hint">{format!("The first {ROWS} questions.")}</p> });
    view! {
        <div class="card stack">
            <p class="result"><strong>{words::summary(&changes)}"."</strong>{few}</p>
            {seen}
            <table class="scores">
                <thead><tr><th></th><th>"Before"</th><th>"After"</th></tr></thead>
                <tbody>
                    <tr><th>"Exact match"</th><td>{percent(before.exact_match)}</td><td>{percent(after.exact_match)}</td></tr>
                    <tr><th>"F1, the overlap of words"</th><td>{percent(before.f1)}</td><td>{percent(after.f1)}</td></tr>
                    <tr><th>"Questions"</th><td>{before.total}</td><td>{after.total}</td></tr>
                </tbody>
            </table>
            <div class="table-scroll" tabindex="0" role="group" aria-label="Questions">
                <table>
                    <thead><tr><th>"Question"</th><th>"Right answer"</th><th>"Before"</th><th>"After"</th><th>"F1"</th><th>"Seen in training"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {cut}
        </div>
    }
}

fn row(question: &EvaluatedQuestion) -> impl IntoView + use<> {
    let said = |score: &crate::metrics::QuestionScore| {
        let (class, sign) = if score.exact_match > 0.5 { ("good", "✓ ") } else { ("bad", "✗ ") };
        let text = if score.prediction.is_empty() { "no answer".to_owned() } else { score.prediction.clone() };
        view! { <td class=class>{sign}{text}</td> }
    };
    let gold = if question.gold.is_empty() { "no answer".to_owned() } else { question.gold[0].clone() };
    view! {
        <tr>
            <td>{question.question.clone()}</td>
            <td>{gold}</td>
            {said(&question.before)}
            {said(&question.after)}
            <td>{format!("{:.0} % → {:.0} %", 100.0 * question.before.f1, 100.0 * question.after.f1)}</td>
            <td>{if question.seen_in_training { "yes" } else { "no" }}</td>
        </tr>
    }
}
