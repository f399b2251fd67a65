//! What is asked, and where to look.

use gloo::timers::callback::Timeout;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::send;
use crate::app::desk::Desk;
use crate::protocol::{Command, Event};
use crate::state::asking::{Source, Status, source};
use crate::state::project::Project;
use crate::state::project::coverage::{Coverage, SAMPLE_CHARS};
use crate::state::words::ask as words;

/// Milliseconds of quiet before the model is asked how much of the text it knows.
const QUIET_MS: u32 = 400;

/// Question, source, text, and the button.
#[component]
pub fn Form() -> impl IntoView {
    let desk = Desk::get();
    let question = Memo::new(move |_| desk.asking.with(|asking| asking.question.clone()));
    let fresh =
        move || desk.model.with(words::is_fresh).then(|| view! { <p class="callout warn">{words::FRESH_HEAD}</p> });
    let error = Memo::new(move |_| desk.asking.with(|asking| asking.error.clone()));
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        send::ask(desk);
    };
    view! {
        <form class="card stack" on:submit=on_submit>
            <div class="field">
                <label for="ask-question">"Question"</label>
                <input id="ask-question" class="asked" type="text" autocomplete="off" prop:value=question
                    on:input:target=move |event| {
                        let text = event.target().value();
                        desk.asking.update(|asking| asking.question = text);
                    } />
            </div>
            <Sources />
            <Context />
            <CoverageLine />
            {fresh}
            <div class="row">
                <button type="submit" class="button primary">"Ask"</button>
                <span class="hint">"Ctrl + Enter"</span>
            </div>
            <Progress />
            <div role="alert">{move || error.get().map(|text| view! { <p class="error">{text}</p> })}</div>
        </form>
    }
}

fn chosen_source(desk: Desk) -> Memo<Source> {
    Memo::new(move |_| desk.project.with(|project| desk.asking.with(|asking| asking.source(project))))
}

/// Where to look; only pasted text is left where the project has none.
#[component]
fn Sources() -> impl IntoView {
    let desk = Desk::get();
    let chosen = chosen_source(desk);
    let has_text = Memo::new(move |_| desk.project.with(|project| !project.is_empty()));
    let here = Memo::new(move |_| {
        desk.project.with(|project| {
            let place = project.place;
            format!("{}, paragraph {}", source::title(project, place), place.paragraph + 1)
        })
    });
    let choice = move |source: Source| {
        let choose = move |_| desk.asking.update(|asking| asking.chosen = Some(source));
        view! {
            <label class="choice">
                <input type="radio" name="ask-source" prop:checked=move || chosen.get() == source on:change=choose />
                {words::source(source)}
            </label>
        }
    };
    view! {
        <Show when=move || has_text.get()>
            <fieldset class="sources" aria-describedby="ask-source-hint">
                <legend>"Look in"</legend>
                <div class="row">{Source::ALL.map(choice)}</div>
                <p id="ask-source-hint" class="hint">"This paragraph is the one shown in "<a href="#/data">"Data"</a>": "{here}"."</p>
            </fieldset>
        </Show>
    }
}

/// The text to look in, or how many texts that are.
#[component]
fn Context() -> impl IntoView {
    let desk = Desk::get();
    let context = Memo::new(move |_| {
        desk.project.with(|project| desk.asking.with(|asking| asking.shown_context(project).to_owned()))
    });
    let placeholder = Memo::new(move |_| {
        desk.project.with(|project| {
            let source = desk.asking.with(|asking| asking.source(project));
            let count = match source {
                Source::Document | Source::Everything => source::texts(source, project, project.place, "").len(),
                _ => 0,
            };
            words::placeholder(source, count)
        })
    });
    // A change that was no input, such as an emptied field, comes without the event for typing.
    let typed = move |text: String| {
        if context.with_untracked(|shown| *shown != text) {
            desk.asking.update(|asking| asking.type_context(text));
        }
    };
    view! {
        <div class="field">
            <label for="ask-context">"Context"</label>
            <textarea id="ask-context" rows="11" aria-describedby="ask-context-hint" placeholder=placeholder
                prop:value=context
                on:input:target=move |event| typed(event.target().value())
                on:change:target=move |event| typed(event.target().value())></textarea>
            <p id="ask-context-hint" class="hint">{words::CONTEXT_HINT}</p>
        </div>
    }
}

/// What the question waits for, and a way to end a long reading.
#[component]
fn Progress() -> impl IntoView {
    let desk = Desk::get();
    let reading = Memo::new(move |_| {
        desk.asking.with(|asking| match asking.shown()?.status {
            Status::Reading(done) => Some((done, asking.shown()?.texts.len())),
            _ => None,
        })
    });
    let said = move || {
        reading.get().map(|(done, texts)| {
            let is_training = desk.run.with(crate::state::run::Run::is_active);
            desk.model.with(|model| words::waiting(model, is_training, done, texts))
        })
    };
    let many = move || reading.get().filter(|(_, texts)| *texts > 1);
    let bar = move || {
        many().map(|(done, texts)| {
            view! {
                <div class="row">
                    <progress class="grow" max=texts.to_string() value=done.to_string() aria-label="Paragraphs read"></progress>
                    <button type="button" class="button" on:click=move |_| desk.asking.update(crate::state::asking::Asking::stop)>
                        "Stop reading"
                    </button>
                </div>
            }
        })
    };
    view! {
        <p class="hint" role="status">{said}</p>
        {bar}
    }
}

/// Which language the model reads, and how much of the text is unknown to it.
#[component]
fn CoverageLine() -> impl IntoView {
    let desk = Desk::get();
    let sample = Memo::new(move |_| {
        desk.project.with(|project| {
            desk.asking.with(|asking| match asking.source(project) {
                Source::Everything => project.text_sample(),
                Source::Document => document_sample(project),
                _ => asking.shown_context(project).chars().take(SAMPLE_CHARS).collect(),
            })
        })
    });
    // Another model of the same languages may know other words.
    let model = Memo::new(move |_| {
        desk.model.with(|model| model.info().map(|info| (info.name.clone(), info.vocab_size, info.languages.clone())))
    });
    let coverage = RwSignal::new(None::<Coverage>);
    let timer = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |_| {
        let text = sample.get();
        let Some((_, _, languages)) = model.get().filter(|_| !text.trim().is_empty()) else {
            timer.set_value(None);
            coverage.set(None);
            return;
        };
        // The timer from before is dropped, and with it cancelled.
        timer.set_value(Some(Timeout::new(QUIET_MS, move || know(desk, text, languages, coverage))));
    });
    let line = move || {
        coverage.get().map(|coverage| {
            let class = if coverage.is_warning() { "callout warn" } else { "hint" };
            view! { <p class=class>{coverage.in_words()}"."</p> }
        })
    };
    view! { <div>{line}</div> }
}

fn document_sample(project: &Project) -> String {
    let document = project.document_at(project.place);
    let paragraphs = document.into_iter().flat_map(|document| &document.paragraphs);
    paragraphs.flat_map(|paragraph| paragraph.context.chars().chain(['\n'])).take(SAMPLE_CHARS).collect()
}

fn know(desk: Desk, text: String, languages: Vec<String>, coverage: RwSignal<Option<Coverage>>) {
    desk.ask_model(Command::Coverage { text }, &[], move |event, _, _| {
        let said = match event {
            Event::Coverage { unknown_share, pieces_per_word, words } => {
                Some(Coverage { unknown_share, pieces_per_word, words, languages: languages.clone() })
            }
            // The line is a help, no promise: where it cannot be said, nothing is.
            _ => None,
        };
        // The view may be gone by now.
        let _ = coverage.try_set(said);
    });
}
