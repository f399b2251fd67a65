//! What a run will be.

use crate::protocol::Plan;
use crate::state::format::{bytes, counted, duration_ms, whole};

/// Memory that a worker can have: wasm counts with 32 bits.
const MEMORY_LIMIT: u64 = 4 << 30;

/// While the model loads.
pub fn model_loading(loaded: u64, total: Option<u64>) -> String {
    match total {
        Some(total) => format!("The model is loading: {} of {}.", bytes(loaded), bytes(total)),
        None => format!("The model is loading: {} so far.", bytes(loaded)),
    }
}

/// `22 questions, 3,420 tokens per epoch, 150 steps`.
pub fn plan(plan: &Plan) -> String {
    let questions = counted(plan.questions, "question", "questions");
    let tokens = counted(plan.tokens_per_epoch, "token", "tokens");
    let steps = counted(plan.steps_total, "step", "steps");
    let windows = if plan.windows == plan.questions {
        String::new()
    } else {
        format!(" in {}", counted(plan.windows, "window", "windows"))
    };
    format!("{questions}{windows}, {tokens} per epoch, {steps}")
}

/// What a run takes of memory, and what to change where that is more than there is.
pub fn memory(plan: &Plan) -> String {
    let needed = bytes(plan.memory_bytes);
    if plan.memory_bytes < MEMORY_LIMIT {
        return format!("About {needed} of memory.");
    }
    format!(
        "About {needed} of memory, and a page has {} at most: leave the embeddings as they are, freeze layers, or use LoRA.",
        bytes(MEMORY_LIMIT)
    )
}

/// What checkpoints take of the browser's storage; `room` is what there is, where the browser says.
pub fn storage(plan: &Plan, room: Option<u64>) -> String {
    let needed = 2 * plan.checkpoint_bytes;
    match room {
        Some(room) if room < needed => format!(
            "Checkpoints would take {} of storage, and the browser has {} for this page: they will hold the weights alone.",
            bytes(needed),
            bytes(room)
        ),
        _ => format!("Checkpoints take {} of storage.", bytes(needed)),
    }
}

/// How long a run will take.
pub fn predicted(ms: f64, tokens_per_second: f64, is_of_run: bool) -> String {
    let (time, pace) = (duration_ms(ms), whole(tokens_per_second.round() as usize));
    let source = if is_of_run { "of the run before" } else { "just measured" };
    format!("About {time} on this computer, at the {pace} tokens/s {source}.")
}

/// Answers and questions that are not trained on.
pub fn left_out(count: usize) -> String {
    format!("{} left out of training", whole(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::run::tests::plan as made;

    #[test]
    fn the_plan_is_one_line() {
        assert_eq!(plan(&made(150)), "22 questions, 3,420 tokens per epoch, 150 steps");
        let windows = Plan { windows: 25, ..made(1) };
        assert_eq!(plan(&windows), "22 questions in 25 windows, 3,420 tokens per epoch, 1 step");
        assert_eq!(
            predicted(180_000.0, 1929.6, true),
            "About 3 min on this computer, at the 1,930 tokens/s of the run before."
        );
        assert_eq!(left_out(2), "2 left out of training");
    }
}
