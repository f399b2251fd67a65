//! The tools that builds and checks call, in the versions that they need.
//!
//! A tool is taken from PATH where its version fits, else from a folder per user, else it is built into that folder, without
//! link-time optimisation, which would take most of the time and make nothing better.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::exec::{capture, command, run, stage};
use crate::failure::Failure;
use crate::project::{Project, find_in_path};

/// Which versions of a tool will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// This one only.
    Exact,
    /// This one, and other releases of the same minor version.
    Minor,
}

/// A program that cargo can install.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Name of the package.
    pub package: &'static str,
    /// Name of the program.
    pub program: &'static str,
    /// The version that is installed where none fits.
    pub version: String,
    /// Which others will do.
    pub fit: Fit,
    /// What is built beyond the program's core.
    features: Features,
}

/// Which of a package's optional parts are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Features {
    /// Those that the package proposes.
    Proposed,
    /// None: what reaches the network, and its cryptography, is never called here and takes a fifth of the time.
    None,
}

impl Tool {
    /// wasm-bindgen, in exactly the version of the library in Cargo.lock: the two speak a private language.
    ///
    /// # Errors
    /// Where Cargo.lock cannot be read.
    pub fn wasm_bindgen(project: &Project) -> Result<Self, Failure> {
        let version = project.locked_version("wasm-bindgen")?;
        Ok(Self {
            package: "wasm-bindgen-cli",
            program: "wasm-bindgen",
            version,
            fit: Fit::Exact,
            features: Features::None,
        })
    }

    /// trunk; 0.22 needs a younger compiler than this project does.
    pub fn trunk() -> Self {
        Self {
            package: "trunk",
            program: "trunk",
            version: "0.21.14".to_owned(),
            fit: Fit::Exact,
            features: Features::None,
        }
    }

    /// cargo-deny.
    pub fn cargo_deny() -> Self {
        Self {
            package: "cargo-deny",
            program: "cargo-deny",
            version: "0.20.2".to_owned(),
            fit: Fit::Minor,
            features: Features::Proposed,
        }
    }

    fn fits(&self, version: &str) -> bool {
        let minor = |version: &str| version.rsplit_once('.').map(|(minor, _)| minor.to_owned());
        version == self.version || (self.fit == Fit::Minor && minor(version) == minor(&self.version))
    }

    fn program_fits(&self, program: &Path) -> bool {
        let says = capture(Command::new(program).arg("--version"));
        says.as_deref().and_then(version_in).is_some_and(|version| self.fits(version))
    }

    /// Its place among the tools of this user.
    fn folder(&self, project: &Project) -> PathBuf {
        project.tools.join(format!("{}-{}", self.program, self.version))
    }

    /// The program where it is there in a fitting version; nothing is installed.
    pub fn find(&self, project: &Project) -> Option<PathBuf> {
        let cached = self.folder(project).join("bin").join(format!("{}{}", self.program, env::consts::EXE_SUFFIX));
        let found = find_in_path(self.program).into_iter().chain([cached]);
        found.into_iter().find(|program| program.is_file() && self.program_fits(program))
    }
}

/// The programs, each built where it is missing.
///
/// # Errors
/// Where one of them cannot be built.
pub fn ensure(project: &Project, tools: &[Tool]) -> Result<Vec<PathBuf>, Failure> {
    let missing: Vec<&Tool> = tools.iter().filter(|tool| tool.find(project).is_none()).collect();
    for tool in &missing {
        stage(&format!("set-up: {} {} (once, some minutes)", tool.program, tool.version), || install(project, tool))?;
    }
    if !missing.is_empty() {
        // Shared by the tools that were missing; about a gigabyte that nobody needs again.
        let _ = fs::remove_dir_all(build_folder(project));
    }
    tools.iter().map(|tool| tool.find(project).ok_or_else(|| not_found(tool))).collect()
}

/// PATH with the folders of these programs in front.
pub fn path_with(programs: &[PathBuf]) -> OsString {
    let before = programs.iter().filter_map(|program| program.parent().map(Path::to_owned));
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(before.chain(env::split_paths(&path))).unwrap_or(path)
}

/// With the versions that the tool was released with; where one of them is not to be had, with what fits.
fn install(project: &Project, tool: &Tool) -> Result<(), Failure> {
    let remedy = format!(
        "Run `cargo install {}@{}` by hand, and see what it says; the task takes the program from PATH",
        tool.package, tool.version
    );
    let attempt = |locked: bool| {
        let mut cargo = command(project, "cargo");
        cargo.arg("install").arg(format!("{}@{}", tool.package, tool.version)).args(["--bin", tool.program]);
        cargo.arg("--root").arg(tool.folder(project)).arg("--target-dir").arg(build_folder(project));
        cargo.args(locked.then_some("--locked"));
        cargo.args((tool.features == Features::None).then_some("--no-default-features"));
        for flags in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
            cargo.env_remove(flags);
        }
        cargo
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
            .env("CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS", "fallback");
        run(&mut cargo, &remedy)
    };
    attempt(true).or_else(|_| {
        println!("    That did not work with the versions that {} was released with: trying with others", tool.program);
        attempt(false)
    })
}

fn build_folder(project: &Project) -> PathBuf {
    project.tools.join("build")
}

fn not_found(tool: &Tool) -> Failure {
    let what = format!("{} {} was installed and does not run", tool.program, tool.version);
    Failure::new(what, format!("Run `{} --version` and see what it says", tool.program))
}

/// The version in what a program says of itself, like `trunk 0.21.14`.
fn version_in(says: &str) -> Option<&str> {
    let is_version = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.');
    says.lines().next()?.split_whitespace().find(is_version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        assert_eq!(version_in("wasm-bindgen 0.2.130\n"), Some("0.2.130"));
        assert_eq!(version_in("wasm-bindgen 0.2.130 (a1b2c3 2026-01-01)"), Some("0.2.130"));
        assert_eq!(version_in("Chromium 156.0.8078.108 built on Debian"), Some("156.0.8078.108"));
        assert_eq!(version_in("no version"), None);
        assert_eq!(version_in(""), None);
    }

    #[test]
    fn an_exact_tool_takes_no_neighbour_and_others_take_the_same_minor() {
        let (trunk, deny) = (Tool::trunk(), Tool::cargo_deny());
        assert!(trunk.fits("0.21.14") && !trunk.fits("0.21.13") && !trunk.fits("0.22.1"));
        assert!(deny.fits("0.20.2") && deny.fits("0.20.9") && !deny.fits("0.19.2"));
    }

    #[test]
    fn tools_come_first_in_the_path() {
        let path = path_with(&[PathBuf::from("/tools/trunk/bin/trunk")]);
        assert_eq!(env::split_paths(&path).next(), Some(PathBuf::from("/tools/trunk/bin")));
    }
}
