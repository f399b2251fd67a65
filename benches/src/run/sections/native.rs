//! Training steps natively beside PyTorch: full sequences, batches of real windows, and where the time of these goes.

use std::fs;

use bench_subject::kernels::kernel;
use bench_subject::multiply::ours;
use bench_subject::subject;
use serde_json::json;
use spanwise::kernels::on_pool;
use spanwise::model::Config;
use spanwise::nn::Choice;

use super::super::anchor::{PyTorch, SOME};
use super::super::report::{Report, Target, judged, judged_within, median};
use super::super::{PAIRS, Setting};
use super::profile::{KERNELS, OF_A_STEP, REPEATS};
use super::steps::{STEP_COLUMNS, step_line, times, totals};
use super::windows::{BATCH, EVERY, LENGTH, full, real, write};
use super::{SUBJECTS, Subject, multiplications};

/// Full sequences, then real windows.
pub fn run(setting: &Setting, report: &mut Report) -> Result<(), String> {
    of_full_sequences(setting, report)?;
    of_real_windows(setting, report)
}

/// One step over full sequences.
fn of_full_sequences(setting: &Setting, report: &mut Report) -> Result<(), String> {
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
            let [seconds, operations] = linear_layers(&config, BATCH * LENGTH);
            limits.push(flops * seconds / operations);
        }
        report.row(&step_line(subject, 2, &pairs, &limits, 1.1));
    }
    Ok(())
}

/// Batches of real windows in blocks, and the parts of some of them.
fn of_real_windows(setting: &Setting, report: &mut Report) -> Result<(), String> {
    let all = real(setting)?;
    report.say(&format!(
        "\nBatches of 8 windows of new_wiki in file order, in five blocks: all of the first 200 for the default model, every fourth of them for \
         DistilBERT-base. Each is trained on by ours, then by PyTorch, which pads to the longest of the batch, or all to 384 as run_qa does, \
         of which {SOME} of each block are timed. The limit is what a step would reach that took no longer than its parts, each alone, which \
         are timed beside {SOME} batches of each block.",
    ));
    report.head(&[
        "model",
        "batches",
        "ours",
        "PyTorch, padded to the batch",
        "PyTorch, padded to 384",
        "times the first's speed",
        "the second's",
    ]);
    let mut profiles = Vec::new();
    for (subject, every) in SUBJECTS.into_iter().zip(EVERY) {
        let windows: Vec<Vec<u32>> = all.chunks(BATCH).step_by(every).flatten().cloned().collect();
        let config = subject.config(setting)?;
        let mut ours = native_subject(setting, subject)?;
        ours.train(&windows, Choice::default());
        let mut pytorch = PyTorch::start(setting, 2)?;
        pytorch.load(&subject.for_pytorch(setting), 2)?;
        pytorch.windows(&write(setting, "real.json", &windows)?)?;
        let batches = windows.len() / BATCH;
        let count = batches / PAIRS;
        let (mut blocks, mut profiles_of_blocks) = (Vec::new(), Vec::new());
        for first in (0..batches).step_by(count) {
            let (mut pairs, mut profile) = (Vec::new(), Profile::default());
            for batch in first..first + count {
                let pair = [ours.steps(1), pytorch.batches(batch, 1)?];
                if batch < first + SOME {
                    profile.add(&config, &windows[batch * BATCH..][..BATCH], pair);
                }
                pairs.push(pair);
            }
            let [mine, theirs] = [0, 1].map(|one| pairs.iter().map(|pair| pair[one]).sum());
            blocks.push([mine, theirs, pytorch.padded_batches(first, count)?]);
            profiles_of_blocks.push(profile);
        }
        let limit = median(profiles_of_blocks.iter().map(Profile::limit));
        let mut cells = vec![subject.name.to_owned(), batches.to_string()];
        cells.extend(totals(&blocks));
        cells.push(judged_within(times(&blocks, 0, 1), Target::AtLeast(1.6), limit));
        cells.push(judged(times(&blocks, 0, 2), None));
        report.row(&cells);
        profiles.push(profiles_of_blocks);
    }
    report.say(
        "\nWhere the time of a batch goes, in milliseconds: the kernels of the step, each alone on as many windows of the batch's mean length, then the \
         batch itself. What it takes beyond the sum are operands that come from memory, not from the cache, and one thread that waits for the other.",
    );
    report.head(&["kernel", SUBJECTS[0].name, SUBJECTS[1].name]);
    for row in 0..profiles[0][0].rows().len() {
        let name = profiles[0][0].rows()[row].0;
        let of = |blocks: &[Profile]| format!("{:.0}", 1e3 * median(blocks.iter().map(|block| block.rows()[row].1)));
        report.row(&[name.to_owned(), of(&profiles[0]), of(&profiles[1])]);
    }
    Ok(())
}

/// What some batches took, part by part.
#[derive(Default)]
struct Profile {
    /// Seconds of each kernel.
    parts: Vec<Vec<(&'static str, f64)>>,
    /// Those of the whole batch, ours and `PyTorch`'s.
    pairs: Vec<[f64; 2]>,
}

impl Profile {
    fn add(&mut self, config: &Config, windows: &[Vec<u32>], pair: [f64; 2]) {
        self.parts.push(parts(config, windows.iter().map(Vec::len).sum::<usize>() / windows.len()));
        self.pairs.push(pair);
    }

    /// How many times `PyTorch`'s speed the parts would have.
    fn limit(&self) -> f64 {
        let theirs: f64 = self.pairs.iter().map(|[_, theirs]| theirs).sum();
        theirs / self.parts.iter().flatten().map(|(_, seconds)| seconds).sum::<f64>()
    }

    /// Seconds of a batch, by the mean.
    fn rows(&self) -> Vec<(&'static str, f64)> {
        let mean = |of: &dyn Fn(usize) -> f64| (0..self.pairs.len()).map(of).sum::<f64>() / self.pairs.len() as f64;
        let part = |part: usize| (self.parts[0][part].0, mean(&|batch| self.parts[batch][part].1));
        let mut rows: Vec<_> = (0..self.parts[0].len()).map(part).collect();
        rows.push(("their sum", rows.iter().map(|(_, seconds)| seconds).sum()));
        rows.extend([
            ("the whole step", mean(&|batch| self.pairs[batch][0])),
            ("PyTorch's", mean(&|batch| self.pairs[batch][1])),
        ]);
        rows
    }
}

/// Seconds of each kernel of a step over a batch of windows of that length, run alone: the linear layers first.
fn parts(config: &Config, length: usize) -> Vec<(&'static str, f64)> {
    let alone = |name| on_pool(|| kernel(name, config, [BATCH, length], REPEATS));
    let mut parts = vec![("linear layers", linear_layers(config, BATCH * length)[0])];
    parts.extend(KERNELS.map(|(name, calls)| (name, calls * alone(name))));
    parts.extend(OF_A_STEP.map(|name| (name, alone(name))));
    parts
}

/// Seconds and operations of the multiplications of the linear layers of a step over so many rows, by the library, and of nothing else.
fn linear_layers(config: &Config, rows: usize) -> [f64; 2] {
    let (layers, mut total) = (config.n_layers, [0.0; 2]);
    for (kind, shape) in multiplications(config, rows) {
        total[0] += layers as f64 * ours(kind, shape, true, layers as u32);
        total[1] += (2 * layers * shape.iter().product::<usize>()) as f64;
    }
    total
}

/// The model natively.
pub(super) fn native_subject(setting: &Setting, subject: Subject) -> Result<subject::Subject, String> {
    let Some(folder) = subject.folder else { return Ok(subject::Subject::new(bench_subject::BASE, None)) };
    let folder = setting.root.join("public").join(folder);
    let read = |name: &str| fs::read(folder.join(name)).map_err(|error| format!("{name}: {error}"));
    let config = String::from_utf8(read("config.json")?).map_err(|error| error.to_string())?;
    Ok(subject::Subject::new(&config, Some(&read("model.safetensors")?)))
}
