//! The dataset in numbers: lengths, and how far each document is marked.

use leptos::html;
use leptos::prelude::*;

use super::bench::Bench;
use super::counting::Counting;
use crate::state::format::{counted, whole};
use crate::state::project::Place;
use crate::state::project::lengths::{Histogram, Lengths, Unit};
use crate::state::project::statistics::{OfDocument, Statistics};
use crate::state::words::data as words;

/// Width and height of a histogram, in its own units.
const SIZE: (usize, usize) = (240, 64);

/// Numbers for those who ask: they are counted only while they are seen.
#[component]
pub fn StatisticsCard() -> impl IntoView {
    let bench = Bench::get();
    let is_open = RwSignal::new(false);
    let details = NodeRef::<html::Details>::new();
    let toggle = move |_| is_open.set(details.get_untracked().is_some_and(|details| details.has_attribute("open")));
    let statistics =
        Memo::new(move |_| is_open.get().then(|| bench.project.with(crate::state::project::Project::statistics)));
    let counting = Counting::new(bench, is_open);
    view! {
        <section class="card statistics" aria-label="Statistics">
            <details node_ref=details on:toggle=toggle>
                <summary>"Statistics"</summary>
                <div class="stack">
                    {move || statistics.with(|statistics| statistics.as_ref().map(facts))}
                    {move || counting.lengths.with(|lengths| lengths.as_ref().map(histograms))}
                    <p class="hint">{move || counting_words(bench, counting)}</p>
                    {move || statistics.get().map(documents)}
                </div>
            </details>
        </section>
    }
}

/// What lengths are counted in, and how far the count is.
fn counting_words(bench: Bench, counting: Counting) -> String {
    let unit = counting.lengths.with(|lengths| lengths.as_ref().map(|lengths| lengths.unit));
    let model = bench.desk.model.with(|model| model.info().map(|info| info.name.clone()));
    words::lengths(unit, model.as_deref(), counting.percent.get())
}

fn facts(statistics: &Statistics) -> impl IntoView + use<> {
    let Statistics { questions, settled, unanswerable, held_back, .. } = *statistics;
    let share = |part: usize| (part * 100 + questions / 2).checked_div(questions).unwrap_or(0);
    let facts = [
        ("Settled", format!("{} of {}", whole(settled), counted(questions, "question", "questions")), Some(settled)),
        ("Without an answer in the text", format!("{} ({} %)", whole(unanswerable), share(unanswerable)), None),
        ("Held back", counted(held_back, "question", "questions"), None),
    ];
    let fact = |(term, text, done): (&'static str, String, Option<usize>)| {
        view! { <div><dt>{term}</dt><dd>{text} {done.and_then(|done| progress(done, questions))}</dd></div> }
    };
    view! { <dl class="facts">{facts.map(fact)}</dl> }
}

/// A bar beside the numbers that say the same.
fn progress(done: usize, of: usize) -> Option<impl IntoView> {
    (of > 0).then(|| view! { <progress aria-hidden="true" max=of.to_string() value=done.to_string()></progress> })
}

fn histograms(lengths: &Lengths) -> impl IntoView + use<> {
    let Lengths { unit, contexts, questions, answers } = lengths;
    view! {
        <div class="histograms">
            {histogram("Texts", *unit, contexts)} {histogram("Questions", *unit, questions)} {histogram("Answers", *unit, answers)}
        </div>
    }
}

fn documents(statistics: Statistics) -> impl IntoView {
    let Statistics { documents, more_documents, .. } = statistics;
    let more = counted(more_documents, "document", "documents");
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Documents in numbers">
            <table>
                <thead><tr>
                    <th scope="col">"Document"</th><th scope="col">"Paragraphs"</th><th scope="col">"Questions"</th>
                    <th scope="col">"Settled"</th><th scope="col">"Without an answer"</th>
                </tr></thead>
                <tbody>{documents.into_iter().map(document_row).collect_view()}</tbody>
            </table>
        </div>
        {(more_documents > 0).then(|| view! { <p class="hint">{format!("And {more} more.")}</p> })}
    }
}

fn document_row(document: OfDocument) -> impl IntoView {
    let bench = Bench::get();
    let OfDocument { index, title, paragraphs, questions, settled, unanswerable } = document;
    let go = move |_| bench.go_to(Place::of_paragraph(index, 0));
    view! {
        <tr>
            <th scope="row"><button class="link" on:click=go><bdi>{title}</bdi></button></th>
            <td>{whole(paragraphs)}</td><td>{whole(questions)}</td>
            <td>{whole(settled)} {progress(settled, questions)}</td><td>{whole(unanswerable)}</td>
        </tr>
    }
}

/// Bars, and the same as a table.
fn histogram(name: &'static str, unit: Unit, histogram: &Histogram) -> impl IntoView + use<> {
    let (unit, heading) = (words::unit(unit), words::unit_heading(unit));
    let (width, height) = SIZE;
    let most = histogram.bars.iter().copied().max().unwrap_or(1).max(1);
    let step = width / histogram.bars.len().max(1);
    let bar = |(index, count): (usize, &usize)| {
        let tall = if *count == 0 { 0 } else { (count * height / most).max(1) };
        let (from, to) = histogram.range(index);
        let title = format!("{from} to {to} {unit}: {}", whole(*count));
        view! {
            <rect x=(index * step + 1).to_string() y=(height - tall).to_string() width=(step.saturating_sub(2)).max(1).to_string() height=tall.to_string()>
                <title>{title}</title>
            </rect>
        }
    };
    let bars = histogram.bars.iter().enumerate().map(bar).collect_view();
    let row = |(index, count): (usize, &usize)| {
        let (from, to) = histogram.range(index);
        view! { <tr><th scope="row">{format!("{from}–{to}")}</th><td>{whole(*count)}</td></tr> }
    };
    let rows = histogram.bars.iter().enumerate().map(row).collect_view();
    let summary = format!("median {}, longest {}", whole(histogram.median), whole(histogram.longest));
    let ends = (histogram.bars.len() * histogram.width).to_string();
    view! {
        <figure class="histogram">
            <figcaption><strong>{name}</strong> " " <span class="hint">{summary}</span></figcaption>
            <svg viewBox=format!("0 0 {width} {height}") role="img" aria-label=format!("Lengths of {}", name.to_lowercase())
                preserveAspectRatio="none">{bars}</svg>
            <div class="axis hint" aria-hidden="true"><span>"0"</span><span>{ends} " " {unit}</span></div>
            <details>
                <summary>"As a table"</summary>
                <table><thead><tr><th scope="col">{heading}</th><th scope="col">"Number"</th></tr></thead><tbody>{rows}</tbody></table>
            </details>
        </figure>
    }
}
