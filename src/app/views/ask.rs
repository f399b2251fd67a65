//! The Ask view: a question, a text, and the answer in its passage.

use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use web_time::Instant;

use crate::answer::{Answered, DecodeOptions};
use crate::app::desk::Desk;
use crate::protocol::{AskItem, Command, Event};
use crate::state::asking::{Given, passage};
use crate::state::words::{ask as words, languages};

/// Characters of a text that its language is judged by.
pub const SAMPLE: usize = 20_000;

/// The Ask view.
#[component]
pub fn AskView() -> impl IntoView {
    let desk = Desk::get();
    // A text that is there already is what a person most likely asks about.
    if desk.asking.with_untracked(|asking| asking.context.is_empty()) {
        let first = desk.project.with_untracked(|project| {
            let paragraphs = project.dataset.data.iter().flat_map(|document| &document.paragraphs);
            paragraphs.map(|paragraph| paragraph.context.clone()).next()
        });
        desk.asking.update(|asking| asking.context = first.unwrap_or_default());
    }
    let ask = move || ask(desk);
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            ask();
        }
    };
    let question = move || desk.asking.with(|asking| asking.question.clone());
    let context = move || desk.asking.with(|asking| asking.context.clone());
    let waiting = move || {
        desk.asking.with(|asking| asking.waiting).then(|| {
            let is_training = desk.run.with(|run| run.is_active());
            view! { <p class="hint" role="status">{desk.model.with(|model| words::waiting(model, is_training))}</p> }
        })
    };
    let fresh =
        move || desk.model.with(words::is_fresh).then(|| view! { <p class="callout warn">{words::FRESH_HEAD}</p> });
    let error = move || {
        desk.asking.with(|asking| asking.error.clone()).map(|text| view! { <p class="error" role="alert">{text}</p> })
    };
    view! {
        <h1>"Ask"</h1>
        <div class="ask" on:keydown=on_key>
            <div class="stack card">
                <div class="field">
                    <label for="ask-question">"Question"</label>
                    <input id="ask-question" class="question" type="text" autocomplete="off" prop:value=question
                        on:input:target=move |event| {
                            let text = event.target().value();
                            desk.asking.update(|asking| asking.question = text);
                        } />
                </div>
                <div class="field">
                    <label for="ask-context">"Context"</label>
                    <textarea id="ask-context" rows="12" aria-describedby="ask-context-hint" prop:value=context
                        on:input:target=move |event| {
                            let text = event.target().value();
                            desk.asking.update(|asking| asking.context = text);
                        }></textarea>
                    <p id="ask-context-hint" class="hint">"The text to look in. Long texts are read in overlapping windows."</p>
                </div>
                <CoverageLine />
                {fresh}
                <div class="row">
                    <button class="button primary" on:click=move |_| ask()>"Ask"</button>
                    <span class="hint">"Ctrl + Enter"</span>
                </div>
                {waiting}
                {error}
            </div>
            <Answers />
        </div>
    }
}

/// Sends the question; the answer comes when the model is there and has a moment.
fn ask(desk: Desk) {
    let (question, context) = desk.asking.with_untracked(|asking| (asking.question.clone(), asking.context.clone()));
    let missing = match (question.trim().is_empty(), context.trim().is_empty()) {
        (true, _) => Some("There is no question yet: type one."),
        (_, true) => Some("There is no text to look in yet: paste one into Context."),
        _ => None,
    };
    desk.asking.update(|asking| {
        asking.error = missing.map(str::to_owned);
        asking.waiting = missing.is_none();
    });
    if missing.is_some() {
        return;
    }
    let longest = desk.run.with_untracked(|run| run.plan.as_ref().map_or(0, |plan| plan.longest_answer));
    let mut options = DecodeOptions::default();
    options.max_answer_length = options.max_answer_length.max(longest);
    let items = vec![AskItem { question: question.clone(), context: context.clone() }];
    let command = Command::Ask { items, options, top_k: 3, compare_base: true };
    let asked = Instant::now();
    desk.ask_model(command, &[], move |event, _, _| {
        let given = match event {
            Event::Answers { mut answers, mut base } if !answers.is_empty() => Ok(Given {
                question: question.clone(),
                context: context.clone(),
                now: answers.swap_remove(0),
                base: base.pop(),
                elapsed_ms: asked.elapsed().as_secs_f64() * 1000.0,
            }),
            Event::Failed { message } => Err(message),
            _ => return,
        };
        desk.asking.update(|asking| {
            asking.waiting = false;
            match given {
                Ok(given) => asking.answer = Some(given),
                Err(message) => asking.error = Some(message),
            }
        });
    });
}

/// Which language the model reads, and how much of the text is unknown to it.
#[component]
fn CoverageLine() -> impl IntoView {
    let desk = Desk::get();
    let said = RwSignal::new(None::<(String, bool)>);
    let timer = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |_| {
        let text: String = desk.asking.with(|asking| asking.context.chars().take(SAMPLE).collect());
        let codes = desk.model.with(|model| model.info().map(|info| info.languages.clone()));
        let Some(codes) = codes.filter(|_| !text.trim().is_empty()) else {
            said.set(None);
            return;
        };
        // A text that is being typed is judged when the typing rests; setting a new timer drops the old one.
        let send = Timeout::new(400, move || {
            desk.ask_model(Command::Coverage { text }, &[], move |event, _, _| {
                if let Event::Coverage { unknown_share, pieces_per_word, .. } = event {
                    said.set(Some((languages::coverage(&codes, unknown_share, pieces_per_word), unknown_share > 0.05)));
                }
            });
        });
        timer.set_value(Some(send));
    });
    move || said.get().map(|(text, warn)| view! { <p class="hint" class:warn=warn>{text}</p> })
}

/// The best answer in its passage, and what else there is.
#[component]
fn Answers() -> impl IntoView {
    let desk = Desk::get();
    let given = Memo::new(move |_| desk.asking.with(|asking| asking.answer.clone()));
    let asked = move || given.with(|given| given.as_ref().map(|given| given.question.clone()));
    view! {
        <div class="stack">
            <section aria-label="Answer" aria-live="polite" class="card answer" data-question=asked>
                {move || given.with(|given| given.as_ref().map(best))}
            </section>
            {move || given.with(|given| given.as_ref().map(others))}
        </div>
    }
}

fn best(given: &Given) -> impl IntoView + use<> {
    let Some(span) = given.now.spans.first().cloned() else { return ().into_any() };
    if span.text.is_empty() {
        return view! { <p class="passage">{words::NO_ANSWER}</p> }.into_any();
    }
    let shown = passage(&given.context, &span);
    let numbers = format!("{} · score {:.1} · {:.0} ms", words::place(&span), span.score, given.elapsed_ms);
    view! {
        <p class="passage">{shown.before}<mark>{shown.answer}</mark>{shown.after}</p>
        <div class="row">
            <meter min="0" max="1" value=span.probability.to_string() aria-label=words::PROBABILITY></meter>
            <span>{words::percent(span.probability)}</span>
            <span class="hint">{words::PROBABILITY}</span>
        </div>
        <p class="hint">{numbers}</p>
    }
    .into_any()
}

fn others(given: &Given) -> impl IntoView + use<> {
    let text = |answered: &Answered| answered.spans.first().map(|span| span.text.clone()).unwrap_or_default();
    let now = text(&given.now);
    let base = given.base.as_ref().map(text).filter(|base| *base != now);
    let base = base.map(|base| {
        let said = if base.is_empty() { "no answer".to_owned() } else { base };
        view! { <p class="card">"The model as it was loaded says: " <q>{said}</q></p> }
    });
    let further: Vec<_> = (given.now.spans.iter().skip(1).filter(|span| !span.text.is_empty()))
        .map(|span| {
            let note = format!("{} · {}", words::percent(span.probability), words::place(span));
            view! { <li>{span.text.clone()} " " <span class="hint">{note}</span></li> }
        })
        .collect();
    let list =
        (!further.is_empty()).then(|| view! { <div class="card"><h2>"Other answers"</h2><ol>{further}</ol></div> });
    view! { {base}{list} }
}
