//! The best answer in its passage, what the base model says, and the other answers.

use leptos::prelude::*;

use super::marking::Verdicts;
use super::send;
use crate::app::desk::Desk;
use crate::state::asking::passage::{PASSAGE_CHARS, WHOLE_CHARS, passage};
use crate::state::asking::{Exchange, Found, Kept, Status};
use crate::state::project::Span;
use crate::state::project::examples::Verdict;
use crate::state::words::ask as words;

/// Characters of the passage around an answer that is not the best.
const SHORT_CHARS: usize = 200;

/// What is shown changes with these; the question being typed does not matter.
type Key = Option<(u32, Status)>;

/// The answers of the question that was asked last.
#[component]
pub fn Answers() -> impl IntoView {
    let desk = Desk::get();
    let key: Memo<Key> = Memo::new(move |_| {
        desk.asking.with(|asking| asking.shown().map(|exchange| (exchange.id, exchange.status.clone())))
    });
    let shown = move |part: fn(Desk, &Exchange) -> AnyView| {
        key.with(|_| ());
        desk.asking.with_untracked(|asking| {
            asking.shown().filter(|exchange| exchange.has_result()).map(|exchange| part(desk, exchange))
        })
    };
    // The region names the question that it answers, once it does.
    let answered = move || {
        key.with(|_| ());
        desk.asking.with_untracked(|asking| {
            asking.shown().filter(|exchange| exchange.has_result()).map(|exchange| exchange.question.clone())
        })
    };
    let is_busy = move || key.with(|key| matches!(key, Some((_, Status::Reading(_)))));
    let region = move || {
        let content = match key.get() {
            None => view! { <p class="hint">{words::NOTHING_YET}</p> }.into_any(),
            Some((_, Status::Failed(message))) => view! { <p class="error">{message}</p> }.into_any(),
            _ => ().into_any(),
        };
        shown(best).unwrap_or(content)
    };
    view! {
        <div class="stack">
            <section aria-label="Answer" aria-live="polite" aria-busy=move || is_busy().to_string() class="card answer"
                data-question=answered>
                {region}
            </section>
            {move || shown(stale)}
            {move || shown(base)}
            {move || shown(verdicts)}
            {move || shown(others)}
        </div>
    }
}

/// The best answer: its words, its passage, its numbers.
fn best(_: Desk, exchange: &Exchange) -> AnyView {
    let Some(found) = exchange.now.best() else {
        let said = match exchange.status {
            Status::Stopped(_) => words::STOPPED.to_owned(),
            _ => words::no_answer(exchange.texts.len()),
        };
        return view! { <p class="said">{said}</p><p class="hint">{words::took(exchange)}</p> }.into_any();
    };
    let span = &found.span;
    let context = exchange.text(&found).map(|text| text.context.clone()).unwrap_or_default();
    let shown = passage(&context, span.start, span.end, WHOLE_CHARS, PASSAGE_CHARS).unwrap_or_default();
    view! {
        <p class="said">{shown.answer.clone()}</p>
        <p class="passage">{shown.before}<mark>{shown.answer}</mark>{shown.after}</p>
        {probability(span.probability)}
        <p class="hint">{words::numbers(exchange, &found)}</p>
    }
    .into_any()
}

/// A bar with its number and what it means.
fn probability(probability: f32) -> impl IntoView {
    view! {
        <div class="row">
            <meter min="0" max="1" value=probability.to_string() aria-label=words::PROBABILITY></meter>
            <strong>{words::percent(probability)}</strong>
            <span class="hint">{words::PROBABILITY}</span>
        </div>
    }
}

/// That the model has become another since it answered.
fn stale(desk: Desk, exchange: &Exchange) -> AnyView {
    let revision = exchange.weights.revision;
    view! { <p class="callout warn" hidden=move || desk.revision.get() == revision>{words::STALE}</p> }.into_any()
}

/// What the model says as it was loaded; nothing to compare where it was not trained since.
fn base(_: Desk, exchange: &Exchange) -> AnyView {
    let text = |found: Option<Found>| found.map(|found| found.span.text);
    let (now, before) = (text(exchange.now.best()), text(exchange.base.best()));
    let is_same = now == before;
    if exchange.base.windows == 0 || (is_same && !exchange.weights.is_trained) {
        return ().into_any();
    }
    view! { <p class="card base">{words::base(before.as_deref(), is_same)}</p> }.into_any()
}

/// Whether the best answer is right.
fn verdicts(_: Desk, exchange: &Exchange) -> AnyView {
    let best = exchange.now.best();
    // Where there is no answer, the text that came closest is the one to mark in.
    let found = best.clone().or_else(|| exchange.now.others().into_iter().next());
    let text = found.as_ref().and_then(|found| exchange.text(found)).or_else(|| exchange.texts.iter().flatten().next());
    let Some(text) = text.cloned() else { return ().into_any() };
    let right = best.map_or(Verdict::NoAnswer, |found| Verdict::Right(place(&found)));
    // That one paragraph has no answer does not follow from the others having none.
    let right = (exchange.texts.len() == 1 || right != Verdict::NoAnswer).then_some(right);
    view! { <Verdicts id=exchange.id text right /> }.into_any()
}

fn place(found: &Found) -> Span {
    Span { start: found.span.start, end: found.span.end }
}

/// The answers after the best one.
fn others(desk: Desk, exchange: &Exchange) -> AnyView {
    let others = exchange.now.others();
    if others.is_empty() {
        return ().into_any();
    }
    let cards: Vec<_> = others.iter().enumerate().map(|(index, found)| other(desk, exchange, index, found)).collect();
    view! {
        <section aria-labelledby="ask-others" class="others">
            <h2 id="ask-others">"Other answers"</h2>
            <ol class="stack">{cards}</ol>
        </section>
    }
    .into_any()
}

fn other(desk: Desk, exchange: &Exchange, index: usize, found: &Found) -> impl IntoView + use<> {
    let (id, span, name) = (exchange.id, place(found), format!("ask-other-{index}"));
    let text = exchange.text(found).cloned();
    let context = text.as_ref().map(|text| text.context.clone()).unwrap_or_default();
    let shown = passage(&context, span.start, span.end, SHORT_CHARS, SHORT_CHARS).unwrap_or_default();
    let where_it_is = words::full_place(text.as_ref(), &found.span, exchange.texts.len());
    let note = format!("{} · {where_it_is}", words::percent(found.span.probability));
    let right = text.map(|text| {
        let keep = move |_| {
            send::keep(desk, id, &text, Verdict::Right(span));
        };
        view! { <button type="button" class="button quiet" aria-describedby=name.clone() on:click=keep>"Right"</button> }
    });
    view! {
        <li class="card">
            <div class="row"><strong id=name.clone() class="grow">{shown.answer.clone()}</strong>{right}</div>
            <p class="passage short">{shown.before}<strong>{shown.answer}</strong>{shown.after}</p>
            <p class="hint">{note}</p>
        </li>
    }
}

/// What became of a question in the project.
pub fn kept(desk: Desk, id: u32) -> Memo<Option<Kept>> {
    Memo::new(move |_| desk.asking.with(|asking| asking.exchange(id).and_then(|exchange| exchange.kept.clone())))
}
