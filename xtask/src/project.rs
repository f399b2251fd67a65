//! Where things are, and the versions that Cargo.lock records.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The folders that the tasks work in.
#[derive(Debug, Clone)]
pub struct Project {
    /// The repository.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
    /// The built site.
    pub dist: PathBuf,
    /// Where tools are kept from one clone to the next.
    pub tools: PathBuf,
}

impl Project {
    /// Finds the folders from what cargo and the system say.
    ///
    /// # Errors
    /// Where there is no home folder to keep tools in.
    pub fn locate() -> Result<Self, Failure> {
        let manifest =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().unwrap_or(&manifest).to_owned();
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |target| root.join(target));
        let cache = cache_folder().ok_or_else(|| {
            Failure::new(
                "there is no place to keep tools in",
                "Set HOME (or XDG_CACHE_HOME) to a folder that you may write to",
            )
        })?;
        Ok(Self { dist: root.join("dist"), tools: cache.join("spanwise").join("tools"), root, target })
    }

    /// The version of a package in Cargo.lock.
    ///
    /// # Errors
    /// Where Cargo.lock cannot be read, or does not have the package.
    pub fn locked_version(&self, package: &str) -> Result<String, Failure> {
        let path = self.root.join("Cargo.lock");
        let lock = fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))?;
        locked_version(&lock, package).ok_or_else(|| {
            Failure::new(
                format!("Cargo.lock has no {package}"),
                "Run `cargo generate-lockfile`, or take Cargo.lock from the repository",
            )
        })
    }
}

/// Per-user folder for what can be made again: `XDG_CACHE_HOME`, else `~/.cache`, else the one of Windows.
fn cache_folder() -> Option<PathBuf> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .or_else(|| absolute("LOCALAPPDATA"))
}

fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().map(str::trim).skip_while(|line| *line != name).skip(1);
    let version = lines.next()?.strip_prefix("version = \"")?;
    Some(version.strip_suffix('"')?.to_owned())
}

/// The first folder of PATH that has this program, with the program's file name.
pub fn find_in_path(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&file)).find(|path| is_program(path))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"wasm-bindgen-backend\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"registry\"\n";

    #[test]
    fn the_version_is_that_of_exactly_this_package() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(LOCK, "wasm"), None);
    }

    #[test]
    fn programs_are_found_in_the_path_and_other_names_are_not() {
        assert!(find_in_path("cargo").is_some());
        assert!(find_in_path("no-such-program-anywhere").is_none());
    }
}
