//! Words of the shell: rail, top bar, model and worker.

use crate::state::format::{bytes, counted};
use crate::state::model::{ModelState, WorkerState};

/// The page's one sentence.
pub const PROMISE: &str =
    "Fine-tune a model to answer questions from your own documents. Nothing leaves this computer.";

/// What runs: `fast · 2 threads`.
pub fn worker(state: &WorkerState) -> String {
    match state {
        WorkerState::Starting => "starting…".to_owned(),
        WorkerState::Ready { build, threads } => format!("{build} · {}", counted(*threads, "thread", "threads")),
        WorkerState::Failed { message } => message.clone(),
    }
}

/// What the build means.
pub fn worker_meaning(state: &WorkerState) -> &'static str {
    match state {
        WorkerState::Ready { build, .. } if build == "fast" => "All cores, with fused multiply-add",
        WorkerState::Ready { build, .. } if build == "threads" => "All cores",
        WorkerState::Ready { .. } => "One core: this browser or host lets the page use no more",
        _ => "",
    }
}

/// The model in a few words.
pub fn model(state: &ModelState) -> String {
    match state {
        ModelState::Missing => "no model".to_owned(),
        ModelState::Loading { name, loaded, total: Some(total) } if *total > 0 => {
            let percent = 100 * loaded / total;
            format!("{name}: {} of {}, {percent} %", bytes(*loaded), bytes(*total))
        }
        ModelState::Loading { name, .. } => format!("{name}: loading"),
        ModelState::Ready(info) | ModelState::Kept { info, .. } => info.name.clone(),
        ModelState::Failed { .. } => "no model: see Data".to_owned(),
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
