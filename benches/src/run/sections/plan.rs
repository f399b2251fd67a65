//! How well two seconds of computing tell how long a run will take.

use std::sync::mpsc::channel;

use serde_json::json;

use super::super::browser;
use super::super::report::{Report, median};
use super::super::{PAIRS, Setting};
use super::{SUBJECTS, steps};

/// Steps of a run: four epochs of the sample.
const STEPS: usize = 12;

/// Predicted and true seconds of a run over the sample's questions in Chromium, two threads; each pair in a worker of its own.
pub fn run(setting: &Setting, report: &mut Report) -> Result<(), String> {
    let tokens = steps::write_sample(setting)?;
    report.say(
        "Twelve steps over the sample's 22 questions (four epochs) in Chromium, build `fast`, two threads: predicted from two seconds of computing, as the \
         Train view does, and as they took. Each pair in a worker of its own. Target: within 25 %.",
    );
    report.head(&["model", "predicted", "took", "predicted / took", "farthest"]);
    for subject in SUBJECTS {
        let (send, receive) = channel();
        browser::with(setting, move |browser| async move {
            for pair in 0..PAIRS {
                let worker = format!("plan-{pair}");
                subject.start(&browser, &worker, 2).await?;
                let pace = browser.number(&worker, "pace", json!({"windows": "sample.json"})).await?;
                browser.call(&worker, "train", json!({"windows": "sample.json"})).await?;
                let took = browser.number(&worker, "steps", json!({"count": STEPS})).await?;
                let _ = send.send([4.0 * tokens as f64 / pace, took]);
                browser.end(&worker).await?;
            }
            Ok(())
        })?;
        let runs: Vec<[f64; 2]> = receive.iter().collect();
        let ratios = || runs.iter().map(|[predicted, took]| predicted / took);
        let farthest =
            ratios().fold(1.0, |far: f64, ratio| if ratio.ln().abs() > far.ln().abs() { ratio } else { far });
        report.row(&[
            subject.name.to_owned(),
            format!("{:.1} s", median(runs.iter().map(|run| run[0]))),
            format!("{:.1} s", median(runs.iter().map(|run| run[1]))),
            format!("{:.2}", median(ratios())),
            format!("{farthest:.2}"),
        ]);
    }
    Ok(())
}
