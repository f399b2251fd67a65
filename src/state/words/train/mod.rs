//! Words of the Train view.

mod chart;
mod log;
mod plan;
mod settings;
mod status;

pub use chart::*;
pub use log::*;
pub use plan::*;
pub use settings::*;
pub use status::*;

use crate::state::format::{counted, whole};
use crate::state::route::Route;
use crate::train::{KeptRun, Measurement};

/// Heading of the presets.
pub const PRESETS: &str = "What do you have?";
/// Stands beside a preset whose values were changed.
pub const CHANGED: &str = "changed";
/// Takes the preset's values back.
pub const RESET: &str = "Back to the preset's values";
/// The primary button.
pub const TRAIN: &str = "Train";
/// Ends the run.
pub const STOP: &str = "Stop";
/// Lets the run wait.
pub const PAUSE: &str = "Pause";
/// Lets it go on, also after a reload.
pub const RESUME: &str = "Resume";
/// Makes a run that ended longer.
pub const MORE: &str = "Train more";
/// Drops the kept run.
pub const FORGET: &str = "Forget it";
/// What it does.
pub const MORE_HINT: &str = "Train more adds as many epochs as are set. The run goes on with what its optimizer has learned, and the learning rate follows its schedule over the longer run.";
/// Pause was pressed.
pub const PAUSING: &str = "pausing after this batch";
/// The run waits.
pub const PAUSED: &str = "Paused";
/// The run waits, in the log.
pub const LOG_PAUSED: &str = "Paused";
/// The run goes on, in the log.
pub const LOG_WENT_ON: &str = "Went on";
/// Another tab trains.
pub const OTHER_TAB: &str = "Another tab trains this project. Stop the run there, or wait for its end.";
/// A kept run whose model is not there yet.
pub const KEPT_WAITS: &str = "It can go on once its model is loaded.";
/// A kept run whose questions have changed.
pub const KEPT_OTHER_DATA: &str =
    "It cannot go on: texts, questions or answers have changed since. Undo the changes under Data, or start a new run.";
/// Name of the table of the runs that ended.
pub const RUNS: &str = "Runs";
/// Name of the box that it scrolls in.
pub const RUNS_SCROLL: &str = "Runs that ended";
/// Its columns.
pub const RUNS_COLUMNS: [&str; 11] =
    ["Compare", "Ended", "Model", "Questions", "Epochs", "Rate", "Steps", "Last loss", "Best EM / F1", "Time", ""];
/// Drops a run from the table.
pub const DELETE_RUN: &str = "Delete";
/// The fold of the settings.
pub const SETTINGS: &str = "Settings";
/// The region of the run.
pub const REGION: &str = "Training";
/// Before the first run.
pub const IDLE: &str = "No run yet. Every step will show here: loss, speed and time left.";
/// Asked for, not begun.
pub const STARTING: &str = "Starting: cutting the texts into windows";
/// Stop was pressed.
pub const STOPPING: &str = "stopping after this batch";
/// Stop was pressed, in the log.
pub const LOG_STOP: &str = "Stop was pressed";
/// Where no model is.
pub const NO_MODEL: &str = "No model is loaded. Choose one in the top bar.";
/// Where the worker starts.
pub const WORKER_STARTS: &str = "The worker is starting.";
/// Where nothing is marked.
pub const NOTHING_MARKED: &str = "No answer is marked yet. Mark at least one under Data, or load the sample there.";
/// Where an evaluation is going on.
pub const EVALUATING: &str = "An evaluation is going on. Wait for it, or stop it under Evaluate.";
/// While the plan is counted.
pub const COUNTING: &str = "Counting questions and tokens";
/// Where no plan can be made yet.
pub const NO_PLAN: &str = "The plan shows here once a model is loaded and an answer is marked.";
/// Where the model was trained before.
pub const GOES_ON: &str =
    "The run goes on from what was trained before. To start over, load the model again or press Fresh head.";
/// Before a run whose head is drawn anew.
pub const DRAWS_HEAD: &str = "The question-answering head is drawn anew first; what was trained before is dropped.";
/// No pace is known.
pub const TIME_UNKNOWN: &str = "Measuring how fast this computer is…";
/// Name of the schedule's list.
pub const SCHEDULE: &str = "Schedule";
/// Its gloss.
pub const SCHEDULE_HINT: &str = "What the learning rate does after the warm-up (lr_scheduler_type).";
/// Name of the switch for the embeddings.
pub const FREEZE_EMBEDDINGS: &str = "Leave the embeddings as they are";
/// Its gloss.
pub const FREEZE_EMBEDDINGS_HINT: &str = "The table of word pieces is not trained: less time and memory, and words that your answers lack keep their meaning (freeze_embeddings).";
/// Heading of the log.
pub const LOG: &str = "Events";
/// Heading of what comes next.
pub const NEXT: &str = "Next";
/// What to do with a model that was trained.
pub const NEXT_STEPS: [(Route, &str); 3] =
    [(Route::Ask, "Ask the model"), (Route::Evaluate, "Evaluate it"), (Route::Export, "Export the weights")];
/// Name of the progress bar.
pub const STEPS: &str = "Steps";
/// What the chart's keys do.
pub const CHART_KEYS: &str = "Point at the chart or use the arrow keys to read a step.";
/// The table behind the chart.
pub const TABLE: &str = "Table of the steps";
/// Its columns.
pub const TABLE_COLUMNS: [&str; 7] =
    ["Step", "Epoch", "Loss", "Smoothed", "Learning rate", "Gradient norm", "Tokens/s"];
/// Saves the table.
pub const SAVE_TABLE: &str = "Save as CSV";
/// What can be done with earlier runs.
pub const RUNS_HINT: &str = "Up to three runs are drawn in the chart beside the newest. Losses are smoothed; EM and F1 are those on the questions held back.";
/// Takes the settings of a run.
pub const ADOPT_RUN: &str = "Use settings";

/// What the browser keeps.
pub fn kept(kept: &KeptRun) -> String {
    let (made, total) = (whole(kept.steps.len()), counted(kept.plan.steps_total, "step", "steps"));
    let questions = counted(kept.plan.questions, "question", "questions");
    if kept.is_finished() {
        return format!("A finished run over {questions} is kept: {total}. Resume takes its trained model back.");
    }
    format!("A run over {questions} is kept after {made} of {total}. Resume goes on from there.")
}

/// A kept run whose model is another one.
pub fn kept_other_model(kept: &KeptRun) -> String {
    format!("It cannot go on: it began with the model {}. Load that model, or start a new run.", kept.model)
}

/// Draws a run beside the newest, read out.
pub fn compare_run(ended: &str) -> String {
    format!("Compare with the run of {ended}")
}

/// Takes the settings of a run, read out.
pub fn adopt_run(ended: &str) -> String {
    format!("Use the settings of the run of {ended}")
}

/// Exact match and F1.
pub fn scores(made: &Measurement) -> String {
    format!("{:.1} / {:.1}", made.scores.exact_match, made.scores.f1)
}

/// Drops a run from the table, read out.
pub fn delete_run(ended: &str) -> String {
    format!("Delete the run of {ended}")
}

/// A message as a sentence: it begins with a capital letter.
pub fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
