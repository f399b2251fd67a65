//! Words of the Ask view.

use crate::answer::Span;
use crate::protocol::HeadOrigin;
use crate::state::model::ModelState;

/// Where nothing in the text answers.
pub const NO_ANSWER: &str = "No answer in this text.";

/// Where a head was never trained.
pub const FRESH_HEAD: &str =
    "The question-answering head of this model is freshly drawn: its answers mean nothing until it has been trained.";

/// Beside the number of an answer.
pub const PROBABILITY: &str = "probability among the best spans";

/// `characters 217–220`.
pub fn place(span: &Span) -> String {
    format!("characters {}–{}", span.start, span.end)
}

/// `87 %`, and never a certainty that no model has.
pub fn percent(probability: f32) -> String {
    match 100.0 * probability {
        p if p < 1.0 => "under 1 %".to_owned(),
        p if p > 99.0 => "over 99 %".to_owned(),
        p => format!("{p:.0} %"),
    }
}

/// What an asked question waits for.
pub fn waiting(model: &ModelState, is_training: bool) -> String {
    match model {
        ModelState::Loading { loaded, total: Some(total), .. } if *total > 0 => {
            format!("Waiting for the model: {} % is here.", 100 * loaded / total)
        }
        ModelState::Loading { .. } => "Waiting for the model.".to_owned(),
        _ if is_training => "Waiting for a gap in the training.".to_owned(),
        _ => "Reading the text.".to_owned(),
    }
}

/// Whether the head of the model was never trained.
pub fn is_fresh(model: &ModelState) -> bool {
    model.info().is_some_and(|info| matches!(info.head, HeadOrigin::Fresh { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_rounded_to_what_is_known() {
        assert_eq!([percent(0.001), percent(0.874), percent(0.9999)], ["under 1 %", "87 %", "over 99 %"]);
    }
}
