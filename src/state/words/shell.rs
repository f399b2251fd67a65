//! Words of the shell: rail, top bar, model and worker.

use super::data;
use crate::state::format::counted;
use crate::state::model::{ModelState, WorkerState};
use crate::state::shelf::{Access, Saved, Shelf};

/// The page's one sentence.
pub const PROMISE: &str =
    "Fine-tune a model to answer questions from your own documents. Nothing leaves this computer.";

/// Name of a project that has none.
pub const NEW_PROJECT: &str = "New project";

/// A project's name, or what stands for it.
pub fn project_name(name: &str) -> String {
    if name.trim().is_empty() { NEW_PROJECT.to_owned() } else { name.to_owned() }
}

/// Whether the project is kept, or only read, in few words; `is_recent` says whether that became so within a minute.
pub fn kept(shelf: &Shelf, is_recent: bool) -> &'static str {
    match shelf.access {
        Access::Opening => return "Opening…",
        Access::Elsewhere | Access::TakenOver => return "Read only",
        Access::Here => {}
    }
    match &shelf.saved {
        Saved::Nothing => "Nothing to save yet",
        Saved::Saving => "Saving…",
        Saved::Saved if is_recent => "Saved just now",
        Saved::Saved => "Saved",
        Saved::Failed { .. } => "Not saved",
        Saved::NoStorage => "Not saved: this browser keeps nothing",
    }
}

/// What to do where the project is not kept.
pub fn not_saved(saved: &Saved) -> Option<String> {
    match saved {
        Saved::Failed { message } => Some(format!(
            "Not saved: the browser's storage is full or gone ({message}). It is tried again every few seconds; export the dataset to be safe."
        )),
        Saved::NoStorage => Some(
            "This browser keeps nothing for this page, as in some private windows. Export the dataset before you close it."
                .to_owned(),
        ),
        Saved::Nothing | Saved::Saving | Saved::Saved => None,
    }
}

/// Why nothing can be changed here.
pub fn access(access: Access) -> Option<&'static str> {
    match access {
        // What is opened is there in a moment.
        Access::Here | Access::Opening => None,
        Access::Elsewhere => {
            Some("This project is open in another tab. Here it can only be read, so that neither overwrites the other.")
        }
        Access::TakenOver => Some("This project was taken over by another tab. Here it can only be read now."),
    }
}

/// Asks before a project makes way that the browser does not keep.
pub const LOSE_PROJECT: &str = "This browser keeps nothing for this page: the project is gone once another begins. Begin a new one? Export the dataset first to keep it.";

/// Asks before a project is deleted.
pub fn delete_project(name: &str, questions: usize) -> String {
    let questions = counted(questions, "question", "questions");
    format!("Delete the project “{}” with {questions} from this browser? This cannot be undone.", project_name(name))
}

/// Shortcuts that exist: keys, and what they do.
pub const SHORTCUTS: [(&str, &str); 15] = [
    ("?", "This help"),
    ("G then D, T, A, E or X", "Data, Train, Ask, Evaluate, Export"),
    ("J, K", "Next, previous question (Data)"),
    ("], [", "Next, previous paragraph (Data)"),
    ("N", "New question (Data)"),
    ("A", "The selection becomes the answer (Data)"),
    ("X", "The text has no answer, or has one after all (Data)"),
    ("Backspace", "Delete the newest answer of the question (Data)"),
    ("Ctrl + Enter, Escape", "Save, leave an edited text (Data)"),
    ("Ctrl + Z", "Undo (Data)"),
    ("Ctrl + Shift + Z", "Redo (Data)"),
    ("Arrows, Home, End", "Move in the text (Data, text focused)"),
    ("Ctrl + Left, Right", "Move by words (Data, text focused)"),
    ("Shift with these", "Select (Data, text focused)"),
    ("Enter", "The selection becomes the answer (Data, text focused)"),
];

/// What runs: `fast · 2 threads`.
pub fn worker(state: &WorkerState) -> String {
    match state {
        WorkerState::Starting => "starting".to_owned(),
        WorkerState::Ready { build, threads } => format!("{build} · {}", counted(*threads, "thread", "threads")),
        WorkerState::Failed { .. } => "stopped".to_owned(),
    }
}

/// What that means.
pub fn worker_meaning(state: &WorkerState) -> &'static str {
    match state {
        WorkerState::Starting => "The part that trains and answers is being loaded.",
        WorkerState::Ready { build, .. } if build == "fast" => {
            "Training and answers use several cores and fused multiply-add: the fastest this page has."
        }
        WorkerState::Ready { build, .. } if build == "threads" => {
            "Training and answers use several cores. This browser has no relaxed SIMD, which would be faster."
        }
        WorkerState::Ready { .. } => {
            "Training and answers use one core: the host sends no isolation headers, or the browser cannot share memory. \
             `cargo xtask serve` sends them."
        }
        WorkerState::Failed { .. } => "Nothing can be trained or asked until the page is loaded again.",
    }
}

/// The model in a few words, for its chip.
pub fn model(state: &ModelState) -> String {
    match state {
        ModelState::Missing => "No model".to_owned(),
        ModelState::Loading { name, loaded, total } => format!("{name}: {}", data::loading(*loaded, *total)),
        ModelState::Ready(info) | ModelState::Kept { info, .. } => {
            format!("{} · {} · {}", info.name, data::languages(info), short_head(info.head))
        }
        ModelState::Failed { .. } => "No model: loading failed".to_owned(),
    }
}

fn short_head(head: crate::model::HeadOrigin) -> &'static str {
    use crate::model::HeadOrigin;
    match head {
        HeadOrigin::Checkpoint => "answers questions",
        HeadOrigin::Fresh { .. } => "freshly drawn head",
        HeadOrigin::Trained => "trained here",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn just_now_is_over_after_a_while() {
        let mut shelf = Shelf { saved: Saved::Saved, ..Shelf::default() };
        assert_eq!([kept(&shelf, true), kept(&shelf, false)], ["Saved just now", "Saved"]);
        shelf.access = Access::TakenOver;
        assert_eq!(kept(&shelf, false), "Read only");
    }

    #[test]
    fn says_how_far_a_model_is() {
        let state = ModelState::Loading { name: "MiniLM-L6".to_owned(), loaded: 9_000_000, total: Some(45_000_000) };
        assert_eq!(model(&state), "MiniLM-L6: 9.0 MB of 45.0 MB, 20 %");
        let ready = WorkerState::Ready { build: "fast".to_owned(), threads: 1 };
        assert_eq!(worker(&ready), "fast · 1 thread");
    }
}
