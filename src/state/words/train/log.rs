//! Lines of the log.

use super::{loss, plan};
use crate::protocol::{Folding, Plan};
use crate::state::evaluation::stats::sign_test;
use crate::state::evaluation::summary::CHANCE;
use crate::state::format::{bytes, counted, whole};
use crate::state::run::Blended;
use crate::train::Measurement;
use crate::train::blend::LeftOut;

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

/// Whole checkpoints would not fit.
pub fn log_little_room(needed: u64, room: u64) -> String {
    format!(
        "Checkpoints would take {}, and the browser has {} for this page: they hold the weights alone. After a reload or a crash the run \
         goes on from there, with an optimizer that begins afresh.",
        bytes(needed),
        bytes(room)
    )
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

/// The first line of the log.
pub fn log_started(plan_made: &Plan) -> String {
    format!("Started: {}", plan(plan_made))
}

/// The end of an epoch.
pub fn log_epoch(epoch: usize, mean: f64) -> String {
    format!("Epoch {epoch}: mean loss {}", loss(mean))
}

/// The run was measured.
pub fn log_measured(made: &Measurement) -> String {
    let Measurement { step, epoch, scores } = made;
    let when = match step {
        0 => "Before the first step".to_owned(),
        _ if epoch.fract() == 0.0 => format!("After epoch {epoch}"),
        _ => format!("After step {}", whole(*step)),
    };
    let questions = counted(scores.total, "held-out question", "held-out questions");
    format!("{when}: exact match {:.1}, F1 {:.1} on {questions}", scores.exact_match, scores.f1)
}

/// A fold begins.
pub fn log_fold(folding: &Folding) -> String {
    let Folding { fold, folds, .. } = folding;
    format!("Trains again without part {fold} of {folds}, to see how well that one is answered then")
}

/// The folds have decided.
pub fn blended(blended: &Blended) -> String {
    let Blended { share, folds, left_out } = blended;
    if *folds == 0 {
        return "All marked answers are in one paragraph, so that none could be left out: the model is as it was trained".to_owned();
    }
    let LeftOut { questions, right_before, right_after, fixed, broken, .. } = left_out;
    let asked = counted(*questions, "question", "questions");
    match share {
        0.0 => format!(
            "Of {asked}, each left out once, {right_before} were right before, and training made that no better: the model stays as it was"
        ),
        share => {
            let same = questions.saturating_sub(fixed + broken);
            // The share was chosen by likelihoods, which say more than right and wrong do.
            let doubt =
                if sign_test(*fixed, *broken) < CHANCE { "" } else { "; too few to tell by right and wrong alone" };
            let place = match share {
                1.0 => "as it was trained".to_owned(),
                share => format!("{:.0} % of the way to what was trained", 100.0 * share),
            };
            format!(
                "Of {asked}, each left out once, {right_after} are right and {right_before} were before ({fixed} fixed, {broken} broken, {same} \
                 same{doubt}): the model is {place}"
            )
        }
    }
}

/// The weights of the best measurement are kept.
pub fn log_best(step: usize) -> String {
    if step == 0 {
        return "The weights as they are now are kept as the best so far".to_owned();
    }
    format!("The weights of step {} are the best so far, and kept", whole(step))
}

/// The weights of the best measurement could not be kept.
pub fn log_best_not_kept(why: &str) -> String {
    format!("The best weights could not be kept: {why}. The run ends with its last ones.")
}

/// What the run took of the computer's memory.
pub fn log_memory(peak: u64) -> String {
    format!("The worker's memory at its peak: {}", bytes(peak))
}
