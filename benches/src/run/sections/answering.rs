//! Latency of answers, beside ONNX Runtime Web.

use std::sync::mpsc::channel;

use serde_json::json;

use super::super::browser;
use super::super::report::{Report, Target, judged, median};
use super::super::{PAIRS, Setting};
use super::SUBJECTS;

/// One question and eight at once, in a context of 384 tokens, on one and on two threads.
pub fn run(setting: &Setting, report: &mut Report) -> Result<(), String> {
    report.say("Milliseconds for the logits of windows of 384 tokens in Chromium, against ONNX Runtime Web (wasm) on the same threads.");
    report.head(&["model", "windows", "threads", "ours", "ONNX f32", "ours / f32", "ONNX int8"]);
    for (subject, file) in SUBJECTS.into_iter().zip(["base", "default"]) {
        for threads in [1, 2] {
            let (send, receive) = channel();
            browser::with(setting, move |browser| async move {
                subject.start(&browser, "ours", threads).await?;
                for (worker, ending) in [("f32", "onnx"), ("int8", "int8.onnx")] {
                    let model = format!("../onnx/{file}.{ending}");
                    browser.call(worker, "onnx", json!({"model": model, "threads": threads})).await?;
                }
                for batch in [1, 8] {
                    let argument = json!({"batch": batch, "length": 384});
                    for pair in 0..=PAIRS {
                        let mut times = [0.0; 3];
                        for (time, (worker, task)) in
                            times.iter_mut().zip([("ours", "answer"), ("f32", "onnx_answer"), ("int8", "onnx_answer")])
                        {
                            *time = 1000.0 * browser.number(worker, task, argument.clone()).await?;
                        }
                        // The first warms up.
                        if pair > 0 {
                            let _ = send.send((batch, times));
                        }
                    }
                }
                Ok(())
            })?;
            let runs: Vec<(usize, [f64; 3])> = receive.iter().collect();
            for batch in [1, 8] {
                let times: Vec<[f64; 3]> = runs.iter().filter(|run| run.0 == batch).map(|run| run.1).collect();
                let column = |index: usize| format!("{:.0}", median(times.iter().map(|run| run[index])));
                let ratio = median(times.iter().map(|run| run[0] / run[1]));
                report.row(&[
                    subject.name.to_owned(),
                    batch.to_string(),
                    threads.to_string(),
                    column(0),
                    column(1),
                    judged(ratio, Some(Target::AtMost(0.6))),
                    column(2),
                ]);
            }
        }
    }
    Ok(())
}
