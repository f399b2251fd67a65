//! The site: page and baseline worker by trunk, the two threaded workers by cargo and wasm-bindgen.

mod recipe;
mod stamp;

use std::path::{Path, PathBuf};

use crate::exec::{run, stage};
use crate::failure::Failure;
use crate::project::Project;
use crate::setup::toolchain::{self, TARGET, Toolchain};
use crate::setup::tools::{self, Tool};

use recipe::THREADED;

/// Builds the site into `dist/` where anything has changed since the last build.
///
/// # Errors
/// Where the set-up or the build fails.
pub fn ensure(project: &Project) -> Result<(), Failure> {
    if let Some(toolchain) = toolchain::find(project)
        && stamp::is_fresh(project, &fingerprint(project, &toolchain)?)
    {
        println!("==> the site is up to date");
        return Ok(());
    }
    let toolchain = toolchain::ensure(project)?;
    let tools = Tools::ensure(project)?;
    println!("    wasm is built by {}", toolchain.describe());
    // Taken before the build: what is edited meanwhile is built the next time.
    let fingerprint = fingerprint(project, &toolchain)?;
    stage("dependencies: fetch", || recipe::fetch(project, &toolchain))?;
    stage("page and worker", || recipe::page(project, &toolchain, &tools))?;
    for build in THREADED {
        stage(&format!("worker with threads: {}", build.name), || {
            recipe::threaded(project, &toolchain, &tools, build)
        })?;
    }
    stamp::write(project, &fingerprint)
}

/// Builds into `folder` what the benchmarks call in a browser.
///
/// # Errors
/// Where the set-up or the build fails.
pub fn bench_subject(project: &Project, folder: &Path) -> Result<(), Failure> {
    let toolchain = toolchain::ensure(project)?;
    let tools = Tools::ensure(project)?;
    stage("benchmarks for the browser", || recipe::bench_subject(project, &toolchain, &tools, folder))
}

/// The programs that a build calls.
#[derive(Debug)]
pub struct Tools {
    wasm_bindgen: PathBuf,
    trunk: PathBuf,
}

impl Tools {
    fn ensure(project: &Project) -> Result<Self, Failure> {
        let mut found = tools::ensure(project, &[Tool::wasm_bindgen(project)?, Tool::trunk()])?.into_iter();
        match (found.next(), found.next()) {
            (Some(wasm_bindgen), Some(trunk)) => Ok(Self { wasm_bindgen, trunk }),
            _ => Err(Failure::new("a tool is missing after its set-up", "Run the task again")),
        }
    }
}

/// Everything that decides what a build makes: the files, the compiler, the tools, and how they are called.
fn fingerprint(project: &Project, toolchain: &Toolchain) -> Result<String, Failure> {
    let versions =
        [Tool::wasm_bindgen(project)?.version, Tool::trunk().version, toolchain.describe(), toolchain.version.clone()];
    stamp::fingerprint(&project.root, &versions)
}

/// Lints page and workers for wasm: as trunk builds them, and as the threaded workers are built.
///
/// # Errors
/// With what clippy finds.
pub fn clippy(project: &Project, toolchain: &Toolchain) -> Result<(), Failure> {
    let remedy = "Fix what clippy says";
    let lint = ["clippy", "--target", TARGET, "--lib", "--bins"];
    let mut page = toolchain.cargo(project);
    page.args(lint).env("CARGO_TARGET_DIR", recipe::page_target(project));
    run(page.args(["--", "-D", "warnings"]), remedy)?;
    let mut workers = recipe::threaded_cargo(project, toolchain, &lint);
    workers.args(["--no-default-features", "--features", "threads,relaxed"]);
    run(workers.args(["--", "-D", "warnings"]), remedy)
}
