//! The result: first in words, then the scores with their intervals.

use leptos::prelude::*;

use super::bench::Bench;
use crate::app::download;
use crate::metrics::ScoresV2;
use crate::state::evaluation::Report;
use crate::state::evaluation::summary::{Measured, Pair, Verdict};
use crate::state::words::evaluate as words;

/// Headline, verdict, warnings, scores, download.
pub fn result(bench: Bench) -> impl IntoView {
    let failure = RwSignal::new(None::<String>);
    let save = move |_| {
        let text =
            bench.desk.evaluation.with_untracked(|evaluation| evaluation.report.as_ref().map(Report::predictions));
        if let Some(text) = text {
            failure.set(download::text("predictions.json", "application/json", &text).err());
        }
    };
    let said = bench.desk.evaluation.with_untracked(|evaluation| evaluation.report.as_ref().map(said));
    view! {
        <section class="card result" aria-label=words::RESULT>
            <p class="callout warn" hidden=move || !bench.is_stale()>{words::STALE}</p>
            {said}
            <div class="row">
                <button type="button" class="button" aria-describedby="save-says" on:click=save>{words::SAVE}</button>
                <span class="hint" id="save-says">{words::SAVE_HINT}</span>
                <span class="error" role="alert">{move || failure.get()}</span>
            </div>
            <details class="method">
                <summary>{words::METHOD_TITLE}</summary>
                <p class="hint">{words::METHOD}</p>
            </details>
        </section>
    }
}

fn said(report: &Report) -> impl IntoView + use<> {
    let summary = &report.summary;
    let class = match summary.verdict {
        Verdict::Better { .. } => "verdict good",
        Verdict::Worse { .. } => "verdict bad",
        _ => "verdict",
    };
    let warnings = [words::seen(summary), words::unread(summary)];
    let warnings = warnings.map(|text| text.map(|text| view! { <p class="callout warn">{text}</p> }));
    view! {
        <h2 class="headline">{words::headline(summary)}</h2>
        <p class=class>{words::verdict(summary)}</p>
        {warnings}
        <div class="table-scroll" tabindex="0" role="group" aria-label=words::SCORES>{scores(report)}</div>
    }
}

fn scores(report: &Report) -> impl IntoView + use<> {
    let is_same = report.summary.verdict == Verdict::SameModel;
    let columns: &[&str] = if is_same { &words::SCORE_COLUMNS_OF_ONE } else { &words::SCORE_COLUMNS };
    let heads: Vec<_> = columns.iter().map(|name| view! { <th scope="col">{*name}</th> }).collect();
    let parts = report.after.v2.as_ref().zip(report.before.v2.as_ref());
    view! {
        <table class="numbers scores">
            <caption>{words::scores_caption(&report.subject.name, report.questions.len())}</caption>
            <thead><tr><td></td>{heads}</tr></thead>
            <tbody>
                {line(words::EXACT_MATCH.to_owned(), &report.summary.exact_match, is_same)}
                {line(words::F1.to_owned(), &report.summary.f1, is_same)}
                {parts.map(|(after, before)| v2_lines(before, after, is_same))}
            </tbody>
        </table>
    }
}

/// One score. The figures of `is_same` stand once.
fn line(name: String, pair: &Pair, is_same: bool) -> impl IntoView + use<> {
    let cells = |measured: &Measured, value: String| {
        view! {
            <td class="value">{value}</td>
            <td class="interval">{words::interval(measured)}</td>
        }
    };
    let before = (!is_same).then(|| cells(&pair.before, words::percent(pair.before.value)));
    let after = cells(&pair.after, words::percent(pair.after.value));
    let difference = (!is_same).then(|| cells(&pair.difference, words::difference(pair.difference.value)));
    view! { <tr><th scope="row">{name}</th>{before}{after}{difference}</tr> }
}

/// The parts that version 2.0 tells apart, without intervals.
fn v2_lines(before: &ScoresV2, after: &ScoresV2, is_same: bool) -> impl IntoView + use<> {
    let rows = [
        (
            words::has_answer(words::EXACT_MATCH, after.has_answer_total),
            before.has_answer_exact,
            after.has_answer_exact,
        ),
        (words::has_answer(words::F1, after.has_answer_total), before.has_answer_f1, after.has_answer_f1),
        (words::no_answer(words::EXACT_MATCH, after.no_answer_total), before.no_answer_exact, after.no_answer_exact),
    ];
    let row = |(name, before, after): (String, f64, f64)| {
        let cells = |value: String| view! { <td class="value">{value}</td><td class="interval"></td> };
        let first = (!is_same).then(|| cells(words::percent(before)));
        let last = (!is_same).then(|| cells(words::difference(after - before)));
        view! { <tr class="part"><th scope="row">{name}</th>{first}{cells(words::percent(after))}{last}</tr> }
    };
    rows.map(row)
}
