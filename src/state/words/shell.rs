//! Words of the shell: rail, top bar, model and worker.

use super::data;
use crate::state::format::counted;
use crate::state::model::{ModelState, WorkerState};

/// The page's one sentence.
pub const PROMISE: &str =
    "Fine-tune a model to answer questions from your own documents. Nothing leaves this computer.";

/// Name of a project that has none.
pub const NEW_PROJECT: &str = "New project";

/// Shortcuts that exist: keys, and what they do.
pub const SHORTCUTS: [(&str, &str); 14] = [
    ("?", "This help"),
    ("G then D, T, A, E or X", "Data, Train, Ask, Evaluate, Export"),
    ("J, K", "Next, previous question (Data)"),
    ("], [", "Next, previous paragraph (Data)"),
    ("N", "New question (Data)"),
    ("A", "The selection becomes the answer (Data)"),
    ("X", "The text has no answer, or has one after all (Data)"),
    ("Backspace", "Delete the newest answer of the question (Data)"),
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
    fn says_how_far_a_model_is() {
        let state = ModelState::Loading { name: "MiniLM-L6".to_owned(), loaded: 9_000_000, total: Some(45_000_000) };
        assert_eq!(model(&state), "MiniLM-L6: 9.0 MB of 45.0 MB, 20 %");
        let ready = WorkerState::Ready { build: "fast".to_owned(), threads: 1 };
        assert_eq!(worker(&ready), "fast · 1 thread");
    }
}
