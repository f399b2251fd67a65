//! Debian's packages, where we may install them.

use std::path::Path;
use std::process::Command;

use crate::exec::{capture, command, run};
use crate::failure::Failure;
use crate::project::{Project, find_in_path};

/// Whether `apt-get install` can work: a Debian or a relative of it, and we are root.
pub fn can_install() -> bool {
    Path::new("/etc/debian_version").is_file() && find_in_path("apt-get").is_some() && is_root()
}

/// The command that a person would type for these packages.
pub fn by_hand(packages: &[&str]) -> String {
    format!("`sudo apt-get install {}` (Debian)", packages.join(" "))
}

/// Installs packages.
///
/// # Errors
/// Where apt-get fails.
pub fn install(project: &Project, packages: &[&str]) -> Result<(), Failure> {
    let remedy = format!("See what apt-get says; then install by hand: {}", by_hand(packages));
    // A fresh image has no package lists. Where they cannot be had, the ones that are there may do.
    let updated = run(apt_get(project).arg("update"), "See what apt-get says about its sources");
    let installed = run(apt_get(project).args(["install", "--yes", "--no-install-recommends"]).args(packages), &remedy);
    match (updated, installed) {
        (_, Ok(())) => Ok(()),
        (Ok(()), Err(failure)) => Err(failure),
        (Err(update), Err(failure)) => {
            Err(Failure { what: format!("{}; before that, {}", failure.what, update.what), ..failure })
        }
    }
}

fn apt_get(project: &Project) -> Command {
    let mut apt_get = command(project, "apt-get");
    apt_get.env("DEBIAN_FRONTEND", "noninteractive");
    apt_get
}

fn is_root() -> bool {
    capture(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0")
}
