//! Shortcuts of the Data view.

use leptos::ev::{KeyboardEvent, keydown};
use leptos::prelude::*;

use super::bench::Bench;
use crate::app::shell::SingleKeys;
use crate::app::shell::help::{is_single, is_taken};

/// Listens as long as the view is open.
pub fn listen(bench: Bench) {
    let SingleKeys(single_keys) = expect_context();
    let listener = window_event_listener(keydown, move |event| {
        if is_taken(&event) {
            return;
        }
        let is_done = if is_single(&event) {
            single_keys.get_untracked() && single(bench, &event.key())
        } else {
            undo_or_redo(bench, &event)
        };
        if is_done {
            event.prevent_default();
        }
    });
    on_cleanup(move || listener.remove());
}

fn undo_or_redo(bench: Bench, event: &KeyboardEvent) -> bool {
    if event.alt_key() || !event.key().eq_ignore_ascii_case("z") {
        return false;
    }
    if event.shift_key() {
        bench.redo();
    } else {
        bench.undo();
    }
    true
}

fn single(bench: Bench, key: &str) -> bool {
    let project = bench.project;
    if project.with_untracked(crate::state::project::Project::is_empty) {
        return false;
    }
    match key {
        "j" | "J" => project.update(|project| project.step_question(true)),
        "k" | "K" => project.update(|project| project.step_question(false)),
        "]" => project.update(|project| project.step_paragraph(true)),
        "[" => project.update(|project| project.step_paragraph(false)),
        "n" | "N" => bench.new_question(),
        "a" | "A" => bench.mark(),
        "x" | "X" => bench.toggle_no_answer(),
        "Backspace" if bench.refuses() => {}
        "Backspace" => project.update(crate::state::project::Project::delete_last_answer),
        _ => return false,
    }
    true
}
