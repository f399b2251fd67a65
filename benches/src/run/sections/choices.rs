//! What cheaper forms of training save: frozen embeddings and layers, and low-rank adapters.

use std::sync::mpsc::channel;

use serde_json::{Value, json};

use super::super::browser;
use super::super::report::{Report, median};
use super::super::{PAIRS, Setting};
use super::{SUBJECTS, windows};

/// What is trained, in words and as a setting.
fn choices() -> [(&'static str, Value); 6] {
    let all = ["q_lin", "k_lin", "v_lin", "out_lin", "lin1", "lin2"];
    [
        ("all of the model", json!({})),
        ("embeddings frozen", json!({"freeze_embeddings": true})),
        ("embeddings and 3 layers frozen", json!({"freeze_embeddings": true, "freeze_layers": 3})),
        ("the head alone", json!({"freeze_embeddings": true, "freeze_layers": 6})),
        ("LoRA, rank 8, queries and values", json!({"lora": {"rank": 8}})),
        ("LoRA, rank 8, all linear layers", json!({"lora": {"rank": 8, "targets": all}})),
    ]
}

/// Time and memory of a step of 8 x 384 in Chromium, two threads.
pub fn run(setting: &Setting, report: &mut Report) -> Result<(), String> {
    windows::write_full(setting)?;
    report.say(
        "A step of 8 x 384 in Chromium, build `fast`, two threads. Memory is that of a worker which did nothing else, weights included; each line \
         is paired with a step of the whole model.",
    );
    report.head(&["model", "what is trained", "seconds a step", "share of a whole step", "memory, MiB"]);
    for subject in SUBJECTS {
        for (what, trained) in choices() {
            let (send, receive) = channel();
            browser::with(setting, move |browser| async move {
                for (worker, trained) in [("part", trained), ("whole", json!({}))] {
                    subject.start(&browser, worker, 2).await?;
                    browser.call(worker, "train", json!({"windows": "full.json", "trained": trained})).await?;
                    browser.number(worker, "steps", json!({"count": 1})).await?;
                }
                let memory = browser.number("part", "memory", json!(null)).await? / f64::from(1 << 20);
                for _ in 0..PAIRS {
                    let part = browser.number("part", "steps", json!({"count": 1})).await?;
                    let whole = browser.number("whole", "steps", json!({"count": 1})).await?;
                    let _ = send.send([part, part / whole, memory]);
                }
                Ok(())
            })?;
            let runs: Vec<[f64; 3]> = receive.iter().collect();
            let column = |index: usize| median(runs.iter().map(|run| run[index]));
            report.row(&[
                subject.name.to_owned(),
                what.to_owned(),
                format!("{:.2}", column(0)),
                format!("{:.2}", column(1)),
                format!("{:.0}", column(2)),
            ]);
        }
    }
    Ok(())
}
