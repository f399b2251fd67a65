//! Python environments of their own for what needs PyTorch.

use std::fs;
use std::path::{Path, PathBuf};

use crate::exec::{command, run, stage};
use crate::failure::Failure;
use crate::project::{Project, find_in_path};

/// The Python of the environment of that name, made anew where its requirements have changed.
///
/// # Errors
/// Where Python is missing or a package cannot be had.
pub fn ensure(project: &Project, name: &str, requirements: &Path) -> Result<PathBuf, Failure> {
    environment(project, name, requirements, &[])
}

/// The same without the packages that its requirements would bring along.
///
/// # Errors
/// As [`ensure`].
pub fn ensure_alone(project: &Project, name: &str, requirements: &Path) -> Result<PathBuf, Failure> {
    environment(project, name, requirements, &["--no-deps"])
}

fn environment(project: &Project, name: &str, requirements: &Path, flags: &[&str]) -> Result<PathBuf, Failure> {
    let wanted = fs::read_to_string(requirements).map_err(|error| Failure::file(requirements, &error))?;
    let folder = project.target.join(name);
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let stamp = folder.join("installed.txt");
    if python.exists() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        println!("==> the Python environment is up to date");
        return Ok(python);
    }
    stage("set-up: Python environment (several GB, once)", || {
        let system = find_in_path("python3").or_else(|| find_in_path("python"));
        let system =
            system.ok_or_else(|| Failure::new("there is no python3 on PATH", "Install Python 3.10 or newer"))?;
        let remedy = "Install Python's venv: `sudo apt-get install python3-venv` (Debian)";
        run(command(project, system).args(["-m", "venv", "--clear"]).arg(&folder), remedy)?;
        let mut pip = command(project, &python);
        pip.args(["-m", "pip", "install", "--disable-pip-version-check"])
            .args(flags)
            .arg("--requirement")
            .arg(requirements);
        run(&mut pip, "See that this machine reaches the Python package index, and that 8 GB of disk are free")?;
        fs::write(&stamp, &wanted).map_err(|error| Failure::file(&stamp, &error))
    })?;
    Ok(python)
}
