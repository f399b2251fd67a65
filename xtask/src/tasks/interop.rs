//! `cargo xtask interop`: what PyTorch and transformers make of our files, and we of theirs.

use crate::exec::{command, run, run_attached, stage};
use crate::failure::Failure;
use crate::project::Project;
use crate::setup::python;

/// Makes the Python environment, builds the command line, and compares.
///
/// # Errors
/// Where the environment cannot be made, the build fails, or something differs.
pub fn compare(project: &Project, args: &[String]) -> Result<(), Failure> {
    let python = python::ensure(project, "interop", &project.root.join("tests/interop/requirements.txt"))?;
    stage("command line: release build", || {
        run(command(project, "cargo").args(["build", "--release", "--bin", "spanwise"]), "Fix what the compiler says")
    })?;
    let binary = project.target.join("release").join(format!("spanwise{}", std::env::consts::EXE_SUFFIX));
    let mut comparison = command(project, python);
    comparison.arg("tests/interop/run.py").arg("--binary").arg(binary).args(args);
    stage("comparison with PyTorch and transformers", || run_attached(&mut comparison, "See what differs above"))
}
