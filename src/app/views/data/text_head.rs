//! The document that is shown: its title, the place in it, and what can be done with the whole of it.

use leptos::prelude::*;

use super::bench::Bench;
use crate::state::format::whole;
use crate::state::project::Project;
use crate::state::project::outline::title;
use crate::state::words::data as words;

/// Title, place in the document, and steps to the paragraphs beside.
#[component]
pub fn TextHead() -> impl IntoView {
    let bench = Bench::get();
    let place = Memo::new(move |_| {
        bench.project.with(|project| {
            let document = project.document_at(project.place)?;
            let (paragraph, of) = (project.place.paragraph + 1, document.paragraphs.len());
            Some((title(&document.title, project.place.document), format!("{} of {}", whole(paragraph), whole(of))))
        })
    });
    let heading = Memo::new(move |_| bench.project.with(|project| project.paragraph().and_then(words::origin)));
    let step = move |forward: bool| bench.project.update(|project| project.step_paragraph(forward));
    view! {
        <div class="pane-head">
            <h2 class="grow">
                <button class="title-button" popovertarget="document-details" title="Rename or delete this document">
                    <bdi>{move || place.get().map(|(title, _)| title)}</bdi>
                </button>
            </h2>
            <button class="button quiet" aria-label="Previous paragraph" title="Previous paragraph ([)" on:click=move |_| step(false)>"‹"</button>
            <span class="hint">{move || place.get().map(|(_, place)| place)}</span>
            <button class="button quiet" aria-label="Next paragraph" title="Next paragraph (])" on:click=move |_| step(true)>"›"</button>
        </div>
        {move || heading.get().map(|heading| view! { <p class="hint"><bdi>{heading}</bdi></p> })}
        <Show when=move || bench.is_held_back.get()><p class="held-back-line">{words::HELD_BACK_TEXT}</p></Show>
        <DocumentDetails />
        <Show when=move || place.get().is_none()><p class="hint">{words::NO_TEXT}</p></Show>
    }
}

#[component]
fn DocumentDetails() -> impl IntoView {
    let bench = Bench::get();
    let name = Memo::new(move |_| {
        let title = |project: &Project| project.document_at(project.place).map(|document| document.title.clone());
        bench.project.with(title).unwrap_or_default()
    });
    view! {
        <div id="document-details" class="popover card stack" popover="auto">
            <div class="field">
                <label for="document-title">"Document title"</label>
                <input id="document-title" type="text" prop:readOnly=bench.is_locked prop:value=move || name.get()
                    on:input:target=move |event| {
                        let title = event.target().value();
                        bench.project.update(|project| project.rename_document(&title));
                    } />
            </div>
            <div class="row">
                <button class="button" popovertarget="document-details" popovertargetaction="hide" disabled=bench.is_locked
                    on:click=move |_| bench.project.update(Project::delete_document)>"Delete document"</button>
                <span class="hint">"Undo brings it back."</span>
            </div>
        </div>
    }
}
