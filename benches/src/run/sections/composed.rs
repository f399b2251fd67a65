//! Against candle's own operations in the same browser: what kernels of our own are worth.

use std::sync::mpsc::channel;

use serde_json::json;

use super::super::browser;
use super::super::report::{Report, Target, judged, median};
use super::super::{PAIRS, Setting};
use super::{SUBJECTS, steps};

/// A step of 8 x 384 of ours, and eight graphs with one update of candle's.
pub fn run(setting: &Setting, report: &mut Report) -> Result<(), String> {
    steps::write_full(setting)?;
    report.say("A step of 8 x 384 in Chromium, two threads, against candle's differentiable operations and AdamW, one sequence a graph.");
    report.head(&["model", "ours", "candle", "times its speed"]);
    for subject in SUBJECTS {
        let config = subject.config(setting)?;
        let (send, receive) = channel();
        browser::with(setting, move |browser| async move {
            subject.start(&browser, "ours", 2).await?;
            browser.call("ours", "train", json!({"windows": "full.json"})).await?;
            browser.number("ours", "steps", json!({"count": 1})).await?;
            browser.start("candle", 2).await?;
            for _ in 0..PAIRS {
                let ours = browser.number("ours", "steps", json!({"count": 1})).await?;
                let theirs = browser.call("candle", "composed", json!({"config": config, "length": 384})).await?;
                let [passes, update] = [0, 1].map(|index| theirs[index].as_f64().unwrap_or(f64::NAN));
                let _ = send.send([ours, 8.0 * passes + update]);
            }
            Ok(())
        })?;
        let pairs: Vec<[f64; 2]> = receive.iter().collect();
        let column = |index: usize| format!("{:.2} s", median(pairs.iter().map(|pair| pair[index])));
        let ratio = median(pairs.iter().map(|[ours, theirs]| theirs / ours));
        report.row(&[subject.name.to_owned(), column(0), column(1), judged(ratio, Some(Target::AtLeast(4.0)))]);
    }
    Ok(())
}
