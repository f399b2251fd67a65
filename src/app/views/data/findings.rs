//! What is wrong with the dataset, each with its place.

use leptos::prelude::*;

use super::bench::Bench;
use crate::squad::check::{Finding, FindingKind};
use crate::state::format::whole;
use crate::state::project::findings::{Weight, before_and_after, listed, message_alone, place_of, weight};
use crate::state::words::data as words;

/// Findings that are drawn at most; the number of all is in the heading.
const SHOWN_MAX: usize = 500;

/// The findings; nothing where there are none.
#[component]
pub fn Findings() -> impl IntoView {
    let bench = Bench::get();
    let findings = Memo::new(move |_| bench.project.with(|project| project.findings.clone()));
    let counts = Memo::new(move |_| {
        let count = |wanted| findings.with(|findings| findings.iter().filter(|f| weight(f) == wanted).count());
        [Weight::Fault, Weight::Note, Weight::Unfinished].map(count)
    });
    let is_wrong = Memo::new(move |_| counts.get()[0] > 0);
    let heading = move || words::findings(counts.get());
    // Kinds with more than one repair, in the order of the list.
    let kinds = Memo::new(move |_| {
        findings.with(|findings| {
            let mut kinds: Vec<(FindingKind, usize)> = Vec::new();
            for finding in findings.iter().filter(|finding| finding.repair.is_some()) {
                match kinds.iter_mut().find(|(kind, _)| *kind == finding.kind) {
                    Some((_, count)) => *count += 1,
                    None => kinds.push((finding.kind, 1)),
                }
            }
            kinds.retain(|(_, count)| *count > 1);
            kinds
        })
    });
    let rows = move || {
        let mut rows = findings.with(|findings| listed(findings));
        rows.truncate(SHOWN_MAX);
        rows.into_iter().map(row).collect_view()
    };
    let hidden = move || findings.with(Vec::len).saturating_sub(SHOWN_MAX);
    view! {
        <Show when=move || !findings.with(Vec::is_empty)>
            <section class="card findings" aria-label="Findings">
                // Work that is left is no alarm: it is listed only for those who ask.
                <details open=move || is_wrong.get()>
                    <summary class:warn=move || is_wrong.get()>{heading}</summary>
                    <p class="repairs">{move || kinds.get().into_iter().map(all_of).collect_view()}</p>
                    <ul>{rows}</ul>
                    {move || (hidden() > 0).then(|| view! { <p class="hint">{format!("And {} more.", whole(hidden()))}</p> })}
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
