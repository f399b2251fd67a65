//! The chart of a run.

use crate::state::chart::Quantity;
use crate::state::format::counted;
use crate::state::run::Run;

/// Name of the list of what is drawn.
pub const CHART_CHOICE: &str = "What is drawn";
/// Saves the chart as a picture.
pub const SAVE_PICTURE: &str = "Save as PNG";

/// Heading of the chart as a picture: short enough for a narrow one.
pub fn picture_title(run: &Run) -> String {
    let questions = run.plan.as_ref().map_or(0, |plan| plan.questions);
    let (questions, steps) = (counted(questions, "question", "questions"), counted(run.steps.len(), "step", "steps"));
    format!("{questions} · {steps} · learning rate {}", run.settings.learning_rate)
}

/// What can be drawn.
pub fn quantity(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Loss => "Loss",
        Quantity::Evaluation => "Evaluation",
        Quantity::LearningRate => "Learning rate",
        Quantity::GradNorm => "Gradient norm",
        Quantity::Pace => "Tokens per second",
    }
}

/// Name of the drawing.
pub fn chart(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Loss => "Loss by step",
        Quantity::Evaluation => "Exact match and F1 by step",
        Quantity::LearningRate => "Learning rate by step",
        Quantity::GradNorm => "Gradient norm by step",
        Quantity::Pace => "Tokens per second by step",
    }
}

/// Name of the vertical axis.
pub fn axis(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Loss => "loss",
        Quantity::Evaluation => "percent",
        Quantity::LearningRate => "learning rate",
        Quantity::GradNorm => "gradient norm",
        Quantity::Pace => "tokens/s",
    }
}

/// What the thin line is, and the thick one; empty where both are the same.
pub fn legend(quantity: Quantity) -> [&'static str; 2] {
    match quantity {
        Quantity::Loss | Quantity::GradNorm | Quantity::Pace => ["each step", "smoothed over about 10 steps"],
        Quantity::Evaluation => ["exact match", "F1"],
        Quantity::LearningRate => ["", "as applied"],
    }
}

/// While there is nothing to draw.
pub fn chart_empty(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Evaluation => {
            "Shows how right the model is on the questions held back, while it is trained. It needs some, and Evaluate every above 0."
        }
        Quantity::Loss => "The loss shows here, one point a step. Lower is better.",
        _ => "Shows here, one point a step, once a run is going on.",
    }
}

/// Class of the line of a run that is compared with.
pub fn compared_class(index: usize) -> &'static str {
    ["chart-other first", "chart-other second", "chart-other third"][index % 3]
}
