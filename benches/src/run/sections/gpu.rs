//! Training steps on a GPU beside PyTorch on the same card.

use bench_subject::subject;
use candle_core::Device;
use serde_json::json;

use super::super::anchor::PyTorch;
use super::super::report::{Report, judged, median};
use super::super::{PAIRS, Setting};
use super::SUBJECTS;
use super::native::native_subject;
use super::windows::{BATCH, BATCHES, LENGTH, full, real, write};

/// Full steps that are timed together: one alone is over in milliseconds.
const STEPS: usize = 20;

/// Full sequences, and batches of real windows padded to their longest by either; a line that says so where there is no GPU.
pub fn run(setting: &Setting, report: &mut Report) -> Result<(), String> {
    let Ok(device) = Device::new_cuda(0) else {
        report.say("Not measured: no GPU, or a build without the feature `cuda`.");
        return Ok(());
    };
    let card = std::process::Command::new("nvidia-smi").args(["--query-gpu=name", "--format=csv,noheader"]).output();
    let card = card.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    report.say(&format!(
        "Training steps on {card}, f32 on either side; new_wiki is padded to the longest window of a batch by either."
    ));
    report.head(&["model", "windows", "steps", "ours, a step", "PyTorch, a step", "times PyTorch's speed"]);
    let real = real(setting)?;
    for subject in SUBJECTS {
        let ours = native_subject(setting, subject)?;
        let mut pytorch = PyTorch::start(setting, 2)?;
        pytorch.load_on_gpu(&subject.for_pytorch(setting))?;
        pytorch.windows(&write(setting, "real.json", &real)?)?;
        for (name, windows, count) in [("8 x 384", full(), STEPS), ("new_wiki", real.clone(), BATCHES / PAIRS)] {
            let mut trainer = ours.train_on(&windows, &device);
            let mut theirs = |first: usize| {
                if name == "new_wiki" {
                    let request = json!({"do": "batches", "first": first, "last": first + count, "pad": false});
                    return pytorch.ask(&request);
                }
                (0..count).map(|_| pytorch.ask(&json!({"do": "step", "batch": BATCH, "length": LENGTH}))).sum()
            };
            // A first round of both, so that neither compiles its kernels on the clock; ours then begins anew.
            subject::steps(&mut trainer, count);
            theirs(0)?;
            let mut trainer = ours.train_on(&windows, &device);
            let mut pairs = Vec::new();
            for pair in 0..PAIRS {
                pairs.push([subject::steps(&mut trainer, count), theirs(pair * count)?]);
            }
            let [ours, theirs] = [0, 1].map(|i| 1000.0 * median(pairs.iter().map(|pair| pair[i])) / count as f64);
            report.row(&[
                subject.name.to_owned(),
                name.to_owned(),
                (PAIRS * count).to_string(),
                format!("{ours:.1} ms"),
                format!("{theirs:.1} ms"),
                judged(median(pairs.iter().map(|[ours, theirs]| theirs / ours)), None),
            ]);
        }
    }
    Ok(())
}
