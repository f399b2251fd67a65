//! `cargo xtask bench`: sets up the anchors, lays out a site with all that is measured in a browser, and runs the benchmarks.

use std::fs;
use std::path::{Path, PathBuf};

use super::cuda::Toolkit;
use crate::build;
use crate::exec::{command, run as run_quietly, run_attached, stage};
use crate::failure::Failure;
use crate::project::{Project, find_in_path};
use crate::setup::browser::{self, CHROMEDRIVER, CHROMIUM};
use crate::setup::python;

/// The browser's anchor, an npm package.
const ONNX_RUNTIME: &str = "onnxruntime-web@1.30.0";

/// Sections that measure no browser, so that none is set up for them alone, and no site.
const NATIVE: [&str; 2] = ["native", "gpu"];

/// Runs the sections that are named, or all.
///
/// # Errors
/// Where the set-up or a section fails.
pub fn run(project: &Project, sections: &[String]) -> Result<(), Failure> {
    let python = python::ensure(project, "bench-python", &project.root.join("benches/requirements.txt"))?;
    let site = project.target.join("bench-site");
    let mut bench = command(project, "cargo");
    bench.args(["run", "--release", "--package", "spanwise-bench", "--bin", "bench"]);
    // The section `gpu` says that it measures nothing where there is none.
    if find_in_path("nvidia-smi").is_some() {
        bench.args(["--features", "cuda"]);
        Toolkit::ensure(project)?.apply(&mut bench);
    }
    bench.arg("--").args(sections);
    if sections.is_empty() || sections.iter().any(|section| !NATIVE.contains(&section.as_str())) {
        let browser = browser::ensure(project)?;
        build::ensure(project)?;
        lay_out(project, &python, &site)?;
        bench.env(CHROMIUM, browser.chromium).env(CHROMEDRIVER, browser.chromedriver);
    }
    bench.env("SPANWISE_BENCH_SITE", site).env("SPANWISE_PYTHON", python);
    stage("benchmarks", || run_attached(&mut bench, "See what failed above"))
}

/// The page, our wasm for the benchmarks, ONNX Runtime Web and its models, in one folder.
fn lay_out(project: &Project, python: &Path, site: &Path) -> Result<(), Failure> {
    copy(&project.dist, site)?;
    copy(&project.root.join("benches/web"), &site.join("bench"))?;
    build::bench_subject(project, &site.join("bench/fast"))?;
    copy(&onnx_runtime(project)?, &site.join("ort"))?;
    let models = site.join("onnx");
    if !models.join("default.int8.onnx").is_file() {
        stage("set-up: models for ONNX Runtime", || {
            let mut export = command(project, python);
            export.arg("benches/onnx_export.py").arg(&models).arg("public/models/default");
            run_quietly(&mut export, "See what Python says")
        })?;
    }
    Ok(())
}

/// The folder of ONNX Runtime Web's files.
fn onnx_runtime(project: &Project) -> Result<PathBuf, Failure> {
    let folder = project.target.join("bench-npm");
    let files = folder.join("node_modules/onnxruntime-web/dist");
    if !files.join("ort.wasm.min.mjs").is_file() {
        stage("set-up: ONNX Runtime Web", || {
            let remedy = "Install Node.js with npm";
            let npm = find_in_path("npm").ok_or_else(|| Failure::new("there is no npm on PATH", remedy))?;
            fs::create_dir_all(&folder).map_err(|error| Failure::file(&folder, &error))?;
            let mut install = command(project, npm);
            install.args(["install", "--ignore-scripts", "--no-save", "--prefix"]).arg(&folder).arg(ONNX_RUNTIME);
            run_quietly(&mut install, "See that this machine reaches the package registry")
        })?;
    }
    Ok(files)
}

/// Copies a folder's files over those of another.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| Failure::file(&path, &error)
    };
    fs::create_dir_all(to).map_err(failed(to))?;
    for entry in fs::read_dir(from).map_err(failed(from))? {
        let path = entry.map_err(failed(from))?.path();
        let Some(name) = path.file_name() else { continue };
        let target = to.join(name);
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(failed(&path))?;
        }
    }
    Ok(())
}
