//! What a person waits for in the page itself: its size, the model, the first answer, and a run of the sample.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::channel;

use serde_json::{Value, json};
use spanwise::answer::DecodeOptions;
use spanwise::state::run::Preset;
use spanwise::state::words::train::preset_title;

use super::super::browser;
use super::super::report::{Report, Target, judged, median};
use super::super::{PAIRS, Setting};

/// The worker that most people get.
const WORKER: [&str; 3] = ["worker-loader.js", "worker/fast/worker.js", "worker/fast/worker_bg.wasm"];

/// Size compressed, and seconds from Train to finished.
pub fn run(setting: &Setting, report: &mut Report) -> Result<(), String> {
    let [page, worker] = [page_files(setting)?, WORKER.map(str::to_owned).to_vec()].map(|files| {
        let bytes = files.iter().map(|file| compressed(&setting.root.join("dist").join(file)));
        bytes.sum::<Result<usize, String>>().map(|bytes| bytes as f64 / 1e6)
    });
    let (page, worker) = (page?, worker?);
    report.say(&format!(
        "Compressed by brotli: the page {page:.2} MB, one worker {worker:.2} MB, together {} MB.",
        judged(page + worker, Some(Target::AtMost(2.0)))
    ));
    let sample = sample(setting)?;
    let [loaded, answered] = opened(setting, &sample)?;
    report.say(&format!(
        "From the start of the worker until the default model is loaded, from this machine: {} s; from there to the first answer, about a paragraph of the \
         sample: {answered:.2} s.",
        judged(loaded, Some(Target::AtMost(2.0)))
    ));
    report.say("Seconds of *As in the article* are those of one run.");
    report.head(&TRAINING_COLUMNS);
    train(setting, report, "short paragraphs", &sample, Preset::FewAnswers, PAIRS)?;
    train(setting, report, "short paragraphs", &sample, Preset::Article, 1)
}

/// The same questions in long contexts: a section of its own, since it takes twenty minutes and more.
pub fn long(setting: &Setting, report: &mut Report) -> Result<(), String> {
    report.say("One run.");
    report.head(&TRAINING_COLUMNS);
    train(setting, report, "contexts of 5,000 tokens", &lengthened(&sample(setting)?), Preset::FewAnswers, 1)
}

const TRAINING_COLUMNS: [&str; 3] =
    ["22 questions of the sample, build `fast`, two threads", "preset", "seconds from Train to finished"];

fn sample(setting: &Setting) -> Result<Value, String> {
    let path = setting.root.join("public/sample/lech-poznan.json");
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// A line of the table: the median of so many runs.
fn train(
    setting: &Setting,
    report: &mut Report,
    what: &str,
    dataset: &Value,
    preset: Preset,
    runs: usize,
) -> Result<(), String> {
    let argument = json!({"dataset": dataset, "settings": preset.settings()});
    let (send, receive) = channel();
    browser::with(setting, move |browser| async move {
        for _ in 0..runs {
            let _ = send.send(browser.number("shipped", "train_in_page", argument.clone()).await?);
        }
        Ok(())
    })?;
    report.row(&[what.to_owned(), preset_title(preset).to_owned(), format!("{:.1}", median(receive.iter()))]);
    Ok(())
}

/// Seconds until the model is loaded, and from there to the first answer.
fn opened(setting: &Setting, sample: &Value) -> Result<[f64; 2], String> {
    let context = &sample["data"][0]["paragraphs"][0];
    let item = json!({"question": context["qas"][0]["question"], "context": context["context"]});
    let argument = json!({"item": item, "options": DecodeOptions::default()});
    let (send, receive) = channel();
    browser::with(setting, move |browser| async move {
        // The first fills the browser's caches.
        for _ in 0..=PAIRS {
            let times = browser.call("shipped", "open_in_page", argument.clone()).await?;
            let _ = send.send([0, 1].map(|index| times[index].as_f64().unwrap_or(f64::NAN)));
        }
        Ok(())
    })?;
    let runs: Vec<[f64; 2]> = receive.iter().skip(1).collect();
    Ok([0, 1].map(|index| median(runs.iter().map(|run| run[index]))))
}

/// `index.html` and what it names: trunk puts a hash into each name.
fn page_files(setting: &Setting) -> Result<Vec<String>, String> {
    let path = setting.root.join("dist/index.html");
    let html = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let words = html.split(['"', '\'']).map(|word| word.trim_start_matches("./"));
    let ends = [".css", ".js", ".wasm", ".svg"];
    let mut files: Vec<String> =
        words.filter(|word| ends.iter().any(|end| word.ends_with(end))).map(str::to_owned).collect();
    files.push("index.html".to_owned());
    files.sort();
    files.dedup();
    Ok(files)
}

/// Bytes after brotli, as a static host would send them; by Node, which the anchors need anyway.
fn compressed(file: &Path) -> Result<usize, String> {
    let script = "const z=require('zlib'),f=require('fs');console.log(z.brotliCompressSync(f.readFileSync(process.argv[1])).length)";
    let output =
        Command::new("node").args(["-e", script]).arg(file).output().map_err(|error| format!("node: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    text.parse().map_err(|_| format!("{}: {}", file.display(), String::from_utf8_lossy(&output.stderr)))
}

/// The same questions, each in a context of about 5,000 tokens: its own paragraph first, then all of the others again and again.
fn lengthened(sample: &Value) -> Value {
    let mut sample = sample.clone();
    let contexts: Vec<String> =
        paragraphs(&mut sample).map(|paragraph| paragraph["context"].as_str().unwrap_or("").to_owned()).collect();
    let filler = contexts.join(" ").repeat(40);
    for paragraph in paragraphs(&mut sample) {
        let own = paragraph["context"].as_str().unwrap_or("").to_owned();
        // About four characters a token.
        let rest: String = filler.chars().take(20_000usize.saturating_sub(own.chars().count())).collect();
        paragraph["context"] = json!(format!("{own} {rest}"));
    }
    sample
}

fn paragraphs(sample: &mut Value) -> impl Iterator<Item = &mut Value> {
    let documents = sample["data"].as_array_mut().into_iter().flatten();
    documents.flat_map(|document| document["paragraphs"].as_array_mut().into_iter().flatten())
}
