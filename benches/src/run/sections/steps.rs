//! Training steps beside PyTorch: full sequences, and batches of real windows.

use std::fs;
use std::sync::mpsc::channel;

use bench_subject::subject;
use serde_json::json;
use spanwise::nn::Choice;
use spanwise::squad::Dataset;
use spanwise::squad::read::read;
use spanwise::text::features::train_features;
use spanwise::text::tokenizer::Tokenizer;

use super::super::anchor::PyTorch;
use super::super::browser::{self, Browser};
use super::super::report::{Report, Target, judged, judged_within, median};
use super::super::{PAIRS, Setting};
use super::{SUBJECTS, Subject, limit, native_limit};

pub(super) const BATCH: usize = 8;
pub(super) const LENGTH: usize = 384;
/// Batches of real windows.
pub(super) const BATCHES: usize = 200;
/// Each model is timed on every so many of them: all of DistilBERT-base's would take an hour.
pub(super) const EVERY: [usize; 2] = [4, 1];
/// Batches of a block that PyTorch is timed on where all are padded to the same length.
const PADDED: usize = 4;

/// Windows of 384 tokens, two batches.
pub(super) fn full() -> Vec<Vec<u32>> {
    (0..2 * BATCH).map(|i| (0..LENGTH).map(|j| 1000 + ((i * 997 + j * 37) % 20_000) as u32).collect()).collect()
}

/// Writes windows that are full, for the browser: `full.json`.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_full(setting: &Setting) -> Result<(), String> {
    write(setting, "full.json", &full()).map(drop)
}

/// Writes the sample's windows to where the browser reads them; how many tokens they have.
///
/// # Errors
/// Where a file cannot be read or written.
pub fn write_sample(setting: &Setting) -> Result<usize, String> {
    let dataset = read(spanwise::squad::sample::train().as_bytes()).map_err(|error| error.to_string())?;
    let windows = windows(setting, &dataset)?;
    write(setting, "sample.json", &windows)?;
    Ok(windows.iter().map(Vec::len).sum())
}

/// The first windows of real data, as training reads them in file order.
pub(super) fn real(setting: &Setting) -> Result<Vec<Vec<u32>>, String> {
    let path = setting.data.join("train/new_wiki.json");
    let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let dataset = read(&bytes).map_err(|error| error.to_string())?;
    Ok(windows(setting, &dataset)?.into_iter().take(BATCH * BATCHES).collect())
}

/// The windows of a dataset, in the order of its file.
fn windows(setting: &Setting, dataset: &Dataset) -> Result<Vec<Vec<u32>>, String> {
    let model = setting.root.join("public/models/default");
    let file = fs::read(model.join("tokenizer.json")).map_err(|error| error.to_string())?;
    let tokenizer = Tokenizer::from_files(Some(&file), None, None).map_err(|error| error.to_string())?;
    let made = train_features(dataset, &tokenizer, LENGTH, 128).map_err(|error| error.to_string())?;
    Ok(made.features.iter().map(|feature| feature.window.ids.to_vec()).collect())
}

/// Writes windows to where browser and PyTorch read them.
pub(super) fn write(setting: &Setting, name: &str, windows: &[Vec<u32>]) -> Result<String, String> {
    let path = setting.site.join("bench").join(name);
    fs::write(&path, json!(windows).to_string()).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path.display().to_string())
}

/// A line of the table of steps: seconds of ours and of `PyTorch`'s, and those of the limit.
fn step_line(subject: Subject, threads: usize, pairs: &[[f64; 2]], limits: &[f64], target: f64) -> Vec<String> {
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

const STEP_COLUMNS: [&str; 7] = ["8 x 384", "threads", "limit", "ours", "tokens/s", "PyTorch", "times PyTorch's speed"];

/// One step over full sequences in Chromium.
pub fn in_the_browser(setting: &Setting, report: &mut Report) -> Result<(), String> {
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

/// 200 batches of real windows, in Chromium and natively, in blocks.
pub fn batches(setting: &Setting, report: &mut Report) -> Result<(), String> {
    let all = real(setting)?;
    report.say(&format!(
        "Batches of 8 windows of new_wiki in file order, two threads, in five blocks: all of the first 200 for the default model, every fourth of \
         them for DistilBERT-base, whose 200 take an hour. PyTorch pads them to the longest of the batch, or all to 384 as run_qa does; padded to \
         384 all batches cost the same, and {PADDED} of each block are timed. Chromium's limit is what the multiplications alone would take there at \
         the rate of independent multiply-adds, the native one what they take alone, by the library, measured beside.",
    ));
    report.head(&[
        "model",
        "batches",
        "Chromium's limit",
        "Chromium",
        "native limit",
        "native",
        "PyTorch, padded to the batch",
        "PyTorch, padded to 384",
        "Chromium: times the first's speed",
        "the second's",
        "native: times the first's speed",
        "the second's",
    ]);
    for (subject, every) in SUBJECTS.into_iter().zip(EVERY) {
        let windows: Vec<Vec<u32>> = all.chunks(BATCH).step_by(every).flatten().cloned().collect();
        let batches = windows.len() / BATCH;
        let file = write(setting, "real.json", &windows)?;
        let mut native = native_subject(setting, subject)?;
        native.train(&windows, Choice::default());
        let mut pytorch = PyTorch::start(setting, 2)?;
        pytorch.load(&subject.for_pytorch(setting), 2)?;
        pytorch.ask(&json!({"do": "windows", "file": file}))?;
        let count = batches / PAIRS;
        let of_block = |block: &[Vec<u32>]| {
            let tokens: usize = block.iter().map(Vec::len).sum();
            Ok((tokens / count, subject.training_flops(setting, block.iter().map(Vec::len))?))
        };
        let blocks = windows.chunks(windows.len() / PAIRS).map(of_block).collect::<Result<Vec<_>, String>>()?;
        let config = subject.config(setting)?;
        let (send, receive) = channel();
        browser::with(setting, move |browser| async move {
            begin(&browser, subject, 2, "real.json").await?;
            for (block, (rows, flops)) in blocks.into_iter().enumerate() {
                let limit = limit(&browser, "ours", 2, flops).await?;
                let first = block * count;
                let chromium = browser.number("ours", "steps", json!({"count": count})).await?;
                let native_limit = native_limit(&config, rows, flops);
                let natively = native.steps(count);
                let batch =
                    pytorch.ask(&json!({"do": "batches", "first": first, "last": first + count, "pad": false}))?;
                let padded =
                    pytorch.ask(&json!({"do": "batches", "first": first, "last": first + PADDED, "pad": true}))?;
                let padded = padded * count as f64 / PADDED as f64;
                let _ = send.send([limit, chromium, native_limit, natively, batch, padded]);
            }
            Ok(())
        })?;
        let blocks: Vec<[f64; 6]> = receive.iter().collect();
        let mut cells = vec![subject.name.to_owned(), batches.to_string()];
        cells.extend((0..6).map(|index| format!("{:.0} s", blocks.iter().map(|block| block[index]).sum::<f64>())));
        let times = |ours: usize, theirs: usize| median(blocks.iter().map(|block| block[theirs] / block[ours]));
        cells.push(judged_within(times(1, 4), Target::AtLeast(1.0), times(0, 4)));
        cells.push(judged_within(times(1, 5), Target::AtLeast(1.5), times(0, 5)));
        cells.push(judged_within(times(3, 4), Target::AtLeast(1.6), times(2, 4)));
        cells.push(judged(times(3, 5), None));
        report.row(&cells);
    }
    Ok(())
}

/// The same step natively, two threads.
pub fn natively(setting: &Setting, report: &mut Report) -> Result<(), String> {
    report.say(
        "The native build against PyTorch, two threads. The limit is what the multiplications take alone, by the library, measured beside them.",
    );
    report.head(&STEP_COLUMNS);
    for subject in SUBJECTS {
        let mut ours = native_subject(setting, subject)?;
        let mut pytorch = PyTorch::start(setting, 2)?;
        pytorch.load(&subject.for_pytorch(setting), 2)?;
        ours.train(&full(), Choice::default());
        let step = json!({"do": "step", "batch": BATCH, "length": LENGTH});
        ours.steps(1);
        pytorch.ask(&step)?;
        let (config, flops) = (subject.config(setting)?, subject.training_flops(setting, [LENGTH; BATCH])?);
        let (mut pairs, mut limits) = (Vec::new(), Vec::new());
        for _ in 0..PAIRS {
            pairs.push([ours.steps(1), pytorch.ask(&step)?]);
            limits.push(native_limit(&config, BATCH * LENGTH, flops));
        }
        report.row(&step_line(subject, 2, &pairs, &limits, 1.1));
    }
    Ok(())
}

pub(super) fn native_subject(setting: &Setting, subject: Subject) -> Result<subject::Subject, String> {
    let Some(folder) = subject.folder else { return Ok(subject::Subject::new(bench_subject::BASE, None)) };
    let folder = setting.root.join("public").join(folder);
    let read = |name: &str| fs::read(folder.join(name)).map_err(|error| format!("{name}: {error}"));
    let config = String::from_utf8(read("config.json")?).map_err(|error| error.to_string())?;
    Ok(subject::Subject::new(&config, Some(&read("model.safetensors")?)))
}
