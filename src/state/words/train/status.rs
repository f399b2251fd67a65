//! Where a run stands, and its steps.

use super::log::blended;
use super::{IDLE, PAUSED, PAUSING, STARTING, STOPPING};
use crate::protocol::Folding;
use crate::state::chart::Quantity;
use crate::state::format::{counted, duration_ms, whole};
use crate::state::run::{Run, RunStatus};
use crate::train::{Ending, StepReport};

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
    if let Some((done, total)) = run.measuring {
        return format!(
            "Measuring on what is held back · {} of {}",
            whole(done),
            counted(total, "question", "questions")
        );
    }
    if let (Some(Folding { fold, folds, step, steps_total, .. }), None) = (&run.folding, &run.blended) {
        let end = end(run);
        return format!(
            "Checking how far to go, part {fold} of {folds} · step {} of {} · {end}",
            whole(*step),
            whole(*steps_total)
        );
    }
    let Some(last) = run.steps.last() else {
        return format!("Epoch 1 of {} · first step of {}", run.settings.epochs, whole(run.steps_total()));
    };
    let epoch = (last.epoch.ceil() as usize).clamp(1, run.settings.epochs.max(1));
    let pace = run.recent_pace().unwrap_or_default().round() as usize;
    let end = end(run);
    let epochs = whole(run.settings.epochs);
    format!("Epoch {epoch} of {epochs} · loss {} · {} tokens/s · {end}", loss(last.loss), whole(pace))
}

/// When a run ends, or what it was asked.
fn end(run: &Run) -> String {
    if run.stopping {
        return STOPPING.to_owned();
    }
    if run.pausing {
        return PAUSING.to_owned();
    }
    format!("{} left", duration_ms(run.left_ms().unwrap_or_default()))
}

fn paused(run: &Run) -> String {
    let (made, total) = (whole(run.steps.len()), counted(run.steps_total(), "step", "steps"));
    format!("{PAUSED} after {made} of {total}. Resume goes on from here.")
}

/// What a run that ended has come to.
pub fn finished(run: &Run) -> String {
    let RunStatus::Finished { ending, kept_step, steps, elapsed_ms } = run.status else {
        return String::new();
    };
    let (made, total) = (whole(steps), counted(run.steps_total(), "step", "steps"));
    let ended = match (ending, steps) {
        (Ending::Complete, _) => {
            let epochs = match run.settings.max_steps {
                Some(_) => String::new(),
                None => format!("{}, ", counted(run.settings.epochs, "epoch", "epochs")),
            };
            format!("Training finished: {epochs}{} in {}", counted(steps, "step", "steps"), duration_ms(elapsed_ms))
        }
        (Ending::NoBetter, _) => {
            let patience = run.settings.watch.patience.unwrap_or_default();
            let waited = counted(patience, "evaluation", "evaluations");
            format!("Training finished early, after {made} of {total}: {waited} without a better one")
        }
        (Ending::Stopped, 0) => {
            return "Training finished after Stop: no step was made; the model is as before".to_owned();
        }
        (Ending::Stopped, _) => format!("Training finished after Stop: {made} of {total}; what was trained is kept"),
    };
    if let (Ending::Complete, Some(made)) = (ending, &run.blended) {
        return format!("{ended}. {}", blended(made));
    }
    match kept_step {
        0 => format!("{ended}. No evaluation was better than the one before the run: the model is as it was then"),
        step if step < steps => format!("{ended}. The model is that of step {}, the best evaluation", whole(step)),
        _ => ended,
    }
}

/// One step, read out; `smoothed` is the thick line of what is drawn.
pub fn step(report: &StepReport, drawn: Quantity, smoothed: f64) -> String {
    let StepReport { step, epoch, loss: at, learning_rate, grad_norm, tokens_per_second, .. } = report;
    let mean = |of: Quantity, text: String| if of == drawn { format!(" (smoothed {text})") } else { String::new() };
    format!(
        "Step {} · epoch {epoch:.2} · loss {}{} · learning rate {learning_rate:.2e} · gradient norm {grad_norm:.2}{}{}",
        whole(*step),
        loss(*at),
        mean(Quantity::Loss, loss(smoothed)),
        mean(Quantity::GradNorm, format!("{smoothed:.2}")),
        if drawn == Quantity::Pace {
            format!(" · {tokens_per_second:.0} tokens/s (smoothed {smoothed:.0})")
        } else {
            String::new()
        },
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
    use crate::state::run::Blended;
    use crate::state::run::tests::{plan as made, step as report};
    use crate::train::TrainSettings;
    use crate::train::blend::LeftOut;

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
        run.apply(&Event::TrainingFinished {
            ending: Ending::Stopped,
            kept_step: 34,
            steps: 34,
            elapsed_ms: 34_000.0,
            memory_bytes: 1,
        });
        assert_eq!(status(&run), "Training finished after Stop: 34 of 150 steps; what was trained is kept");
    }

    #[test]
    fn folds_say_where_they_are_and_what_became_of_them() {
        let mut run = run(2, 6);
        run.settings.folds = 2;
        (1..=3).for_each(|index| run.apply(&Event::Step(report(index, 6, 1.0))));
        // Three steps of its own, and two folds of half of the data.
        let a_step = run.steps[2].elapsed_ms / 3.0;
        assert_eq!(run.left_ms(), Some(run.steps[2].left_ms + run.steps[2].elapsed_ms + run.steps[2].left_ms));
        (4..=6).for_each(|index| run.apply(&Event::Step(report(index, 6, 1.0))));
        run.apply(&Event::Folding(Folding { fold: 1, folds: 2, step: 1, steps_total: 3, elapsed_ms: 7000.0 }));
        assert!(status(&run).starts_with("Checking how far to go, part 1 of 2 · step 1 of 3 · "), "{}", status(&run));
        assert!((run.left_ms().unwrap() - 5.0 * a_step).abs() < 1e-6);
        let left_out =
            LeftOut { questions: 22, right_before: 12, right_after: 15, fixed: 4, broken: 1, ..LeftOut::default() };
        run.apply(&Event::Blended { share: 0.75, folds: 2, left_out });
        run.apply(&Event::TrainingFinished {
            ending: Ending::Complete,
            kept_step: 6,
            steps: 6,
            elapsed_ms: 6000.0,
            memory_bytes: 1,
        });
        let said = status(&run);
        assert!(
            said.contains(
                "15 are right and 12 were before (4 fixed, 1 broken, 17 same; too few to tell by right and wrong alone)"
            ),
            "{said}"
        );
        assert!(said.ends_with("the model is 75 % of the way to what was trained"), "{said}");
        let sure = LeftOut { fixed: 9, right_after: 20, ..left_out };
        run.blended = run.blended.map(|made| Blended { left_out: sure, ..made });
        assert!(status(&run).contains("(9 fixed, 1 broken, 12 same):"), "{}", status(&run));
        run.blended = run.blended.map(|made| Blended { share: 0.0, ..made });
        assert!(
            status(&run).ends_with("12 were right before, and training made that no better: the model stays as it was")
        );
    }

    #[test]
    fn only_a_run_that_ended_is_called_finished() {
        let mut run = run(2, 6);
        (1..=6).for_each(|index| run.apply(&Event::Step(report(index, 6, 1.0))));
        assert!(!status(&run).contains("finished"));
        run.apply(&Event::TrainingFinished {
            ending: Ending::Complete,
            kept_step: 6,
            steps: 6,
            elapsed_ms: 120_000.0,
            memory_bytes: 1,
        });
        assert_eq!(status(&run), "Training finished: 2 epochs, 6 steps in 2 min");
        run.start(TrainSettings::default(), 22);
        assert!(!status(&run).contains("finished"));
        run.apply(&Event::TrainingFinished {
            ending: Ending::Stopped,
            kept_step: 0,
            steps: 0,
            elapsed_ms: 1.0,
            memory_bytes: 1,
        });
        assert!(status(&run).starts_with("Training finished after Stop: no step"));
        assert!(!IDLE.contains("finished") && !STARTING.contains("finished"));
    }

    #[test]
    fn losses_keep_the_digits_that_mean_something() {
        assert_eq!([loss(5.912), loss(0.01), loss(0.00123), loss(0.0)], ["5.91", "0.01", "0.0012", "0.00"]);
    }
}
