//! How well two seconds of computing tell how long a run will take, and the model's size how much memory.

use std::sync::mpsc::channel;

use serde_json::json;
use spanwise::model::Layout;
use spanwise::nn::{Choice, Trainable};
use spanwise::train::engine::page_micro_batch_tokens;
use spanwise::train::memory::peak_bytes;

use super::super::browser;
use super::super::report::{Report, median};
use super::super::{PAIRS, Setting};
use super::{SUBJECTS, windows};

/// Steps of a run: four epochs of the sample.
const STEPS: usize = 12;

/// Predicted and true seconds and memory of a run over the sample's questions in Chromium, two threads; each pair in a worker of its own.
pub fn run(setting: &Setting, report: &mut Report) -> Result<(), String> {
    let tokens = windows::write_sample(setting)?;
    report.say(
        "Twelve steps over the sample's 22 questions (four epochs) in Chromium, build `fast`, two threads: predicted from two seconds of computing, as the \
         Train view does, and as they took; memory of the worker, weights as they were loaded included, as that view predicts it and at its peak. Each \
         pair in a worker of its own. Targets: within 25 % and 15 %.",
    );
    report.head(&[
        "model",
        "predicted",
        "took",
        "predicted / took",
        "farthest",
        "memory predicted",
        "at its peak",
        "predicted / peak",
        "farthest",
    ]);
    for subject in SUBJECTS {
        let config = subject.config(setting)?;
        let trainable = Trainable::new(&config, &Layout::new(&config), &Choice::default());
        let memory = peak_bytes(&config, &trainable, page_micro_batch_tokens(&config), true, false) as f64;
        let (send, receive) = channel();
        browser::with(setting, move |browser| async move {
            for pair in 0..PAIRS {
                let worker = format!("plan-{pair}");
                subject.start(&browser, &worker, 2).await?;
                let pace = browser.number(&worker, "pace", json!({"windows": "sample.json"})).await?;
                browser.call(&worker, "train", json!({"windows": "sample.json"})).await?;
                let took = browser.number(&worker, "steps", json!({"count": STEPS})).await?;
                let peak = browser.number(&worker, "memory", json!(null)).await?;
                let _ = send.send([4.0 * tokens as f64 / pace, took, memory, peak]);
                browser.end(&worker).await?;
            }
            Ok(())
        })?;
        let runs: Vec<[f64; 4]> = receive.iter().collect();
        let mut cells = vec![subject.name.to_owned()];
        for (first, unit, factor) in [(0, "s", 1.0), (2, "MB", 1e-6)] {
            let column = |index: usize| factor * median(runs.iter().map(|run| run[index]));
            let ratios = || runs.iter().map(|run| run[first] / run[first + 1]);
            let farther = |far: f64, ratio: f64| if ratio.ln().abs() > far.ln().abs() { ratio } else { far };
            cells.extend([first, first + 1].map(|index| format!("{:.1} {unit}", column(index))));
            cells.extend([median(ratios()), ratios().fold(1.0, farther)].map(|ratio| format!("{ratio:.2}")));
        }
        report.row(&cells);
    }
    Ok(())
}
