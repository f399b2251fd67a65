//! The Rust toolchain that builds for wasm.
//!
//! The threaded workers need the standard library rebuilt with atomics, so its source must be there. A toolchain that has
//! the source and not the ready-made library builds the page with its own as well. In this order: the toolchain in use,
//! the one that an earlier run linked, what rustup can fetch, Debian's packages.

use std::path::Path;
use std::process::Command;

use super::debian;
use crate::exec::{capture, command, run, stage};
use crate::failure::Failure;
use crate::project::{Project, find_in_path};

/// The target of page and workers.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Name under which rustup knows Debian's toolchain.
const LINKED: &str = "spanwise-web";

/// rustc-web is a younger rustc than Debian's own, packaged for its browsers; the rest is what it needs for wasm.
const PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];

/// A toolchain, and what it has for wasm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// How rustup calls it; `None` for the one in use.
    pub name: Option<&'static str>,
    /// What `rustc -vV` says.
    pub version: String,
    /// Whether it has a ready-made standard library for wasm.
    pub has_library: bool,
    /// Whether it has the source of the standard library.
    pub has_source: bool,
}

impl Toolchain {
    /// Looks at a toolchain; `None` where there is no such thing.
    fn look(project: &Project, name: Option<&'static str>) -> Option<Self> {
        let rustc = || with_name(command(project, "rustc"), name);
        let version = capture(rustc().arg("-vV"))?;
        let sysroot = capture(rustc().args(["--print", "sysroot"]))?;
        let rustlib = Path::new(sysroot.trim()).join("lib").join("rustlib");
        Some(Self {
            name,
            version,
            has_library: rustlib.join(TARGET).join("lib").is_dir(),
            has_source: rustlib.join("src/rust/library/Cargo.toml").is_file(),
        })
    }

    /// Cargo of this toolchain, for wasm: flags that people set for native builds are kept away.
    pub fn cargo(&self, project: &Project) -> Command {
        self.program(project, "cargo")
    }

    /// Any program that calls cargo, made to use this toolchain.
    pub fn program(&self, project: &Project, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut program = with_name(command(project, program), self.name);
        for flags in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
            program.env_remove(flags);
        }
        if !self.has_library {
            build_std(&mut program);
        }
        program
    }

    /// The toolchain in one line, for people.
    pub fn describe(&self) -> String {
        let release = self.version.lines().next().unwrap_or_default();
        let library = if self.has_library { "its own wasm library" } else { "a wasm library built from source" };
        format!("{release}, with {library}")
    }
}

/// Makes cargo build the standard library. That is unstable, and the variable allows it with a stable compiler.
pub fn build_std(cargo: &mut Command) {
    cargo.env("RUSTC_BOOTSTRAP", "1").env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
}

/// The toolchain for wasm, where one is there; nothing is installed.
pub fn find(project: &Project) -> Option<Toolchain> {
    let complete = |name| Toolchain::look(project, name).filter(|toolchain| toolchain.has_source);
    complete(None).or_else(|| has_rustup().then(|| complete(Some(LINKED))).flatten())
}

/// The toolchain for wasm, set up where it is missing.
///
/// # Errors
/// Where neither rustup nor Debian has it.
pub fn ensure(project: &Project) -> Result<Toolchain, Failure> {
    if let Some(toolchain) = find(project) {
        return Ok(toolchain);
    }
    stage("set-up: standard library for wasm", || {
        let fetched = fetch(project);
        if let Some(toolchain) = find(project) {
            return Ok(toolchain);
        }
        if debian::can_install() {
            println!("    rustup could not fetch it: taking Debian's packages");
            debian::install(project, &PACKAGES)?;
            link(project)?;
        }
        find(project).ok_or_else(|| match fetched {
            Err(failure) => Failure { remedy: remedy(), ..failure },
            Ok(()) => Failure::new(format!("no Rust toolchain here can build for {TARGET}"), remedy()),
        })
    })
}

/// Asks rustup for library and source; the first build needs both.
fn fetch(project: &Project) -> Result<(), Failure> {
    if !has_rustup() {
        return Err(Failure::new("there is no rustup on PATH", remedy()));
    }
    run(command(project, "rustup").args(["target", "add", TARGET]), &remedy())?;
    run(command(project, "rustup").args(["component", "add", "rust-src"]), &remedy())
}

fn link(project: &Project) -> Result<(), Failure> {
    if !has_rustup() {
        return Ok(());
    }
    let remedy = format!("Run `rustup toolchain link {LINKED} /usr` by hand, and see what it says");
    run(command(project, "rustup").args(["toolchain", "link", LINKED, "/usr"]), &remedy)
}

fn has_rustup() -> bool {
    find_in_path("rustup").is_some()
}

fn with_name(mut command: Command, name: Option<&str>) -> Command {
    if let Some(name) = name {
        command.env("RUSTUP_TOOLCHAIN", name);
    }
    command
}

fn remedy() -> String {
    format!(
        "With rustup and a network: `rustup target add {TARGET}` and `rustup component add rust-src`. Without: {}, then \
         `rustup toolchain link {LINKED} /usr`. Then run the task again",
        debian::by_hand(&PACKAGES)
    )
}
