//! Where the time of a step goes: each kernel alone, times the calls that a step makes of it.

use std::sync::mpsc::channel;

use serde_json::json;

use super::super::browser;
use super::super::report::{Report, median};
use super::super::{PAIRS, Setting};

/// Micro-batches of a step, a window each.
const MICRO_BATCHES: f64 = 8.0;
const LENGTH: usize = 384;
const LAYERS: f64 = 6.0;
/// Calls that a figure is the mean of.
const REPEATS: u32 = 3;

/// Kernels other than multiplications, with the calls that a micro-batch makes; the last two are called once a step.
const KERNELS: [(&str, f64); 9] = [
    ("attention", LAYERS),
    ("attention, backward", LAYERS),
    ("GELU", LAYERS),
    ("GELU, backward", LAYERS),
    ("LayerNorm", 2.0 * LAYERS + 1.0),
    ("LayerNorm, backward", 2.0 * LAYERS + 1.0),
    ("dropout", 2.0 * (LAYERS + 2.0)),
    ("norm of the gradient", 1.0 / MICRO_BATCHES),
    ("AdamW", 1.0 / MICRO_BATCHES),
];

/// The linear layers' multiplications `[m, n, k]` for so many rows, with the calls that a step makes.
fn multiplications(rows: usize) -> Vec<(&'static str, [usize; 3])> {
    let layers = [[768, 3 * 768], [768, 768], [768, 3072], [3072, 768]];
    let all = layers.into_iter().flat_map(|[d_in, d_out]| {
        [("NT", [rows, d_out, d_in]), ("NN", [rows, d_in, d_out]), ("TN", [d_out, d_in, rows])]
    });
    all.collect()
}

/// A step of 8 x 384 of DistilBERT-base in Chromium, two threads.
pub fn run(setting: &Setting, report: &mut Report) -> Result<(), String> {
    super::steps::write_full(setting)?;
    report.say("A step of 8 x 384 of DistilBERT-base in Chromium, two threads: each kernel alone at the shape of a micro-batch, times its calls. The first run of each warms up.");
    report.head(&["kernel", "seconds a step"]);
    let (send, receive) = channel();
    browser::with(setting, move |browser| async move {
        browser.start("kernels", 2).await?;
        let multiply = async |kind: &str, shape: [usize; 3]| {
            let argument = json!({"by": "ours", "kind": kind, "shape": shape, "threads": 2, "repeats": REPEATS});
            browser.number("kernels", "multiply", argument).await
        };
        for (what, kind) in [
            ("linear layers", "NT"),
            ("linear layers, gradient of the input", "NN"),
            ("linear layers, gradient of the weight", "TN"),
        ] {
            let mut total = 0.0;
            for (_, shape) in multiplications(LENGTH).into_iter().filter(|(other, _)| *other == kind) {
                let mut runs = Vec::new();
                for _ in 0..=PAIRS {
                    runs.push(multiply(kind, shape).await?);
                }
                total += MICRO_BATCHES * LAYERS * median(runs.split_off(1));
            }
            let _ = send.send((what, total));
        }
        for (name, calls) in KERNELS {
            let argument = json!({"name": name, "config": bench_subject::BASE, "sequences": 1, "length": LENGTH, "repeats": REPEATS});
            let mut runs = Vec::new();
            for _ in 0..=PAIRS {
                runs.push(browser.number("kernels", "kernel", argument.clone()).await?);
            }
            let _ = send.send((name, MICRO_BATCHES * calls * median(runs.split_off(1))));
        }
        browser.end("kernels").await?;
        super::SUBJECTS[0].start(&browser, "ours", 2).await?;
        browser.call("ours", "train", json!({"windows": "full.json"})).await?;
        let mut steps = Vec::new();
        for _ in 0..=PAIRS {
            steps.push(browser.number("ours", "steps", json!({"count": 1})).await?);
        }
        let _ = send.send(("the whole step", median(steps.split_off(1))));
        Ok(())
    })?;
    for (what, seconds) in receive {
        report.row(&[what.to_owned(), format!("{seconds:.2}")]);
    }
    Ok(())
}
