//! The Data view: texts, questions, marked answers, and the model.

mod dom;
mod model;
mod questions;
mod text;
mod ways_in;

use leptos::prelude::*;

use self::model::ModelCard;
use self::questions::Questions;
use self::text::MarkedText;
use self::ways_in::WaysIn;
use crate::app::desk::Desk;
use crate::app::download;
use crate::squad::write::to_json;
use crate::state::project::{Place, Project, rows};
use crate::state::words::data as words;

/// Lines of the list of paragraphs.
const LISTED: usize = 200;
/// Findings shown at most.
const FINDINGS_SHOWN: usize = 200;

/// What is chosen in the view.
#[derive(Clone, Copy)]
struct Choice {
    /// The paragraph that was chosen; it may have gone.
    wanted: RwSignal<Place>,
    /// The paragraph that is shown.
    at: Memo<Option<Place>>,
    /// Index of the chosen question.
    question: RwSignal<usize>,
    /// The newest selection in the text, in UTF-16 units.
    selection: RwSignal<Option<(usize, usize)>>,
    /// What went wrong last.
    error: RwSignal<Option<String>>,
}

impl Choice {
    fn new(project: RwSignal<Project>) -> Self {
        let wanted = RwSignal::new(Place::default());
        let at = Memo::new(move |_| {
            let wanted = wanted.get();
            project.with(|project| project.paragraph(wanted).map(|_| wanted).or_else(|| project.first_place()))
        });
        Self { wanted, at, question: RwSignal::new(0), selection: RwSignal::new(None), error: RwSignal::new(None) }
    }

    /// Chooses a paragraph and its first question.
    fn choose(&self, place: Place) {
        self.wanted.set(place);
        self.question.set(0);
        self.selection.set(None);
    }
}

/// The Data view.
#[component]
pub fn DataView() -> impl IntoView {
    let project = Desk::get().project;
    let choice = Choice::new(project);
    let some_text = Memo::new(move |_| choice.at.get().is_some());
    let error = move || choice.error.get().map(|message| view! { <p class="error" role="alert">{message}</p> });
    let work = move || {
        if some_text.get() {
            view! {
                <div class="data-columns">
                    <ParagraphList choice />
                    <div class="stack">
                        <MarkedText choice />
                        <Questions choice />
                    </div>
                </div>
                <Findings />
            }
            .into_any()
        } else {
            view! { <p class="callout">{words::NO_TEXT}</p> }.into_any()
        }
    };
    view! {
        <div class="data-view stack">
            <h1>"Data"</h1>
            <p class="hint">{words::LEAD}</p>
            <WaysIn choice />
            {error}
            <Bar some_text choice />
            {work}
            <ModelCard />
        </div>
    }
}

/// Counts, undo, redo, export and the way on.
#[component]
fn Bar(some_text: Memo<bool>, choice: Choice) -> impl IntoView {
    let project = Desk::get().project;
    let counts = Memo::new(move |_| {
        project.with(|project| {
            let dataset = &project.dataset;
            let paragraphs = dataset.data.iter().map(|document| document.paragraphs.len()).sum();
            words::counts(dataset.data.len(), paragraphs, dataset.question_count())
        })
    });
    let can_undo = Memo::new(move |_| project.with(|project| project.history.can_undo()));
    let can_redo = Memo::new(move |_| project.with(|project| project.history.can_redo()));
    let step = move |change: fn(&mut Project)| {
        choice.selection.set(None);
        project.update(change);
    };
    let export = move |_| {
        let (name, json) = project.with_untracked(|project| (file_name(&project.name), to_json(&project.dataset)));
        // A browser that refuses downloads says so itself.
        let _ = download::text(&name, "application/json", &json);
    };
    let link = move || some_text.get().then(|| view! { <a href="#/ask">"Ask a question about this text"</a> });
    view! {
        <div class="row data-bar">
            <p class="data-counts" role="status">{move || counts.get()}</p>
            <button class="button" disabled=move || !can_undo.get() on:click=move |_| step(Project::undo)>"Undo"</button>
            <button class="button" disabled=move || !can_redo.get() on:click=move |_| step(Project::redo)>"Redo"</button>
            <button class="button" disabled=move || !some_text.get() on:click=export>"Export dataset"</button>
            {link}
        </div>
    }
}

/// Name of the exported file.
fn file_name(project: &str) -> String {
    let stem = project.strip_suffix(".json").unwrap_or(project).trim();
    let stem: String = stem.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    if stem.is_empty() { "dataset.json".to_owned() } else { format!("{stem}.json") }
}

/// The paragraphs to choose from.
#[component]
fn ParagraphList(choice: Choice) -> impl IntoView {
    let project = Desk::get().project;
    let listed = Memo::new(move |_| {
        let at = choice.at.get().unwrap_or_default();
        project.with(|project| rows(&project.dataset, at, LISTED))
    });
    let lines = move || {
        let (rows, _, _) = listed.get();
        let line = |row: crate::state::project::Row| {
            let place = row.place;
            let current = move || (choice.at.get() == Some(place)).then_some("true");
            view! {
                <li>
                    <button class="data-paragraph" aria-current=current on:click=move |_| choice.choose(place)>
                        <span>{row.words}</span>
                        " "
                        <span class="hint">{words::questions(row.questions)}</span>
                    </button>
                </li>
            }
        };
        rows.into_iter().map(line).collect_view()
    };
    let note = move || {
        let (rows, skipped, total) = listed.get();
        (rows.len() < total).then(|| view! { <p class="hint">{words::shown_rows(skipped, rows.len(), total)}</p> })
    };
    view! {
        <section class="card data-list" aria-label="Paragraphs">
            <h2>"Paragraphs"</h2>
            {note}
            <ul>{lines}</ul>
        </section>
    }
}

/// What is wrong with the dataset.
#[component]
fn Findings() -> impl IntoView {
    let project = Desk::get().project;
    let listed = Memo::new(move |_| {
        project.with(|project| {
            let messages = project.findings.iter().take(FINDINGS_SHOWN).map(|finding| finding.message.clone());
            (messages.collect::<Vec<_>>(), project.findings.len())
        })
    });
    let list = move || {
        let (messages, total) = listed.get();
        if messages.is_empty() {
            return view! { <p class="hint">{words::NO_FINDINGS}</p> }.into_any();
        }
        let more = total - messages.len();
        let lines = messages.into_iter().map(|message| view! { <li>{message}</li> }).collect_view();
        let more = (more > 0).then(|| view! { <p class="hint">{words::more_findings(more)}</p> });
        view! { <ul>{lines}</ul>{more} }.into_any()
    };
    view! {
        <section class="card data-findings" aria-label="Findings">
            <h2>"Findings"</h2>
            {list}
        </section>
    }
}
