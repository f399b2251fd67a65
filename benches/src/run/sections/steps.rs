//! Training steps in Chromium beside native PyTorch: full sequences, and batches of real windows.

use std::sync::mpsc::channel;

use serde_json::json;

use super::super::anchor::{PyTorch, SOME};
use super::super::browser::{self, Browser};
use super::super::report::{Report, Target, judged, judged_within, median};
use super::super::{PAIRS, Setting};
use super::windows::{BATCH, EVERY, LENGTH, real, write, write_full};
use super::{SUBJECTS, Subject, limit};

/// A line of the table of steps: seconds of ours and of `PyTorch`'s, and those of the limit.
pub(super) fn step_line(
    subject: Subject,
    threads: usize,
    pairs: &[[f64; 2]],
    limits: &[f64],
    target: f64,
) -> Vec<String> {
    let [ours, theirs] = [0, 1].map(|i| median(pairs.iter().map(|pair| pair[i])));
    let ratio = median(pairs.iter().map(|[ours, theirs]| theirs / ours));
    let at_limit = median(pairs.iter().zip(limits).map(|([_, theirs], limit)| theirs / limit));
    let tokens = (BATCH * LENGTH) as f64 / ours;
    vec![
        subject.name.to_owned(),
        threads.to_string(),
        format!("{:.2} s", median(limits.iter().copied())),
        format!("{ours:.2} s"),
        format!("{tokens:.0}"),
        format!("{theirs:.2} s"),
        judged_within(ratio, Target::AtLeast(target), at_limit),
    ]
}

/// The head of the table of steps.
pub(super) const STEP_COLUMNS: [&str; 7] =
    ["8 x 384", "threads", "limit", "ours", "tokens/s", "PyTorch", "times PyTorch's speed"];

/// One step over full sequences in Chromium.
pub fn full(setting: &Setting, report: &mut Report) -> Result<(), String> {
    write_full(setting)?;
    report.say(
        "One training step in Chromium, build `fast`, against native PyTorch, eager, f32, on the same threads. The limit is what the \
         multiplications alone would take at the rate of independent multiply-adds, measured beside them.",
    );
    report.head(&STEP_COLUMNS);
    let mut memory = Vec::new();
    for subject in SUBJECTS {
        for (threads, target) in [(2, 0.65), (1, 0.55)] {
            let mut pytorch = PyTorch::start(setting, threads)?;
            pytorch.load(&subject.for_pytorch(setting), threads)?;
            let flops = subject.training_flops(setting, [LENGTH; BATCH])?;
            let (send, receive) = channel();
            let (send_memory, receive_memory) = channel();
            browser::with(setting, move |browser| async move {
                begin(&browser, subject, threads, "full.json").await?;
                let step = json!({"do": "step", "batch": BATCH, "length": LENGTH});
                browser.number("ours", "steps", json!({"count": 1})).await?;
                pytorch.ask(&step)?;
                for _ in 0..PAIRS {
                    let ours = browser.number("ours", "steps", json!({"count": 1})).await?;
                    let limit = limit(&browser, "ours", threads, flops).await?;
                    let _ = send.send(([ours, pytorch.ask(&step)?], limit));
                }
                // The receiver waits until the browser has gone.
                let _ = send_memory.send(browser.number("ours", "memory", json!(null)).await? / f64::from(1 << 30));
                Ok(())
            })?;
            memory.extend(receive_memory.iter().map(|gibibytes| {
                format!("{}, {threads} threads: {} GiB", subject.name, judged(gibibytes, Some(Target::AtMost(1.6))))
            }));
            let (pairs, limits): (Vec<_>, Vec<_>) = receive.iter().unzip();
            report.row(&step_line(subject, threads, &pairs, &limits, target));
        }
    }
    report.say(&format!("\nPeak memory of the worker: {}.", memory.join("; ")));
    Ok(())
}

async fn begin(browser: &Browser, subject: Subject, threads: usize, windows: &str) -> Result<(), String> {
    subject.start(browser, "ours", threads).await?;
    browser.call("ours", "train", json!({"windows": windows})).await.map(drop)
}

/// Seconds of all blocks together, a cell for each of what was timed.
pub(super) fn totals<const N: usize>(blocks: &[[f64; N]]) -> [String; N] {
    std::array::from_fn(|index| format!("{:.0} s", blocks.iter().map(|block| block[index]).sum::<f64>()))
}

/// How many times the speed of the other one of them has, by the median of the blocks.
pub(super) fn times<const N: usize>(blocks: &[[f64; N]], one: usize, other: usize) -> f64 {
    median(blocks.iter().map(|block| block[other] / block[one]))
}

/// 200 batches of real windows, in blocks.
pub fn batches(setting: &Setting, report: &mut Report) -> Result<(), String> {
    let all = real(setting)?;
    report.say(&format!(
        "Batches of 8 windows of new_wiki in file order, two threads, in five blocks: all of the first 200 for the default model, every fourth of \
         them for DistilBERT-base, whose 200 take an hour. PyTorch pads them to the longest of the batch, or all to 384 as run_qa does; padded to \
         384 all batches cost the same, and {SOME} of each block are timed. The limit is what the multiplications alone would take in Chromium at \
         the rate of independent multiply-adds, measured beside. The same natively is in `native.md`.",
    ));
    report.head(&[
        "model",
        "batches",
        "limit",
        "Chromium",
        "PyTorch, padded to the batch",
        "PyTorch, padded to 384",
        "times the first's speed",
        "the second's",
    ]);
    for (subject, every) in SUBJECTS.into_iter().zip(EVERY) {
        let windows: Vec<Vec<u32>> = all.chunks(BATCH).step_by(every).flatten().cloned().collect();
        let batches = windows.len() / BATCH;
        let mut pytorch = PyTorch::start(setting, 2)?;
        pytorch.load(&subject.for_pytorch(setting), 2)?;
        pytorch.windows(&write(setting, "real.json", &windows)?)?;
        let count = batches / PAIRS;
        let flops = |block: &[Vec<u32>]| subject.training_flops(setting, block.iter().map(Vec::len));
        let blocks = windows.chunks(windows.len() / PAIRS).map(flops).collect::<Result<Vec<_>, String>>()?;
        let (send, receive) = channel();
        browser::with(setting, move |browser| async move {
            begin(&browser, subject, 2, "real.json").await?;
            for (block, flops) in blocks.into_iter().enumerate() {
                let limit = limit(&browser, "ours", 2, flops).await?;
                let chromium = browser.number("ours", "steps", json!({"count": count})).await?;
                let batch = pytorch.batches(block * count, count)?;
                let padded = pytorch.padded_batches(block * count, count)?;
                let _ = send.send([limit, chromium, batch, padded]);
            }
            Ok(())
        })?;
        let blocks: Vec<[f64; 4]> = receive.iter().collect();
        let mut cells = vec![subject.name.to_owned(), batches.to_string()];
        cells.extend(totals(&blocks));
        cells.push(judged_within(times(&blocks, 1, 2), Target::AtLeast(1.0), times(&blocks, 0, 2)));
        cells.push(judged_within(times(&blocks, 1, 3), Target::AtLeast(1.5), times(&blocks, 0, 3)));
        report.row(&cells);
    }
    Ok(())
}
