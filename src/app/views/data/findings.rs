//! What is wrong with the dataset, each with its place.

use leptos::prelude::*;

use super::bench::Bench;
use crate::squad::check::Finding;
use crate::state::format::whole;
use crate::state::project::findings::{is_unfinished, listed, message_alone, place_of};
use crate::state::words::data as words;

/// Findings that are drawn at most; the number of all is in the heading.
const SHOWN_MAX: usize = 500;

/// The findings; nothing where there are none.
#[component]
pub fn Findings() -> impl IntoView {
    let bench = Bench::get();
    let findings = Memo::new(move |_| bench.project.with(|project| project.findings.clone()));
    let wrong = Memo::new(move |_| findings.with(|findings| findings.iter().filter(|f| !is_unfinished(f)).count()));
    let is_wrong = Memo::new(move |_| wrong.get() > 0);
    let heading = move || words::findings(wrong.get(), findings.with(Vec::len) - wrong.get());
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
    let path = finding.path;
    let place = match place_of(&path) {
        Some(place) => view! {
            <button class="link" on:click=move |_| bench.go_to(place)><code>{path}</code></button>
        }
        .into_any(),
        None => view! { <code>{path}</code> }.into_any(),
    };
    view! { <li>{place} <span>{message}</span></li> }
}
