//! Latency of answers, beside ONNX Runtime Web.

use std::sync::mpsc::channel;

use serde_json::json;

use super::super::browser;
use super::super::report::{Report, Target, judged_within, median};
use super::super::{PAIRS, Setting};
use super::{SUBJECTS, limit};

const LENGTH: usize = 384;

/// Windows behind each time, so that a disturbance of a moment is a small part of it: eight passes of one window, or one pass of eight.
const WINDOWS_A_TIME: usize = 8;

/// Worker and task of each program that answers, in the order of the columns.
const PROGRAMS: [(&str, &str); 3] = [("ours", "answer"), ("f32", "onnx_answer"), ("int8", "onnx_answer")];

/// One question and eight at once, in a context of 384 tokens, on one and on two threads.
pub fn run(setting: &Setting, report: &mut Report) -> Result<(), String> {
    report.say(
        "Milliseconds for the logits of windows of 384 tokens in Chromium, against ONNX Runtime Web (wasm) on the same threads. The limit is what the \
         multiplications alone would take at the rate of independent multiply-adds, measured beside them: no f32 program in this browser is faster. \
         A time is of eight windows: the mean of eight passes, in turn with those of the others, or one pass.",
    );
    report.head(&[
        "model",
        "windows",
        "threads",
        "limit",
        "ours",
        "ONNX f32",
        "ours / f32",
        "limit / f32",
        "ONNX int8",
    ]);
    for (subject, file) in SUBJECTS.into_iter().zip(["base", "default"]) {
        for threads in [1, 2] {
            let (send, receive) = channel();
            let flops = subject.forward_flops(setting, [LENGTH])?;
            browser::with(setting, move |browser| async move {
                subject.start(&browser, "ours", threads).await?;
                for (worker, ending) in [("f32", "onnx"), ("int8", "int8.onnx")] {
                    let model = format!("../onnx/{file}.{ending}");
                    browser.call(worker, "onnx", json!({"model": model, "threads": threads})).await?;
                }
                for batch in [1, WINDOWS_A_TIME] {
                    let argument = json!({"batch": batch, "length": LENGTH});
                    for pair in 0..=PAIRS {
                        let mut times = [0.0; 4];
                        times[3] = 1000.0 * limit(&browser, "ours", threads, batch as f64 * flops).await?;
                        let passes = WINDOWS_A_TIME / batch;
                        for _ in 0..passes {
                            for (time, (worker, task)) in times.iter_mut().zip(PROGRAMS) {
                                *time += 1000.0 * browser.number(worker, task, argument.clone()).await? / passes as f64;
                            }
                        }
                        // The first warms up.
                        if pair > 0 {
                            let _ = send.send((batch, times));
                        }
                    }
                }
                Ok(())
            })?;
            let runs: Vec<(usize, [f64; 4])> = receive.iter().collect();
            for batch in [1, WINDOWS_A_TIME] {
                let times: Vec<[f64; 4]> = runs.iter().filter(|run| run.0 == batch).map(|run| run.1).collect();
                let column = |index: usize| format!("{:.0}", median(times.iter().map(|run| run[index])));
                let ratio = |index: usize| median(times.iter().map(|run| run[index] / run[1]));
                report.row(&[
                    subject.name.to_owned(),
                    batch.to_string(),
                    threads.to_string(),
                    column(3),
                    column(0),
                    column(1),
                    judged_within(ratio(0), Target::AtMost(0.6), ratio(3)),
                    format!("{:.2}", ratio(3)),
                    column(2),
                ]);
            }
        }
    }
    Ok(())
}
