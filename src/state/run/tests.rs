use super::*;
use crate::metrics::Scores;

/// A step of a run of 3 steps an epoch.
pub(crate) fn step(step: usize, steps_total: usize, loss: f64) -> StepReport {
    StepReport {
        step,
        steps_total,
        epoch: step as f64 / 3.0,
        loss,
        learning_rate: 5e-5,
        grad_norm: 1.0,
        tokens_per_second: 900.0 + step as f64,
        elapsed_ms: 1000.0 * step as f64,
        left_ms: 1000.0 * (steps_total - step) as f64,
    }
}

pub(crate) fn plan(steps_total: usize) -> Plan {
    Plan { questions: 22, windows: 22, tokens_per_epoch: 3420, steps_total, longest_answer: 9, ..Plan::default() }
}

#[test]
fn a_run_goes_from_asked_for_to_finished() {
    let mut run = Run::default();
    assert!(!run.is_active());
    run.start(TrainSettings { epochs: 2, ..TrainSettings::default() }, 22);
    assert!(run.is_active());
    run.apply(&Event::TrainingStarted(plan(6)));
    assert_eq!((run.status.clone(), run.steps_total()), (RunStatus::Running, 6));
    for (index, loss) in [4.0, 3.0, 2.0, 1.5, 1.0, 0.5].into_iter().enumerate() {
        run.apply(&Event::Step(step(index + 1, 6, loss)));
    }
    run.apply(&Event::TrainingFinished {
        ending: Ending::Complete,
        kept_step: 6,
        steps: 6,
        elapsed_ms: 6200.0,
        memory_bytes: 310_000_000,
    });
    assert!(run.is_finished() && !run.is_active());
    let log: Vec<&str> = run.log.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(log.len(), 5, "{log:?}");
    assert!(log[4].contains("310 MB"), "{}", log[4]);
    assert!(log[1].contains("Epoch 1") && log[1].contains("3.00"), "{}", log[1]);
    assert!(log[2].contains("Epoch 2") && log[2].contains("1.00"), "{}", log[2]);
    // Two epochs of 3,420 tokens in six seconds of computing.
    let pace = run.pacing.pace(&PaceKey::new(22, &run.settings));
    assert_eq!(pace.map(|(pace, is_of_run)| (pace.training, is_of_run)), Some((1140.0, true)));
}

#[test]
fn a_new_run_forgets_the_steps_and_keeps_the_pace() {
    let mut run = Run::default();
    run.start(TrainSettings::default(), 22);
    run.apply(&Event::TrainingStarted(plan(6)));
    run.apply(&Event::Step(step(1, 6, 1.0)));
    run.ask_to_stop();
    run.ask_to_stop();
    assert_eq!(run.log.iter().filter(|line| line.text == words::LOG_STOP).count(), 1);
    run.apply(&Event::TrainingFinished {
        ending: Ending::Stopped,
        kept_step: 1,
        steps: 1,
        elapsed_ms: 1000.0,
        memory_bytes: 1,
    });
    run.start(TrainSettings::default(), 22);
    assert_eq!((run.number, run.steps.len(), run.log.len(), run.stopping), (2, 0, 0, false));
    assert!(run.pacing.is_about(&PaceKey::new(22, &run.settings)) && run.plan.is_none());
}

#[test]
fn a_run_that_cannot_begin_says_why() {
    let mut run = Run::default();
    run.start(TrainSettings::default(), 22);
    run.apply(&Event::Failed { message: "there is nothing to train on".to_owned() });
    assert!(!run.is_active() && !run.is_finished());
    assert_eq!(run.log.last().map(|line| line.text.as_str()), Some("there is nothing to train on"));
    run.ask_to_stop();
    assert!(!run.stopping, "there is nothing to stop");
}

#[test]
fn the_table_is_written_as_measured() {
    let scores = Scores { exact_match: 40.0, f1: 55.5, ..Scores::default() };
    let measurements = [0, 2].map(|step| Measurement { step, epoch: 0.0, scores: scores.clone() }).to_vec();
    let steps = vec![StepReport { epoch: 0.5, ..step(1, 60, 4.25) }, step(2, 60, 4.0)];
    let csv = Run { steps, measurements, ..Run::default() }.to_csv();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[1..3], ["0,0,,,,,0,40,55.5", "1,0.5,4.25,0.00005,1,901,1000,,"]);
    assert!(lines.len() == 4 && lines[3].ends_with(",2000,40,55.5"), "{}", lines[3]);
    assert!(lines.iter().all(|line| line.split(',').count() == 9));
}

#[test]
fn the_pace_is_the_mean_of_the_newest_steps() {
    let run = Run { steps: (1..=20).map(|index| step(index, 60, 1.0)).collect(), ..Run::default() };
    assert_eq!(run.recent_pace(), Some(916.5));
    assert_eq!(Run::default().recent_pace(), None);
}
