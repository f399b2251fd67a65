//! The shell: rail, top bar, and the view that the address names.

pub mod help;
mod project_chip;
mod top_bar;

use gloo::storage::{LocalStorage, Storage};
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::desk::Desk;
use super::keep::{Keep, Keeping};
use super::views;
use crate::state::model::{ModelState, WorkerState};
use crate::state::route::Route;
use crate::state::words::shell as words;
use help::Help;
use top_bar::TopBar;

/// Key in the browser's storage: whether single keys are shortcuts.
const SINGLE_KEYS: &str = "spanwise.single-keys";

/// Whether single keys are shortcuts; some people's tools send keys of their own.
#[derive(Clone, Copy)]
pub struct SingleKeys(pub RwSignal<bool>);

/// Rail, top bar and view.
#[component]
pub fn Shell() -> impl IntoView {
    let desk = Desk::get();
    let single_keys = RwSignal::new(LocalStorage::get(SINGLE_KEYS).unwrap_or(true));
    provide_context(SingleKeys(single_keys));
    Effect::new(move |_| {
        // Storage may be forbidden: the choice then lasts as long as the page.
        let _ = LocalStorage::set(SINGLE_KEYS, single_keys.get());
    });
    let follow = move || desk.route.set(Route::from_hash(&window().location().hash().unwrap_or_default()));
    follow();
    let _ = window_event_listener(ev::hashchange, move |_| follow());
    name_and_focus_views(desk);
    let keep: Keeping = StoredValue::new_local(Keep::start(desk));
    provide_context(keep);
    let route = Memo::new(move |_| desk.route.get());
    let current = move || match route.get() {
        Route::Data => views::data::DataView().into_any(),
        Route::Train => views::train::TrainView().into_any(),
        Route::Ask => views::ask::AskView().into_any(),
        Route::Evaluate => views::evaluate::EvaluateView().into_any(),
        Route::Export => views::export::ExportView().into_any(),
    };
    let link = move |route: Route| {
        let here = move || (desk.route.get() == route).then_some("page");
        view! { <li><a href=route.hash() aria-current=here>{route.label()}</a></li> }
    };
    let skip = |event: ev::MouseEvent| {
        // The hash names the view: following the link would leave it.
        event.prevent_default();
        focus("#view");
    };
    view! {
        <a class="skip" href="#view" on:click=skip>"Skip to the view"</a>
        <div class="shell">
            <TopBar />
            <nav class="rail" aria-label="Views"><ul>{Route::ALL.map(link)}</ul></nav>
            <main id="view" class="view" tabindex="-1"><Alerts />{current}</main>
        </div>
        <Help />
    }
}

/// Names each view in the window's title, and on a change moves the focus to its heading, so that it is read out.
fn name_and_focus_views(desk: Desk) {
    Effect::new(move |before: Option<Route>| {
        let route = desk.route.get();
        document().set_title(&format!("{} · Spanwise", route.label()));
        if before.is_some_and(|before| before != route) {
            request_animation_frame(|| focus("main h1"));
        }
        route
    });
}

/// Puts the focus on the first element that a selector finds.
pub fn focus(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        if element.tab_index() < 0 && !element.has_attribute("tabindex") {
            element.set_tab_index(-1);
        }
        // An element that cannot take the focus leaves it where it is.
        let _ = element.focus();
    }
}

/// What is wrong with the worker or the model, and what to do.
#[component]
fn Alerts() -> impl IntoView {
    let desk = Desk::get();
    let worker = Memo::new(move |_| match desk.worker.get() {
        WorkerState::Failed { message } => Some(message),
        _ => None,
    });
    let model = Memo::new(move |_| {
        desk.model.with(|model| match model {
            ModelState::Kept { message, .. } => Some((message.clone(), true)),
            ModelState::Failed { message } => Some((message.clone(), false)),
            _ => None,
        })
    });
    let keep = expect_context::<Keeping>();
    let access = Memo::new(move |_| desk.shelf.with(|shelf| words::access(shelf.access)));
    let unsaved = Memo::new(move |_| desk.shelf.with(|shelf| words::not_saved(&shelf.saved)));
    let take_over = move |_| keep.with_value(Keep::take_over);
    let begin = move |_| keep.with_value(Keep::begin_new);
    let reload = |_| {
        // Nothing is left to try where a page may not be loaded again.
        let _ = window().location().reload();
    };
    let dismiss = move |_| {
        if let Some(info) = desk.model.with_untracked(|model| model.info().cloned()) {
            desk.model.set(ModelState::Ready(info));
        }
    };
    view! {
        <div class="alerts" role="alert">
            {move || access.get().map(|message| view! {
                <div class="callout warn row">
                    <p>{message}</p>
                    <button class="button" on:click=take_over>"Work on it here"</button>
                    <button class="button" on:click=begin>"Begin a new project"</button>
                </div>
            })}
            {move || unsaved.get().map(|message| view! { <div class="callout bad"><p>{message}</p></div> })}
            {move || worker.get().map(|message| view! {
                <div class="callout bad row"><p>{message}</p><button class="button" on:click=reload>"Load the page again"</button></div>
            })}
            {move || model.get().filter(|_| worker.get().is_none()).map(|(message, is_kept)| view! {
                <div class="callout bad row">
                    <p>
                        <strong>"The model could not be loaded. "</strong>{message}
                        {is_kept.then_some(" The model from before is still there.")}
                    </p>
                    {is_kept.then(|| view! { <button class="button" on:click=dismiss>"Dismiss"</button> })}
                </div>
            })}
        </div>
    }
}
