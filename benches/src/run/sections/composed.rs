//! Against candle's own operations in the same browser: what kernels of our own are worth.

use std::sync::mpsc::channel;

use serde_json::json;

use super::super::browser;
use super::super::report::{Report, Target, judged_within, median};
use super::super::{PAIRS, Setting};
use super::{SUBJECTS, limit, windows};

/// A step of 8 x 384 of ours, and eight graphs with one update of candle's.
pub fn run(setting: &Setting, report: &mut Report) -> Result<(), String> {
    windows::write_full(setting)?;
    report.say("A step of 8 x 384 in Chromium, two threads, against candle's differentiable operations and AdamW, one sequence a graph. The limit is what the multiplications alone take at the rate of independent multiply-adds.");
    report.head(&["model", "limit", "ours", "candle", "times its speed"]);
    for subject in SUBJECTS {
        let config = subject.config_json(setting)?;
        let flops = subject.training_flops(setting, [windows::LENGTH; windows::BATCH])?;
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
                let _ = send.send([ours, 8.0 * passes + update, limit(&browser, "ours", 2, flops).await?]);
            }
            Ok(())
        })?;
        let pairs: Vec<[f64; 3]> = receive.iter().collect();
        let column = |index: usize| format!("{:.2} s", median(pairs.iter().map(|pair| pair[index])));
        let ratio = |index: usize| median(pairs.iter().map(|pair| pair[1] / pair[index]));
        let verdict = judged_within(ratio(0), Target::AtLeast(4.0), ratio(2));
        report.row(&[subject.name.to_owned(), column(2), column(0), column(1), verdict]);
    }
    Ok(())
}
