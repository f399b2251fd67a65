//! Where the time of a step goes: each kernel alone, times the calls that a step makes of it.

use std::sync::mpsc::channel;

use serde_json::{Value, json};

use super::super::browser;
use super::super::report::{Report, median};
use super::super::{PAIRS, Setting};
use super::windows::{BATCH, LENGTH, write_full};
use super::{SUBJECTS, Subject, limit, multiplications};

/// Micro-batches of a step over full windows in the browser: of both models one window each.
const MICRO_BATCHES: f64 = BATCH as f64;
const LAYERS: f64 = 6.0;
/// Calls that a figure is the mean of.
pub(super) const REPEATS: u32 = 3;

/// Kernels other than multiplications, with the calls that a micro-batch makes.
pub(super) const KERNELS: [(&str, f64); 7] = [
    ("attention", LAYERS),
    ("attention, backward", LAYERS),
    ("GELU", LAYERS),
    ("GELU, backward", LAYERS),
    ("LayerNorm", 2.0 * LAYERS + 1.0),
    ("LayerNorm, backward", 2.0 * LAYERS + 1.0),
    ("dropout", 2.0 * (LAYERS + 2.0)),
];

/// Kernels that are called once a step.
pub(super) const OF_A_STEP: [&str; 2] = ["norm of the gradient", "AdamW"];

/// A step of 8 x 384 in Chromium, two threads.
pub fn run(setting: &Setting, report: &mut Report) -> Result<(), String> {
    write_full(setting)?;
    report.say(
        "A step of 8 x 384 in Chromium, two threads, in seconds: each kernel alone at the shape of a micro-batch, times its calls, the first run of each \
         warming up; and what the multiplications alone, those of attention too, would take at the rate of independent multiply-adds. What stands \
         between that and the sum is the time of what is no multiplication, of packing, and of one thread that waits for the other. A native step is in \
         `native.md`.",
    );
    let mut columns = Vec::new();
    for subject in SUBJECTS {
        columns.push(of_subject(setting, subject)?);
    }
    report.head(&["kernel", SUBJECTS[0].name, SUBJECTS[1].name]);
    for (first, second) in columns[0].iter().zip(&columns[1]) {
        report.row(&[first.0.to_owned(), format!("{:.2}", first.1), format!("{:.2}", second.1)]);
    }
    Ok(())
}

/// What takes how many seconds of a step.
fn of_subject(setting: &Setting, subject: Subject) -> Result<Vec<(&'static str, f64)>, String> {
    let (json, config) = (subject.config_json(setting)?, subject.config(setting)?);
    let flops = subject.training_flops(setting, [LENGTH; MICRO_BATCHES as usize])?;
    let (send, receive) = channel();
    browser::with(setting, move |browser| async move {
        browser.start("kernels", 2).await?;
        let measured = async |task: &str, argument: Value| {
            let mut runs = Vec::new();
            for _ in 0..=PAIRS {
                runs.push(browser.number("kernels", task, argument.clone()).await?);
            }
            Ok::<f64, String>(median(runs.split_off(1)))
        };
        for (what, kind) in [
            ("linear layers", "NT"),
            ("linear layers, gradient of the input", "NN"),
            ("linear layers, gradient of the weight", "TN"),
        ] {
            let mut total = 0.0;
            for (_, shape) in multiplications(&config, LENGTH).into_iter().filter(|(other, _)| *other == kind) {
                let argument = json!({"by": "ours", "kind": kind, "shape": shape, "threads": 2, "repeats": REPEATS});
                total += MICRO_BATCHES * LAYERS * measured("multiply", argument).await?;
            }
            let _ = send.send((what, total));
        }
        let calls = KERNELS.map(|(name, calls)| (name, MICRO_BATCHES * calls));
        for (name, calls) in calls.into_iter().chain(OF_A_STEP.map(|name| (name, 1.0))) {
            let argument = json!({"name": name, "config": json, "sequences": 1, "length": LENGTH, "repeats": REPEATS});
            let _ = send.send((name, calls * measured("kernel", argument).await?));
        }
        browser.end("kernels").await?;
        subject.start(&browser, "ours", 2).await?;
        browser.call("ours", "train", json!({"windows": "full.json"})).await?;
        let (mut steps, mut limits) = (Vec::new(), Vec::new());
        for _ in 0..=PAIRS {
            steps.push(browser.number("ours", "steps", json!({"count": 1})).await?);
            limits.push(limit(&browser, "ours", 2, flops).await?);
        }
        let _ = send.send(("the whole step", median(steps.split_off(1))));
        let _ = send.send(("its multiplications at the limit", median(limits)));
        Ok(())
    })?;
    Ok(receive.iter().collect())
}
