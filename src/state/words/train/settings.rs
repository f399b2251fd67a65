//! Presets, and the fields of the settings.

use crate::state::run::form::Group;
use crate::state::run::{Field, Preset};
use crate::train::{Answers, Metric, Schedule, SettingsError};

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
        Preset::FewAnswers => {
            "Up to some 200 marked answers: small additions to the model are trained, and count as far as answers that were \
             held back in turn show them to help. Where they would harm, the model stays as it is."
        }
        Preset::Dataset => {
            "Hundreds of answers or more: two passes over all of the model, which count as far as either half of the answers, \
             held back, shows them to help."
        }
        Preset::Article => {
            "Fifty passes over the sample. The question-answering head is drawn anew first, as the article starts, \
             so all that it knows comes from these answers."
        }
    }
}

/// Heading of a group of settings.
pub fn group(group: Group) -> &'static str {
    match group {
        Group::Length => "Length",
        Group::Corrections => "Corrections",
        Group::Data => "What is read",
        Group::Trained => "What is trained",
        Group::Measuring => "Measuring",
        Group::Computer => "This computer",
    }
}

/// Label of a field.
pub fn label(field: Field) -> &'static str {
    match field {
        Field::Epochs => "Epochs",
        Field::MaxSteps => "Steps",
        Field::LearningRate => "Learning rate",
        Field::BatchSize => "Batch size",
        Field::Seed => "Seed",
        Field::MaxSeqLength => "Longest window",
        Field::DocStride => "Overlap of windows",
        Field::Warmup => "Warm-up",
        Field::WeightDecay => "Weight decay",
        Field::MaxGradNorm => "Largest gradient",
        Field::Dropout => "Dropout",
        Field::LabelSmoothing => "Label smoothing",
        Field::Negatives => "Windows without an answer",
        Field::FreezeLayers => "Frozen layers",
        Field::LoraRank => "LoRA rank",
        Field::LoraAlpha => "LoRA alpha",
        Field::MicroBatch => "Micro-batch",
        Field::EvalEvery => "Evaluate every",
        Field::Patience => "Patience",
        Field::Folds => "Folds",
        Field::KeepEvery => "Checkpoint every",
    }
}

/// Gloss of a field, with the name that the field of machine learning gives it.
pub fn hint(field: Field) -> &'static str {
    match field {
        Field::Epochs => "How often all questions are gone through (num_train_epochs).",
        Field::MaxSteps => "Corrections of the whole run; where given it wins over the epochs (max_steps).",
        Field::LearningRate => "How big each correction is (learning_rate).",
        Field::BatchSize => "Windows that are read for one correction (batch_size).",
        Field::Seed => "The same seed gives the same run again (seed).",
        Field::MaxSeqLength => "Tokens that are read at once; longer texts are cut into windows (max_seq_length).",
        Field::DocStride => "Tokens that two windows share (doc_stride).",
        Field::Warmup => "Share of the run in which corrections grow to full size, 0 to 1 (warmup_ratio).",
        Field::WeightDecay => "How strongly weights are pulled to zero (weight_decay).",
        Field::MaxGradNorm => "Larger corrections are cut to this; 0 turns it off (max_grad_norm).",
        Field::Dropout => "Share of the signals that is left out at random; empty: the model's own (dropout).",
        Field::LabelSmoothing => {
            "Share of each answer that is spread over all words of its window, so that the model is less sure; 0: none, 0.1 is usual (label_smoothing_factor)."
        }
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
        Field::EvalEvery => "Epochs between two evaluations on the questions held back; 0: none (eval_every).",
        Field::Patience => {
            "The run ends after so many evaluations without a better one; empty: it goes on to its end (early_stopping_patience)."
        }
        Field::Folds => {
            "The run is made again without each of so many parts, and the model goes as far from what it was as the answers left out show to be good; 0: all the way (folds)."
        }
        Field::KeepEvery => {
            "Epochs between two checkpoints, from which a run goes on after a reload or a crash; 0: only when it is paused or the page hidden, every five minutes, and at the end (checkpoint_every)."
        }
        Field::LoraAlpha => "How much the additions count; empty: twice their rank (lora_alpha).",
    }
}

/// Label of the choice which answers are trained on.
pub const ANSWERS: &str = "Questions with several answers";
/// Gloss of that choice.
pub const ANSWERS_HINT: &str = "Which is trained on; in turn: another in each epoch (answers).";
/// Label of the choice what evaluations are compared by.
pub const METRIC: &str = "Better means";
/// Gloss of that choice.
pub const METRIC_HINT: &str = "For patience and the best weights (metric_for_best_model).";
/// Label of the choice to end with the best weights.
pub const KEEP_BEST: &str = "End with the best weights";
/// Gloss of that choice.
pub const KEEP_BEST_HINT: &str =
    "The model is then that of the best evaluation, not of the last step (load_best_model_at_end).";
/// Early stopping or the best weights without anything to evaluate on.
pub const NEEDS_HELD_OUT: &str =
    "Patience and the best weights need questions to evaluate on: hold back a part in Data, or turn both off.";

/// What is trained on where a question has several answers.
pub fn answers(answers: Answers) -> &'static str {
    match answers {
        Answers::First => "The first (first)",
        Answers::InTurn => "In turn (in-turn)",
    }
}

/// What evaluations are compared by.
pub fn metric(metric: Metric) -> &'static str {
    match metric {
        Metric::F1 => "F1 (f1)",
        Metric::ExactMatch => "Exact match",
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::TrainSettings;

    #[test]
    fn wrong_fields_say_what_to_give() {
        assert_eq!(not_a_number(Field::Epochs, ""), "Epochs is empty: give a whole number.");
        assert_eq!(not_a_number(Field::Dropout, "x"), "Dropout is 'x': give a number, or leave it empty.");
        let error = TrainSettings { epochs: 0, ..TrainSettings::default() }.check_for(512).unwrap_err();
        assert_eq!(impossible(Some(Field::Epochs), &error), "Epochs is 0: give at least 1.");
    }
}
