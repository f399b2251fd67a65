//! rustfmt and clippy, for the toolchain in use and for the one that builds for wasm.

use super::debian;
use super::toolchain::Toolchain;
use crate::exec::{capture, command, run};
use crate::failure::Failure;
use crate::project::Project;

/// Sees that rustfmt and clippy run with the toolchain in use.
///
/// # Errors
/// Where one is missing and rustup cannot add it.
pub fn ensure_native(project: &Project) -> Result<(), Failure> {
    for (program, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if capture(command(project, "cargo").args([program, "--version"])).is_none() {
            let remedy = format!("Run `rustup component add {component}`, and see what it says");
            run(command(project, "rustup").args(["component", "add", component]), &remedy)?;
        }
    }
    Ok(())
}

/// Sees that clippy runs with the toolchain that builds for wasm.
///
/// # Errors
/// Where it is missing and cannot be installed.
pub fn ensure_wasm_clippy(project: &Project, toolchain: &Toolchain) -> Result<(), Failure> {
    let runs = || capture(toolchain.cargo(project).args(["clippy", "--version"])).is_some();
    let packages = ["rust-web-clippy"];
    let remedy = format!("Install it: {}", debian::by_hand(&packages));
    if !runs() && debian::can_install() {
        debian::install(project, &packages)?;
    }
    if runs() { Ok(()) } else { Err(Failure::new("the toolchain that builds for wasm has no clippy", remedy)) }
}
