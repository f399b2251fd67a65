//! What is wrong with the dataset, each with its place.

use leptos::prelude::*;

use super::bench::Bench;
use crate::squad::check::{Finding, FindingKind};
use crate::state::format::whole;
use crate::state::project::findings::{before_and_after, listed, message_alone, place_of};
use crate::state::words::data as words;

/// Findings that are drawn at most; the number of all is in the heading.
const SHOWN_MAX: usize = 500;

/// The findings; nothing where there are none.
#[component]
pub fn Findings() -> impl IntoView {
    let bench = Bench::get();
    let listed = Memo::new(move |_| bench.project.with(|project| listed(&project.findings, SHOWN_MAX)));
    let is_wrong = Memo::new(move |_| listed.with(|listed| listed.counts[0] > 0));
    let is_empty = Memo::new(move |_| listed.with(|listed| listed.first.is_empty()));
    let heading = move || words::findings(listed.with(|listed| listed.counts));
    let repairs = move || listed.with(|listed| listed.repairs.clone()).into_iter().map(all_of).collect_view();
    // Drawn anew only where one of them is another, not with every number.
    let first = Memo::new(move |_| listed.with(|listed| listed.first.clone()));
    let rows = move || first.get().into_iter().map(row).collect_view();
    let more = Memo::new(move |_| listed.with(|listed| listed.more));
    view! {
        <Show when=move || !is_empty.get()>
            <section class="card findings" aria-label="Findings">
                // Work that is left is no alarm: it is listed only for those who ask.
                <details open=move || is_wrong.get()>
                    <summary class:warn=move || is_wrong.get()>{heading}</summary>
                    <p class="repairs">{repairs}</p>
                    <ul>{rows}</ul>
                    {move || (more.get() > 0).then(|| view! { <p class="hint">{format!("And {} more.", whole(more.get()))}</p> })}
                </details>
            </section>
        </Show>
    }
}

fn row(finding: Finding) -> impl IntoView {
    let bench = Bench::get();
    let message = message_alone(&finding).to_owned();
    let change = bench.project.with_untracked(|project| before_and_after(&project.dataset, &finding));
    let path = finding.path.clone();
    let repair = change.map(|(before, after)| {
        let mend = move |_| bench.repair(std::slice::from_ref(&finding));
        view! {
            <span class="change"><del>{before}</del> <ins>{after}</ins></span>
            <button class="button" on:click=mend>{words::REPAIR}</button>
        }
    });
    let place = match place_of(&path) {
        Some(place) => view! {
            <button class="link" on:click=move |_| bench.go_to(place)><code>{path}</code></button>
        }
        .into_any(),
        None => view! { <code>{path}</code> }.into_any(),
    };
    view! { <li>{place} <span>{message}</span> {repair}</li> }
}

/// The button that mends all findings of a kind.
fn all_of((kind, count): (FindingKind, usize)) -> impl IntoView {
    let bench = Bench::get();
    let mend = move |_| bench.repair_all(kind);
    view! { <button class="button" on:click=mend>{words::repair_all(kind, count)}</button> }
}
