//! What the figures were made on.

use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{fs, thread};

/// Share of the processors that may be busy with something else.
const BUSY: f64 = 0.05;

/// Refuses where somebody else is computing: figures would be worth nothing.
///
/// # Errors
/// With the share of the processors that is taken.
pub fn refuse_when_busy() -> Result<(), String> {
    let Some(before) = jiffies() else {
        eprintln!("    this system does not say how busy it is: see to it that nothing else runs");
        return Ok(());
    };
    thread::sleep(Duration::from_secs(3));
    let after = jiffies().unwrap_or(before);
    let [busy, total] = [after[0] - before[0], after[1] - before[1]];
    let share = busy / total.max(1.0);
    if share > BUSY {
        return Err(format!(
            "{:.0} % of the processors are busy: figures would be worth nothing. Stop what else runs, and start again",
            100.0 * share
        ));
    }
    Ok(())
}

/// Time spent computing, and all time, since the system started.
fn jiffies() -> Option<[f64; 2]> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let fields: Vec<f64> =
        stat.lines().next()?.split_whitespace().skip(1).filter_map(|word| word.parse().ok()).collect();
    let total: f64 = fields.iter().take(8).sum();
    let idle = fields.get(3)? + fields.get(4)?;
    Some([total - idle, total])
}

/// Lines that say on what, and with which versions.
pub fn describe(root: &Path) -> Vec<String> {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let mut fields = info.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(key, _)| key.trim() == name).map_or("unknown", |(_, value)| value.trim())
    };
    // Processors of one name differ by a factor of two in what they multiply.
    let flags = field("flags");
    let widest = ["avx512f", "avx2"].into_iter().find(|flag| flags.split_whitespace().any(|word| word == *flag));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let chromium = std::env::var("SPANWISE_CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
    let answer = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).current_dir(root).output().ok();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        text.filter(|text| !text.is_empty())
    };
    let says = |program: &str, args: &[&str]| answer(program, args).unwrap_or_else(|| "unknown".to_owned());
    // What other sections and texts say changes no figure.
    let is_changed = answer("git", &["status", "--porcelain", "--", ".", ":!benches/results", ":!*.md"]).is_some();
    let changed = if is_changed { ", changed" } else { "" };
    let mut lines = vec![
        format!(
            "- processor: {} (family {}, model {}), {cores} cores, {}",
            field("model name"),
            field("cpu family"),
            field("model"),
            widest.unwrap_or("neither avx512f nor avx2")
        ),
        format!("- compiler: {}", says("rustc", &["--version"])),
        format!("- commit: {}{changed}", says("git", &["rev-parse", "--short=12", "HEAD"])),
        format!("- date: {}", says("date", &["-u", "+%F"])),
    ];
    // What runs natively is measured without one, too.
    if let Some(browser) = answer(&chromium, &["--version"]) {
        lines.insert(1, format!("- browser: {browser}, headless"));
    }
    lines
}
