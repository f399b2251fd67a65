//! Runs that ended, as the browser keeps them, whichever view is shown when they end.

use gloo::storage::{LocalStorage as BrowserStorage, Storage};
use leptos::prelude::*;

use super::desk::Desk;
use crate::state::run::RunStatus;
use crate::state::run::history::{History, PastRun};

/// Where the browser keeps them.
const STORED: &str = "spanwise.runs";

/// Those that are kept; one of another version counts as none.
pub fn load() -> History {
    BrowserStorage::get::<History>(STORED).unwrap_or_default()
}

/// Keeps runs as they end, for as long as the page lives.
pub fn watch(desk: Desk) {
    Effect::new(move |_| {
        // A browser that stores nothing forgets the runs with the page.
        let _ = desk.runs.with(|runs| BrowserStorage::set(STORED, runs));
    });
    let ended = Memo::new(move |_| {
        desk.run.with(|run| matches!(run.status, RunStatus::Finished { .. }).then(|| (run.id.clone(), run.steps.len())))
    });
    Effect::new(move |_| {
        if ended.with(Option::is_none) {
            return;
        }
        let model = desk.model.with_untracked(|model| model.info().map(|info| info.name.clone()));
        let now = now();
        let past = desk.run.with_untracked(|run| PastRun::of(run, &model.unwrap_or_default(), now));
        if let Some(past) = past {
            desk.runs.update(|runs| runs.add(past));
        }
    });
}

/// The time to the minute.
fn now() -> String {
    let options = js_sys::Object::new();
    for (key, style) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        // A plain object takes every key.
        let _ = js_sys::Reflect::set(&options, &key.into(), &style.into());
    }
    String::from(js_sys::Date::new_0().to_locale_string("en-GB", &options))
}
