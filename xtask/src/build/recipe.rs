//! How the parts of the site are built. A change here makes the next build a new one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Tools;
use crate::exec::run;
use crate::failure::Failure;
use crate::project::Project;
use crate::setup::toolchain::{TARGET, Toolchain, build_std};
use crate::setup::tools::path_with;

/// A build of the worker with threads.
#[derive(Debug, Clone, Copy)]
pub struct Threaded {
    /// Name of the build, and of its folder below `worker/`.
    pub name: &'static str,
    features: &'static str,
    /// Packages with relaxed SIMD: our own, so that the dependencies are built once for both.
    relaxed: &'static [&'static str],
}

/// The two builds differ in our own crate only, so that their dependencies are built once.
pub const THREADED: [Threaded; 2] = [
    Threaded { name: "threads", features: "threads", relaxed: &[] },
    Threaded { name: "fast", features: "threads,relaxed", relaxed: &["spanwise"] },
];

/// Replaces the flags in `.cargo/config.toml`. One memory of up to 4 GiB is imported and shared;
/// wasm-bindgen needs the exports to give each thread a stack and its thread-local storage.
///
/// The two arguments for LLVM keep the tile of the multiplication as it is written, a load beside its use and its place a constant:
/// what LLVM makes of it otherwise has more values alive than V8 has registers, and takes a quarter of the speed.
const THREADED_FLAGS: &str = "-C target-feature=+simd128,+atomics,+bulk-memory,+mutable-globals \
    -C llvm-args=-pre-RA-sched=source -C llvm-args=-disable-lsr \
    --cfg getrandom_backend=\"wasm_js\" \
    -C link-arg=--shared-memory -C link-arg=--import-memory -C link-arg=--max-memory=4294967296 \
    -C link-arg=--export=__wasm_init_tls -C link-arg=--export=__tls_size -C link-arg=--export=__tls_align \
    -C link-arg=--export=__tls_base -C link-arg=--export=__heap_base";

const REMEDY: &str =
    "Fix what the compiler says. If it is about the toolchain or a tool and not the code, look at the set-up above";

/// Where trunk's builds go: not among the native ones, so that neither waits for the other.
pub fn page_target(project: &Project) -> PathBuf {
    project.target.join("wasm")
}

fn threaded_target(project: &Project) -> PathBuf {
    project.target.join("threads")
}

/// Downloads the dependencies; what follows stays offline.
pub fn fetch(project: &Project, toolchain: &Toolchain) -> Result<(), Failure> {
    let mut cargo = toolchain.cargo(project);
    // The threaded workers need the library's own dependencies as well.
    build_std(&mut cargo);
    run(
        cargo.args(["fetch", "--target", TARGET]),
        "See that this machine reaches the package registry, and run the task again",
    )
}

/// Page, baseline worker, style sheet and public files.
pub fn page(project: &Project, toolchain: &Toolchain, tools: &Tools) -> Result<(), Failure> {
    let mut trunk = toolchain.program(project, &tools.trunk);
    trunk
        .args(["build", "--release", "--offline", "--dist"])
        .arg(&project.dist)
        .env("PATH", path_with(&[tools.wasm_bindgen.clone(), tools.trunk.clone()]))
        .env("CARGO_TARGET_DIR", page_target(project))
        // trunk takes NO_COLOR for a flag with a value, and fails where it is set to 1.
        .env_remove("NO_COLOR");
    run(&mut trunk, REMEDY)
}

/// One worker with threads, into its folder below `dist/worker/`.
pub fn threaded(project: &Project, toolchain: &Toolchain, tools: &Tools, build: Threaded) -> Result<(), Failure> {
    let what = ["--bin", "worker", "--no-default-features", "--features", build.features];
    let wasm = threaded_wasm(project, toolchain, "worker", &what, build.relaxed, "worker.wasm")?;
    bind(project, tools, &wasm, "worker", &project.dist.join("worker").join(build.name))
}

/// What the benchmarks call in a browser, with the flags of the build `fast`.
pub fn bench_subject(project: &Project, toolchain: &Toolchain, tools: &Tools, folder: &Path) -> Result<(), Failure> {
    let what = ["--package", "spanwise-bench", "--lib", "--features", "threads,relaxed"];
    // The libraries beside ours have kernels for relaxed SIMD, too; the fourth, gemm, has none.
    let relaxed = ["spanwise", "rten-gemm", "rten-simd", "tract-linalg"];
    // candle is an anchor here, and gets what a program of its own would give it.
    let wasm = threaded_wasm(project, toolchain, "release", &what, &relaxed, "bench_subject.wasm")?;
    bind(project, tools, &wasm, "bench_subject", folder)
}

/// Builds with threads in a profile of `Cargo.toml`, some packages with relaxed SIMD.
fn threaded_wasm(
    project: &Project,
    toolchain: &Toolchain,
    profile: &str,
    what: &[&str],
    relaxed: &[&str],
    file: &str,
) -> Result<PathBuf, Failure> {
    let mut cargo =
        threaded_cargo(project, toolchain, &["build", "--profile", profile, "--offline", "--target", TARGET]);
    cargo.args(what);
    for package in relaxed {
        let flags = format!("profile.{profile}.package.{package}.rustflags=[\"-Ctarget-feature=+relaxed-simd\"]");
        cargo.args(["-Zprofile-rustflags", "--config"]).arg(flags);
    }
    run(&mut cargo, REMEDY)?;
    Ok(threaded_target(project).join(TARGET).join(profile).join(file))
}

/// Cargo for the threaded workers.
pub fn threaded_cargo(project: &Project, toolchain: &Toolchain, args: &[&str]) -> Command {
    let mut cargo = toolchain.cargo(project);
    build_std(&mut cargo);
    cargo.args(args).env("RUSTFLAGS", THREADED_FLAGS).env("CARGO_TARGET_DIR", threaded_target(project));
    cargo
}

fn bind(project: &Project, tools: &Tools, wasm: &Path, name: &str, folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
    }
    let mut wasm_bindgen = crate::exec::command(project, &tools.wasm_bindgen);
    wasm_bindgen.args(["--target", "web", "--no-typescript", "--remove-name-section", "--out-name", name, "--out-dir"]);
    wasm_bindgen.arg(folder).arg(wasm);
    run(&mut wasm_bindgen, REMEDY)
}
