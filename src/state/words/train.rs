//! Words of the Train view.

use crate::protocol::Plan;
use crate::state::format::{bytes, counted, duration_ms, whole};
use crate::state::route::Route;
use crate::state::run::{Field, Preset, Run, RunStatus};
use crate::train::{KeptRun, Schedule, SettingsError, StepReport};

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
pub const RUNS_COLUMNS: [&str; 9] =
    ["Ended", "Model", "Questions", "Epochs", "Learning rate", "Steps", "Loss at the end", "Computing", "Delete"];
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
pub const TIME_UNKNOWN: &str = "The time it takes shows after the first steps.";
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
/// Name of the chart.
pub const CHART: &str = "Loss by step";
/// While the chart is empty.
pub const CHART_EMPTY: &str = "The loss shows here, one point a step. Lower is better.";
/// What the chart's keys do.
pub const CHART_KEYS: &str = "Point at the chart or use the arrow keys to read a step.";
/// The table behind the chart.
pub const TABLE: &str = "Table of the steps";
/// Its columns.
pub const TABLE_COLUMNS: [&str; 7] =
    ["Step", "Epoch", "Loss", "Smoothed", "Learning rate", "Gradient norm", "Tokens/s"];
/// Saves the table.
pub const SAVE_TABLE: &str = "Save as CSV";
/// Legend of the thin line.
pub const LEGEND_THIN: &str = "loss of each step";
/// Legend of the thick line.
pub const LEGEND_THICK: &str = "smoothed over about 10 steps";

/// Title of a preset.
pub fn preset_title(preset: Preset) -> &'static str {
    match preset {
        Preset::FewAnswers => "A few answers",
        Preset::Dataset => "A dataset",
        Preset::Article => "As in the article",
    }
}

/// One sentence on a preset.
pub fn preset_sentence(preset: Preset) -> &'static str {
    match preset {
        Preset::FewAnswers => "Up to some 200 marked answers: several gentle passes over them.",
        Preset::Dataset => "Hundreds of answers or more: two passes, with bigger corrections.",
        Preset::Article => {
            "Fifty passes over the sample. The question-answering head is drawn anew first, as the article starts, \
             so all that it knows comes from these answers."
        }
    }
}

/// Label of a field.
pub fn label(field: Field) -> &'static str {
    match field {
        Field::Epochs => "Epochs",
        Field::LearningRate => "Learning rate",
        Field::BatchSize => "Batch size",
        Field::Seed => "Seed",
        Field::MaxSeqLength => "Longest window",
        Field::DocStride => "Overlap of windows",
        Field::Warmup => "Warm-up",
        Field::WeightDecay => "Weight decay",
        Field::MaxGradNorm => "Largest gradient",
        Field::Dropout => "Dropout",
        Field::Negatives => "Windows without an answer",
        Field::FreezeLayers => "Frozen layers",
        Field::LoraRank => "LoRA rank",
        Field::LoraAlpha => "LoRA alpha",
        Field::MicroBatch => "Micro-batch",
        Field::KeepEvery => "Checkpoint every",
    }
}

/// Gloss of a field, with the name that the field of machine learning gives it.
pub fn hint(field: Field) -> &'static str {
    match field {
        Field::Epochs => "How often all questions are gone through (num_train_epochs).",
        Field::LearningRate => "How big each correction is (learning_rate).",
        Field::BatchSize => "Windows that are read for one correction (batch_size).",
        Field::Seed => "The same seed gives the same run again (seed).",
        Field::MaxSeqLength => "Tokens that are read at once; longer texts are cut into windows (max_seq_length).",
        Field::DocStride => "Tokens that two windows share (doc_stride).",
        Field::Warmup => "Share of the run in which corrections grow to full size, 0 to 1 (warmup_ratio).",
        Field::WeightDecay => "How strongly weights are pulled to zero (weight_decay).",
        Field::MaxGradNorm => "Larger corrections are cut to this; 0 turns it off (max_grad_norm).",
        Field::Dropout => "Share of the signals that is left out at random; empty: the model's own (dropout).",
        Field::Negatives => "For each window with an answer; empty: all of them (negatives).",
        Field::FreezeLayers => {
            "So many of the lowest layers stay as they are: less time and memory, less is learnt (freeze_layers)."
        }
        Field::LoraRank => {
            "Trains small additions to the weights instead of the weights: less memory; empty: off, 8 is usual (lora_rank)."
        }
        Field::MicroBatch => {
            "Tokens that are computed at once: fewer take less memory; empty: by the model's size (micro_batch_tokens)."
        }
        Field::KeepEvery => {
            "Epochs between two checkpoints, from which a run goes on after a reload or a crash; 0: only when it is paused or the page hidden, every five minutes, and at the end (checkpoint_every)."
        }
        Field::LoraAlpha => "How much the additions count; empty: twice their rank (lora_alpha).",
    }
}

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

/// A kept run goes on.
pub fn log_taken_up(steps: usize) -> String {
    format!("Goes on after step {}", whole(steps))
}

/// A run is made longer.
pub fn log_more(epochs: usize) -> String {
    format!("Train more was pressed: {}", counted(epochs, "more epoch", "more epochs"))
}

/// A checkpoint is kept.
pub fn log_checkpoint(step: usize) -> String {
    format!("Checkpoint kept after step {}", whole(step))
}

/// No checkpoint could be kept.
pub fn log_not_kept(why: &str, newest: Option<usize>) -> String {
    let left = newest.map_or_else(
        || "After a reload the run could not go on.".to_owned(),
        |step| format!("The one after step {} is still there.", whole(step)),
    );
    format!("No checkpoint could be kept: {why}. {left} The run itself goes on.")
}

/// The worker died.
pub fn log_lost(why: &str, newest: Option<usize>) -> String {
    let from = newest.map_or_else(
        || "The run begins again".to_owned(),
        |step| format!("The run goes on after step {}", whole(step)),
    );
    format!("The worker stopped ({why}) and is started again. {from}.")
}

/// The worker dies at one step again and again.
pub fn smaller_micro_batch(step: usize, tokens: usize) -> String {
    format!(
        "The worker stopped more than once after step {}. Most likely memory is short: set Micro-batch under Settings to {} tokens, \
         and close other tabs.",
        whole(step),
        whole(tokens.max(1))
    )
}

/// What a schedule does.
pub fn schedule(schedule: Schedule) -> &'static str {
    match schedule {
        Schedule::Linear => "Falls to zero (linear)",
        Schedule::Cosine => "Falls to zero in a wave (cosine)",
        Schedule::Constant => "Stays (constant)",
    }
}

/// A field that holds no number.
pub fn not_a_number(field: Field, text: &str) -> String {
    let kind = if field.is_whole() { "a whole number" } else { "a number" };
    let or_empty = if field.is_optional() { ", or leave it empty" } else { "" };
    let found = if text.is_empty() { "is empty".to_owned() } else { format!("is '{text}'") };
    format!("{} {found}: give {kind}{or_empty}.", label(field))
}

/// A setting that no run can have.
pub fn impossible(field: Option<Field>, error: &SettingsError) -> String {
    let name = field.map_or(error.setting, label);
    format!("{name} is {}: give {}.", error.found, error.remedy)
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

/// Memory that a worker can have: wasm counts with 32 bits.
const MEMORY_LIMIT: u64 = 4 << 30;

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

/// How long a run will take.
pub fn predicted(ms: f64, tokens_per_second: f64) -> String {
    let (time, pace) = (duration_ms(ms), whole(tokens_per_second.round() as usize));
    format!("About {time} on this computer, at the {pace} tokens/s of the run before.")
}

/// Answers and questions that are not trained on.
pub fn left_out(count: usize) -> String {
    format!("{} left out of training", whole(count))
}

/// The first line of the log.
pub fn log_started(plan_made: &Plan) -> String {
    format!("Started: {}", plan(plan_made))
}

/// The end of an epoch.
pub fn log_epoch(epoch: usize, mean: f64) -> String {
    format!("Epoch {epoch}: mean loss {}", loss(mean))
}

/// What the run took of the computer's memory.
pub fn log_memory(peak: u64) -> String {
    format!("The worker's memory at its peak: {}", bytes(peak))
}

/// A loss with the digits that mean something.
pub fn loss(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.01 { format!("{value:.4}") } else { format!("{value:.2}") }
}

/// Where the run stands: changes with each step.
pub fn status(run: &Run) -> String {
    match &run.status {
        RunStatus::Idle => IDLE.to_owned(),
        RunStatus::Starting if run.stopping => format!("Starting · {STOPPING}"),
        RunStatus::Starting => STARTING.to_owned(),
        RunStatus::Running => running(run),
        RunStatus::Paused => paused(run),
        RunStatus::Finished { .. } => finished(run),
        RunStatus::Failed { message } => format!("The run could not go on: {message}"),
    }
}

fn running(run: &Run) -> String {
    let Some(last) = run.steps.last() else {
        return format!("Epoch 1 of {} · first step of {}", run.settings.epochs, whole(run.steps_total()));
    };
    let epoch = (last.epoch.ceil() as usize).clamp(1, run.settings.epochs.max(1));
    let pace = run.recent_pace().unwrap_or_default().round() as usize;
    let end = if run.stopping {
        STOPPING.to_owned()
    } else if run.pausing {
        PAUSING.to_owned()
    } else {
        format!("{} left", duration_ms(last.left_ms))
    };
    let epochs = whole(run.settings.epochs);
    format!("Epoch {epoch} of {epochs} · loss {} · {} tokens/s · {end}", loss(last.loss), whole(pace))
}

fn paused(run: &Run) -> String {
    let (made, total) = (whole(run.steps.len()), counted(run.steps_total(), "step", "steps"));
    format!("{PAUSED} after {made} of {total}. Resume goes on from here.")
}

/// What a run that ended has come to.
pub fn finished(run: &Run) -> String {
    let RunStatus::Finished { stopped, steps, elapsed_ms } = run.status else {
        return String::new();
    };
    if !stopped {
        let epochs = counted(run.settings.epochs, "epoch", "epochs");
        return format!("finished: {epochs}, {} in {}", counted(steps, "step", "steps"), duration_ms(elapsed_ms));
    }
    let total = counted(run.steps_total(), "step", "steps");
    match steps {
        0 => "finished after Stop: no step was made; the model is as before".to_owned(),
        _ => format!("finished after Stop: {} of {total}; what was trained is kept", whole(steps)),
    }
}

/// One step, read out.
pub fn step(report: &StepReport, smoothed: f64) -> String {
    let StepReport { step, epoch, loss: at, learning_rate, grad_norm, .. } = report;
    let (step, at, smoothed) = (whole(*step), loss(*at), loss(smoothed));
    format!(
        "Step {step} · epoch {epoch:.2} · loss {at} · smoothed {smoothed} · \
         learning rate {learning_rate:.2e} · gradient norm {grad_norm:.2}"
    )
}

/// What the table leaves out.
pub fn table_caption(steps: usize, every: usize) -> String {
    match every {
        1 => counted(steps, "step", "steps"),
        _ => format!("Every {every}th of {} steps; the CSV has all of them", whole(steps)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Event;
    use crate::state::run::tests::{plan as made, step as report};
    use crate::train::TrainSettings;

    fn run(epochs: usize, steps_total: usize) -> Run {
        let mut run = Run::default();
        run.start(TrainSettings { epochs, ..TrainSettings::default() }, 22);
        run.apply(&Event::TrainingStarted(made(steps_total)));
        run
    }

    #[test]
    fn the_status_says_where_the_run_stands() {
        let mut run = run(50, 150);
        assert_eq!(status(&run), "Epoch 1 of 50 · first step of 150");
        run.apply(&Event::Step(report(34, 150, 0.836)));
        assert_eq!(status(&run), "Epoch 12 of 50 · loss 0.84 · 934 tokens/s · 2 min left");
        run.ask_to_stop();
        assert_eq!(status(&run), "Epoch 12 of 50 · loss 0.84 · 934 tokens/s · stopping after this batch");
        run.apply(&Event::TrainingFinished { stopped: true, steps: 34, elapsed_ms: 34_000.0, memory_bytes: 1 });
        assert_eq!(status(&run), "finished after Stop: 34 of 150 steps; what was trained is kept");
    }

    #[test]
    fn only_a_run_that_ended_is_called_finished() {
        let mut run = run(2, 6);
        (1..=6).for_each(|index| run.apply(&Event::Step(report(index, 6, 1.0))));
        assert!(!status(&run).contains("finished"));
        run.apply(&Event::TrainingFinished { stopped: false, steps: 6, elapsed_ms: 120_000.0, memory_bytes: 1 });
        assert_eq!(status(&run), "finished: 2 epochs, 6 steps in 2 min");
        run.start(TrainSettings::default(), 22);
        assert!(!status(&run).contains("finished"));
        run.apply(&Event::TrainingFinished { stopped: true, steps: 0, elapsed_ms: 1.0, memory_bytes: 1 });
        assert!(status(&run).starts_with("finished after Stop: no step"));
        assert!(!IDLE.contains("finished") && !STARTING.contains("finished"));
    }

    #[test]
    fn the_plan_is_one_line() {
        assert_eq!(plan(&made(150)), "22 questions, 3,420 tokens per epoch, 150 steps");
        let windows = Plan { windows: 25, ..made(1) };
        assert_eq!(plan(&windows), "22 questions in 25 windows, 3,420 tokens per epoch, 1 step");
        assert_eq!(
            predicted(180_000.0, 1929.6),
            "About 3 min on this computer, at the 1,930 tokens/s of the run before."
        );
        assert_eq!(left_out(2), "2 left out of training");
    }

    #[test]
    fn wrong_fields_say_what_to_give() {
        assert_eq!(not_a_number(Field::Epochs, ""), "Epochs is empty: give a whole number.");
        assert_eq!(not_a_number(Field::Dropout, "x"), "Dropout is 'x': give a number, or leave it empty.");
        let error = TrainSettings { epochs: 0, ..TrainSettings::default() }.check_for(512).unwrap_err();
        assert_eq!(impossible(Some(Field::Epochs), &error), "Epochs is 0: give at least 1.");
    }

    #[test]
    fn losses_keep_the_digits_that_mean_something() {
        assert_eq!([loss(5.912), loss(0.01), loss(0.00123), loss(0.0)], ["5.91", "0.01", "0.0012", "0.00"]);
    }
}
