//! The program that measures. `xtask` sets up what it needs and says where it is.

mod anchor;
mod browser;
mod machine;
mod report;
mod sections;

use std::path::PathBuf;
use std::process::ExitCode;

use report::Report;

/// Pairs that a figure is the median of.
pub const PAIRS: usize = 5;

/// Threads of the native build, as many as PyTorch gets beside it.
const NATIVE_THREADS: usize = 2;

/// What is there to measure with.
pub struct Setting {
    /// The site with what is measured beside it.
    pub site: PathBuf,
    /// Python with PyTorch.
    pub python: PathBuf,
    /// Root of the project.
    pub root: PathBuf,
    /// The shared data.
    pub data: PathBuf,
}

/// Runs the sections that are named, or all.
pub fn main() -> ExitCode {
    let path = |name: &str| {
        std::env::var_os(name).map(PathBuf::from).ok_or(format!("{name} is not set: run `cargo xtask bench`"))
    };
    let setting = || -> Result<Setting, String> {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
        Ok(Setting {
            site: path("SPANWISE_BENCH_SITE")?,
            python: path("SPANWISE_PYTHON")?,
            data: root.join("../shared/data"),
            root,
        })
    };
    let names: Vec<String> = std::env::args().skip(1).collect();
    match setting().and_then(|setting| measure(&setting, &names)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn measure(setting: &Setting, names: &[String]) -> Result<(), String> {
    let known: Vec<&str> = sections::ALL.iter().map(|(name, _)| *name).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("there is no section '{unknown}': there are {}", known.join(", ")));
    }
    machine::refuse_when_busy()?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(NATIVE_THREADS).build_global();
    pool.map_err(|error| error.to_string())?;
    let machine = machine::describe(&setting.root);
    let (mut tables, mut failed) = (String::new(), Vec::new());
    for (name, section) in sections::ALL {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            eprintln!("==> {name}");
            let mut report = Report::new(name);
            // All sections together take two hours: one that fails does not cost the others, and each is written at once.
            if let Err(message) = section(setting, &mut report) {
                eprintln!("error: {name}: {message}");
                failed.push(name);
                continue;
            }
            report.write(&setting.root.join("benches/results"), &machine)?;
            tables += report.text();
        }
    }
    println!("{}\n{tables}\nwritten to benches/results/, a file for each section", machine.join("\n"));
    if failed.is_empty() { Ok(()) } else { Err(format!("not measured: {}", failed.join(", "))) }
}
