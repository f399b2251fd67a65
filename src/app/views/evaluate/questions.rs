//! One line a question, with filters.

use leptos::prelude::*;

use super::bench::Bench;
use crate::protocol::EvaluatedQuestion;
use crate::state::evaluation::{Change, Filter, Mistake};
use crate::state::format::whole;
use crate::state::words::evaluate as words;

/// Lines that are shown at first, and more with each press.
const LINES: usize = 200;

/// The filters by what became of a question, in the order of the buttons.
const CHANGES: [Change; 3] = [Change::Fixed, Change::Broken, Change::BothWrong];

/// Filters and table.
pub fn questions(bench: Bench) -> impl IntoView {
    let (filter, limit) = (RwSignal::new(Filter::All), RwSignal::new(LINES));
    let evaluation = bench.desk.evaluation;
    let filtered = move |filter: Filter| {
        evaluation.with_untracked(|evaluation| {
            evaluation.report.as_ref().map(|report| report.filtered(filter)).unwrap_or_default()
        })
    };
    let shown = Memo::new(move |_| filtered(filter.get()));
    let is_same = evaluation.with_untracked(|evaluation| !evaluation.subject.weights.is_trained);
    let lines = move || {
        evaluation.with_untracked(|evaluation| {
            let report = evaluation.report.as_ref()?;
            let line = |index: &usize| report.questions.get(*index).map(|question| line(question, is_same));
            Some(shown.with(|shown| shown.iter().take(limit.get()).filter_map(line).collect_view()))
        })
    };
    let button = move |wanted: Filter, says: Option<&'static str>| {
        let choose = move |_| {
            limit.set(LINES);
            filter.set(wanted);
        };
        let is_pressed = move || (filter.get() == wanted).to_string();
        view! {
            <button type="button" class="button filter" aria-pressed=is_pressed title=says on:click=choose>
                {words::filter(wanted)} " " <span class="count">{whole(filtered(wanted).len())}</span>
            </button>
        }
    };
    let changes = (CHANGES.into_iter().filter(|_| !is_same)).map(|change| button(Filter::Change(change), None));
    let mistakes: Vec<_> = (Mistake::ALL.into_iter())
        .filter(|mistake| !filtered(Filter::Mistake(*mistake)).is_empty())
        .map(|mistake| button(Filter::Mistake(mistake), Some(words::mistake(mistake))))
        .collect();
    let mistakes = (!mistakes.is_empty()).then(|| {
        view! {
            <div class="row filters" role="group" aria-labelledby="mistakes">
                <span id="mistakes" class="hint">{words::MISTAKES}</span>
                {mistakes}
            </div>
        }
    });
    let has_more = move || shown.with(Vec::len) > limit.get();
    view! {
        <section class="card evaluated" aria-label=words::QUESTIONS>
            <div class="row filters" role="group" aria-label=words::FILTERS>
                {button(Filter::All, None)} {changes.collect_view()}
            </div>
            {mistakes}
            <div class="table-scroll" tabindex="0" role="group" aria-label=words::QUESTIONS>
                <table class="question-table">
                    <thead><tr>{heads(is_same)}</tr></thead>
                    <tbody>{lines}</tbody>
                </table>
            </div>
            <p class="hint" hidden=move || !shown.with(Vec::is_empty)>{words::NONE_SHOWN}</p>
            <button
                type="button"
                class="button"
                hidden=move || !has_more()
                on:click=move |_| limit.update(|limit| *limit += LINES)
            >
                {words::MORE}
            </button>
        </section>
    }
}

fn heads(is_same: bool) -> Vec<impl IntoView> {
    let names = words::QUESTION_COLUMNS.into_iter();
    // Before and after are the same model: one of the two columns is enough.
    names
        .filter(|name| !(is_same && *name == words::BEFORE))
        .map(|name| if is_same && name == words::AFTER { words::ANSWER } else { name })
        .map(|name| view! { <th scope="col">{name}</th> })
        .collect()
}

fn line(question: &EvaluatedQuestion, is_same: bool) -> impl IntoView + use<> {
    let change = Change::of(question);
    let class = match change {
        Change::Fixed => "change good",
        Change::Broken => "change bad",
        Change::BothWrong => "change warn",
        Change::BothRight => "change",
    };
    let gold = match question.gold.as_slice() {
        [] => words::NO_ANSWER.to_owned(),
        texts => words::gold(texts),
    };
    let (before_is, after_is) = (words::BEFORE, if is_same { words::ANSWER } else { words::AFTER });
    let before = (!is_same).then(|| view! { <td data-label=before_is>{answer(&question.before.prediction)}</td> });
    let score = words::question_score(question.after.exact_match, question.after.f1);
    let seen = question.seen_in_training.then(|| view! { <span class="badge">{words::SEEN}</span> });
    let unread = question.is_unread().then(|| view! { <span class="badge">{words::UNREAD}</span> });
    view! {
        <tr>
            <td class=class>{words::change(change)}</td>
            <td>{question.question.clone()} " " {seen} {unread}</td>
            <td data-label=words::MARKED>{gold}</td>
            {before}
            <td data-label=after_is>{answer(&question.after.prediction)}</td>
            <td class="value">{score}</td>
        </tr>
    }
}

/// An answer, or that there is none.
fn answer(text: &str) -> AnyView {
    if text.is_empty() { view! { <em>{words::NO_ANSWER}</em> }.into_any() } else { text.to_owned().into_any() }
}
