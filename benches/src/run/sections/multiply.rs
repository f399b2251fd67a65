//! Multiplications at the training shapes of DistilBERT-base, beside the machine's limit and the library that candle uses.

use serde_json::json;

use super::super::browser::{self, Browser};
use super::super::report::{Report, Target, judged, median};
use super::super::{PAIRS, Setting};

/// Inputs and outputs of the model's linear layers.
const LAYERS: [[usize; 2]; 3] = [[768, 768], [768, 3072], [3072, 768]];
const ROWS: [usize; 2] = [384, 3072];

/// All shapes `[m, n, k]`: forward, gradient of the input, gradient of the weight.
fn shapes() -> impl Iterator<Item = (&'static str, [usize; 3])> {
    ROWS.into_iter().flat_map(|rows| {
        LAYERS.into_iter().flat_map(move |[d_in, d_out]| {
            [("NT", [rows, d_out, d_in]), ("NN", [rows, d_in, d_out]), ("TN", [d_out, d_in, rows])]
        })
    })
}

/// Share of the limit on one thread, and what a second thread brings.
pub fn run(setting: &Setting, report: &mut Report) -> Result<(), String> {
    let (send, receive) = std::sync::mpsc::channel();
    browser::with(setting, move |browser| async move {
        browser.start("two", 2).await?;
        for (kind, shape) in shapes() {
            // The receiver waits until the browser has gone.
            let _ = send.send(line(&browser, kind, shape).await?);
        }
        Ok(())
    })?;
    report.say("GFLOPS in Chromium, build `fast`. NT is a linear layer forward, NN the gradient of its input, TN that of its weight.");
    report.head(&["m x n x k", "limit", "ours", "share of the limit", "two threads", "two / one", "gemm crate"]);
    receive.iter().for_each(|cells: Vec<String>| report.row(&cells));
    Ok(())
}

async fn line(browser: &Browser, kind: &str, shape: [usize; 3]) -> Result<Vec<String>, String> {
    let flops = 2.0 * shape.iter().product::<usize>() as f64;
    // About a third of a second a figure.
    let repeats = ((1.2e10 / flops) as u32).max(2);
    let multiply = async |by: &str, threads: usize| {
        let argument = json!({"by": by, "kind": kind, "shape": shape, "threads": threads, "repeats": repeats});
        Ok::<f64, String>(flops / browser.number("two", "multiply", argument).await? / 1e9)
    };
    let mut runs = Vec::new();
    for _ in 0..PAIRS {
        let limit = browser.number("two", "limit", json!({"threads": 1})).await?;
        let [one, two] = [multiply("ours", 1).await?, multiply("ours", 2).await?];
        runs.push([limit, one, two, multiply("gemm", 1).await?]);
    }
    let column = |index: usize| format!("{:.1}", median(runs.iter().map(|run| run[index])));
    let share = median(runs.iter().map(|run| run[1] / run[0]));
    let scaling = median(runs.iter().map(|run| run[2] / run[1]));
    let [m, n, k] = shape;
    Ok(vec![
        format!("{kind} {m} x {n} x {k}"),
        column(0),
        column(1),
        judged(share, Some(Target::AtLeast(0.8))),
        column(2),
        judged(scaling, Some(Target::AtLeast(1.75))),
        column(3),
    ])
}
