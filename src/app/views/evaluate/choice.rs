//! What is measured on: held-out questions, a file, or the training questions.

use leptos::html;
use leptos::prelude::*;

use super::bench::{Bench, FileState};
use crate::state::evaluation::MeasureOn;
use crate::state::words::evaluate as words;

/// The choice, the file, and what has to be said about either.
pub fn choice(bench: Bench) -> impl IntoView {
    let warns = move || bench.on.get() == MeasureOn::Training;
    view! {
        <fieldset class="measure-on" disabled=move || bench.is_active.get()>
            <legend>{words::ON}</legend>
            {option(bench, MeasureOn::HeldOut)}
            {option(bench, MeasureOn::Training)}
            {file(bench)}
        </fieldset>
        <p class="callout warn" hidden=move || !warns()>{words::WARNING}</p>
    }
}

fn option(bench: Bench, on: MeasureOn) -> impl IntoView {
    let name = match on {
        MeasureOn::HeldOut => "held-out",
        MeasureOn::Training => "training",
    };
    let (id, sentence) = (format!("measure-{name}"), format!("measure-{name}-says"));
    let says = Memo::new(move |_| {
        bench.desk.project.with(|project| {
            let name = project.held_out.as_ref().map_or("", |held_out| held_out.name.as_str());
            words::on_sentence(on, name, on.counts(project))
        })
    });
    view! {
        <div class="measure-option">
            <input
                type="radio"
                name="measure-on"
                id=id.clone()
                aria-describedby=sentence.clone()
                prop:checked=move || bench.on.get() == on
                on:change=move |_| bench.on.set(on)
            />
            <div>
                <label for=id>{words::on_label(on)}</label>
                <p class="hint" id=sentence>{says}</p>
            </div>
        </div>
    }
}

fn file(bench: Bench) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let read = move |_| {
        let Some(input) = input.get_untracked() else {
            return;
        };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            bench.read(file);
            // So that the same file can be chosen again once it was changed.
            input.set_value("");
        }
    };
    let is_failed = move || bench.file.with(|file| matches!(file, FileState::Failed(_)));
    let says = move || {
        bench.file.with(|file| match file {
            FileState::Missing => String::new(),
            FileState::Reading(name) => words::reading(name),
            FileState::Read(findings) if findings.is_empty() => words::READ.to_owned(),
            FileState::Read(findings) => words::file_findings(findings.len()),
            FileState::Failed(message) => message.clone(),
        })
    };
    let findings = move || {
        bench.file.with(|file| match file {
            FileState::Read(findings) if !findings.is_empty() => {
                let line = |finding: &crate::squad::check::Finding| view! { <li>{finding.message.clone()}</li> };
                let lines = findings.iter().map(line).collect_view();
                Some(view! {
                    <details class="left-out">
                        <summary>{words::FINDINGS}</summary>
                        <ul>{lines}</ul>
                    </details>
                })
            }
            _ => None,
        })
    };
    view! {
        <div class="field">
            <label for="held-out-file">{words::FILE}</label>
            <input
                type="file"
                id="held-out-file"
                accept=".json,.jsonl,application/json"
                aria-describedby="held-out-file-says"
                node_ref=input
                on:change=read
            />
            <p class="hint" id="held-out-file-says">{words::FILE_HINT}</p>
            <p class="file-state" role="status" class:error=is_failed>{says}</p>
            {findings}
        </div>
    }
}
