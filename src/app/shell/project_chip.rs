//! The project's name, whether it is saved, and the other projects.

use gloo::timers::callback::Timeout;
use leptos::prelude::*;

use crate::app::desk::Desk;
use crate::app::keep::{Keep, Keeping};
use crate::state::project::Project;
use crate::state::shelf::{Access, Entry, Saved};
use crate::state::words::shell as words;

/// How long "just now" is, in milliseconds.
const JUST_NOW_MS: u32 = 60_000;

/// Name and saved state; a click opens what can be done with projects.
#[component]
pub fn ProjectChip() -> impl IntoView {
    let desk = Desk::get();
    let name = Memo::new(move |_| desk.project.with(|project| words::project_name(&project.name)));
    let saved = Memo::new(move |_| desk.shelf.with(|shelf| shelf.saved.clone()));
    let is_recent = RwSignal::new(true);
    let timer = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |_| {
        is_recent.set(true);
        let grow_old = || Timeout::new(JUST_NOW_MS, move || is_recent.set(false));
        // The timer from before is dropped, and with it cancelled.
        timer.set_value((saved.get() == Saved::Saved).then(grow_old));
    });
    let state = Memo::new(move |_| desk.shelf.with(|shelf| words::kept(shelf, is_recent.get())));
    let is_bad = move || {
        desk.shelf.with(|shelf| {
            matches!(shelf.saved, Saved::Failed { .. } | Saved::NoStorage)
                || matches!(shelf.access, Access::Elsewhere | Access::TakenOver)
        })
    };
    view! {
        <button class="chip-button project" popovertarget="project-details" title=move || name.get()>
            <bdi>{move || name.get()}</bdi>
        </button>
        <span class="saved hint" class:bad=is_bad>{state}</span>
        <div id="project-details" class="popover card stack" popover="auto">
            <h2>"Project"</h2>
            <Actions />
        </div>
    }
}

#[component]
fn Actions() -> impl IntoView {
    let desk = Desk::get();
    let keep = expect_context::<Keeping>();
    let name = Memo::new(move |_| desk.project.with(|project| project.name.clone()));
    let is_read_only = move || desk.shelf.with(|shelf| shelf.access != Access::Here);
    let others = Memo::new(move |_| desk.shelf.with(crate::state::shelf::Shelf::others));
    let begin = move |_| {
        // What this browser keeps nowhere is gone with its place in the page.
        let is_lost = desk.shelf.with_untracked(|shelf| shelf.saved == Saved::NoStorage)
            && !desk.project.with_untracked(Project::is_empty);
        if !is_lost || window().confirm_with_message(words::LOSE_PROJECT).unwrap_or(false) {
            close();
            keep.with_value(Keep::begin_new);
        }
    };
    let delete = move |_| {
        let question = desk
            .project
            .with_untracked(|project| words::delete_project(&project.name, project.dataset.question_count()));
        // A browser that cannot ask deletes nothing.
        if window().confirm_with_message(&question).unwrap_or(false) {
            close();
            keep.with_value(Keep::delete);
        }
    };
    let row = move |entry: Entry| {
        let Entry { id, name } = entry;
        let open = move |_| {
            close();
            keep.with_value(|keep| keep.open(id.clone()));
        };
        view! { <li><button class="button" on:click=open>"Open " <bdi>{words::project_name(&name)}</bdi></button></li> }
    };
    view! {
        <div class="field">
            <label for="project-name">"Project name"</label>
            <input id="project-name" type="text" disabled=is_read_only prop:value=move || name.get()
                on:input:target=move |event| desk.project.update(|project| project.name = event.target().value()) />
        </div>
        <Show when=move || !others.with(Vec::is_empty)>
            <ul class="projects" aria-label="Other projects">{move || others.get().into_iter().map(row).collect_view()}</ul>
        </Show>
        <div class="row">
            <button class="button" on:click=begin>"New project"</button>
            <button class="button" disabled=is_read_only on:click=delete>"Delete project"</button>
        </div>
    }
}

/// Puts the popover away.
fn close() {
    if let Some(popover) = document().get_element_by_id("project-details") {
        let hide = js_sys::Reflect::get(&popover, &wasm_bindgen::JsValue::from_str("hidePopover"));
        if let Some(hide) = hide.ok().and_then(|hide| wasm_bindgen::JsCast::dyn_into::<js_sys::Function>(hide).ok()) {
            // Refused where it is not open.
            let _ = hide.call0(&popover);
        }
    }
}
