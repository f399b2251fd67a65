//! `cargo xtask check`: all that is not a test, the cheapest first.

use std::path::{Path, PathBuf};

use crate::build;
use crate::exec::{capture, command, run, stage};
use crate::failure::Failure;
use crate::lint;
use crate::project::Project;
use crate::setup::tools::{self, Tool};
use crate::setup::{components, toolchain};

/// Runs every check, also after one that failed.
///
/// # Errors
/// With the names of the checks that failed; what they found is printed where it happens.
pub fn all(project: &Project) -> Result<(), Failure> {
    type Check = (&'static str, fn(&Project) -> Result<(), Failure>);
    const CHECKS: [Check; 5] = [
        ("imports", imports),
        ("formatting", formatting),
        ("dependencies", dependencies),
        ("clippy", clippy),
        ("clippy for wasm", clippy_for_wasm),
    ];
    let mut failed = Vec::new();
    for (name, check) in CHECKS {
        if let Err(failure) = stage(&format!("check: {name}"), || check(project)) {
            eprintln!("{failure}");
            failed.push(name);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        format!("{} of {} checks failed: {}", failed.len(), CHECKS.len(), failed.join(", ")),
        "See each of them above",
    ))
}

fn imports(project: &Project) -> Result<(), Failure> {
    let found = lint::check(&project.root.join("src"))?;
    if found.is_empty() {
        return Ok(());
    }
    let what = format!("{} imports go against the direction of the dependencies", found.len());
    Err(Failure {
        tail: found,
        ..Failure::new(what, "Move the item to where both may see it; the order is in xtask/src/lint.rs")
    })
}

fn formatting(project: &Project) -> Result<(), Failure> {
    components::ensure_native(project)?;
    run(command(project, "cargo").args(["fmt", "--all", "--check"]), "Run `cargo fmt --all`")
}

fn clippy(project: &Project) -> Result<(), Failure> {
    components::ensure_native(project)?;
    let mut cargo = command(project, "cargo");
    cargo.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    run(&mut cargo, "Fix what clippy says")
}

fn clippy_for_wasm(project: &Project) -> Result<(), Failure> {
    let toolchain = toolchain::ensure(project)?;
    components::ensure_wasm_clippy(project, &toolchain)?;
    build::clippy(project, &toolchain)
}

/// Licences, sources and bans always; advisories where their database can be had.
fn dependencies(project: &Project) -> Result<(), Failure> {
    let found = tools::ensure(project, &[Tool::cargo_deny()])?;
    let deny = |args: &[&str]| {
        let mut deny = command(project, &found[0]);
        deny.args(["--all-features"]).args(args);
        deny
    };
    let remedy = "Look at deny.toml: it says what is allowed, and why";
    run(deny(&["check", "bans", "licenses", "sources"]).arg("--hide-inclusion-graph"), remedy)?;
    if capture(&mut deny(&["fetch", "db"])).is_none() && !has_database() {
        println!("    ADVISORIES NOT CHECKED: the database of known vulnerabilities cannot be had from here");
        return Ok(());
    }
    run(&mut deny(&["--offline", "check", "advisories"]), "Update what has the advisory: `cargo update -p PACKAGE`")
}

/// Whether cargo-deny has fetched the database before: beside its lock it keeps a folder for each source.
fn has_database() -> bool {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cargo")));
    let entries = home.and_then(|home| std::fs::read_dir(home.join("advisory-dbs")).ok());
    entries.is_some_and(|mut entries| entries.any(|entry| entry.is_ok_and(|entry| entry.path().is_dir())))
}
