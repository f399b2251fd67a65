//! Multiplications at the training shapes of DistilBERT-base, beside the machine's limit and the library that candle uses.

use serde_json::json;

use super::super::browser::{self, Browser};
use super::super::report::{Report, Target, judged, judged_within, median};
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
    report.say(
        "GFLOPS in Chromium, build `fast`. NT is a linear layer forward, NN the gradient of its input, TN that of its weight. The limit is the rate of \
         independent multiply-adds; where its two threads make less than 1.75 times what one makes, no program can.",
    );
    report.head(&[
        "m x n x k",
        "limit",
        "ours",
        "share of the limit",
        "limit, two threads",
        "ours, two threads",
        "two / one",
        "gemm crate",
    ]);
    receive.iter().for_each(|cells: Vec<String>| report.row(&cells));
    Ok(())
}

async fn line(browser: &Browser, kind: &str, shape: [usize; 3]) -> Result<Vec<String>, String> {
    let multiply = async |by: &str, threads: usize| gflops(browser, "two", by, threads, kind, shape).await;
    let limit = async |threads: usize| browser.number("two", "limit", json!({"threads": threads})).await;
    let mut runs = Vec::new();
    for _ in 0..PAIRS {
        let [limit_one, one] = [limit(1).await?, multiply("ours", 1).await?];
        let [limit_two, two] = [limit(2).await?, multiply("ours", 2).await?];
        runs.push([limit_one, one, limit_two, two, multiply("gemm", 1).await?]);
    }
    let column = |index: usize| format!("{:.1}", median(runs.iter().map(|run| run[index])));
    let ratio = |index: usize, of: usize| median(runs.iter().map(|run| run[index] / run[of]));
    let [m, n, k] = shape;
    Ok(vec![
        format!("{kind} {m} x {n} x {k}"),
        column(0),
        column(1),
        judged(ratio(1, 0), Some(Target::AtLeast(0.8))),
        column(2),
        column(3),
        judged_within(ratio(3, 1), Target::AtLeast(1.75), ratio(2, 0)),
        column(4),
    ])
}

/// Libraries that multiply in wasm, with their versions here.
const LIBRARIES: [&str; 3] = ["gemm", "rten-gemm", "tract-linalg"];

/// What there is to choose from, on one thread.
pub fn libraries(setting: &Setting, report: &mut Report) -> Result<(), String> {
    let (send, receive) = std::sync::mpsc::channel();
    browser::with(setting, move |browser| async move {
        browser.start("one", 1).await?;
        for (kind, [m, n, k]) in shapes() {
            let mut runs = Vec::new();
            for _ in 0..PAIRS {
                let mut run = Vec::new();
                for by in ["ours"].into_iter().chain(LIBRARIES) {
                    run.push(gflops(&browser, "one", by, 1, kind, [m, n, k]).await?);
                }
                runs.push(run);
            }
            let column = |index: usize| median(runs.iter().map(|run| run[index]));
            let best = (1..=LIBRARIES.len()).map(column).fold(0.0, f64::max);
            let mut cells = vec![format!("{kind} {m} x {n} x {k}")];
            cells.extend((0..=LIBRARIES.len()).map(|index| format!("{:.1}", column(index))));
            cells.push(format!("{:.2}", best / column(0)));
            let _ = send.send(cells);
        }
        Ok(())
    })?;
    report.say("GFLOPS in Chromium on one thread, build `fast`, packing included; libraries with `+relaxed-simd` where they use it.");
    report.head(&["m x n x k", "ours", LIBRARIES[0], LIBRARIES[1], LIBRARIES[2], "best library / ours"]);
    receive.iter().for_each(|cells: Vec<String>| report.row(&cells));
    Ok(())
}

/// GFLOPS of a multiplication in a worker, over about a third of a second.
async fn gflops(
    browser: &Browser,
    worker: &str,
    by: &str,
    threads: usize,
    kind: &str,
    shape: [usize; 3],
) -> Result<f64, String> {
    let flops = 2.0 * shape.iter().product::<usize>() as f64;
    let repeats = ((1.2e10 / flops) as u32).max(2);
    let argument = json!({"by": by, "kind": kind, "shape": shape, "threads": threads, "repeats": repeats});
    Ok(flops / browser.number(worker, "multiply", argument).await? / 1e9)
}
