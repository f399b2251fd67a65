//! Running other programs: shown before they run, watched while they run, quoted when they fail.

use std::collections::VecDeque;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::project::Project;

/// So many of the last lines are quoted when a command fails.
const TAIL_LINES: usize = 20;

/// Says what begins, and when it is done how long it took.
///
/// # Errors
/// Those of the work.
pub fn stage<T>(what: &str, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    println!("==> {what}");
    let start = Instant::now();
    let done = work();
    let outcome = if done.is_ok() { "done" } else { "failed" };
    println!("    {what}: {outcome} after {}", seconds(start.elapsed()));
    done
}

/// A duration as people say it.
pub fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    if whole < 60 { format!("{:.1} s", duration.as_secs_f32()) } else { format!("{} min {} s", whole / 60, whole % 60) }
}

/// Runs a command, passing on what it prints.
///
/// # Errors
/// With the command, the end of its output and the remedy, where it cannot be started or its status is not 0.
pub fn run(command: &mut Command, remedy: &str) -> Result<(), Failure> {
    let shown = show(command);
    println!("    $ {shown}");
    let cannot = |error: io::Error| Failure::new(format!("`{shown}` could not be run: {error}"), remedy);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(cannot)?;
    let tail = Tail::default();
    let out = child.stdout.take().map(|pipe| tail.follow(pipe, io::stdout()));
    let err = child.stderr.take().map(|pipe| tail.follow(pipe, io::stderr()));
    let status = child.wait().map_err(cannot)?;
    for reader in [out, err].into_iter().flatten() {
        // A reader that panicked has lost output and nothing else.
        let _ = reader.join();
    }
    if status.success() {
        return Ok(());
    }
    Err(Failure { tail: tail.lines(), ..Failure::new(format!("`{shown}` failed ({status})"), remedy) })
}

/// Runs a command that has the terminal to itself, so that its colours and progress are seen.
///
/// # Errors
/// As [`run`], without the output, which was just seen.
pub fn run_attached(command: &mut Command, remedy: &str) -> Result<(), Failure> {
    let shown = show(command);
    println!("    $ {shown}");
    let status =
        command.status().map_err(|error| Failure::new(format!("`{shown}` could not be run: {error}"), remedy))?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("`{shown}` failed ({status})"), remedy)) }
}

/// What a command prints on stdout; `None` where it fails or cannot be started.
pub fn capture(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A command in the repository that does not inherit what the cargo which runs us set for us.
pub fn command(project: &Project, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(&project.root);
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_set_by_cargo) {
            command.env_remove(name);
        }
    }
    if let Some(paths) = env::var_os("LD_LIBRARY_PATH") {
        let kept = own_library_path(&paths, &project.target);
        if kept.is_empty() {
            command.env_remove("LD_LIBRARY_PATH")
        } else {
            command.env("LD_LIBRARY_PATH", kept)
        };
    }
    command
}

fn is_set_by_cargo(name: &str) -> bool {
    matches!(name, "CARGO" | "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE" | "OUT_DIR" | "RUST_RECURSION_COUNT")
        || ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|prefix| name.starts_with(prefix))
}

/// `cargo run` puts its target folder and the toolchain's libraries in front: another toolchain must not find them.
fn own_library_path(paths: &OsStr, target: &Path) -> OsString {
    let of_cargo =
        |path: &Path| path.starts_with(target) || path.components().any(|part| part.as_os_str() == "toolchains");
    let kept: Vec<_> = env::split_paths(paths).filter(|path| !path.as_os_str().is_empty() && !of_cargo(path)).collect();
    env::join_paths(kept).unwrap_or_default()
}

/// The command as one would type it, with the variables that it sets. PATH is left out: it only adds the tools.
fn show(command: &Command) -> String {
    let mut shown = String::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value.filter(|_| name != "PATH" && name != "LD_LIBRARY_PATH") {
            let _ = write!(shown, "{}={} ", name.display(), quoted(value));
        }
    }
    shown.push_str(&quoted(command.get_program()));
    for arg in command.get_args() {
        let _ = write!(shown, " {}", quoted(arg));
    }
    shown
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_=+./,:@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// The last lines of two streams, in the order in which they came.
#[derive(Clone, Default)]
struct Tail(Arc<Mutex<VecDeque<String>>>);

impl Tail {
    fn follow(
        &self,
        pipe: impl Read + Send + 'static,
        mut echo: impl Write + Send + 'static,
    ) -> thread::JoinHandle<()> {
        let tail = self.clone();
        thread::spawn(move || {
            let mut lines = BufReader::new(pipe);
            let mut line = Vec::new();
            while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                // Where nobody listens any more the command still has to come to its end.
                let _ = echo.write_all(&line);
                tail.push(String::from_utf8_lossy(&line).trim_end().to_owned());
                line.clear();
            }
        })
    }

    fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_back(line);
        if lines.len() > TAIL_LINES {
            lines.pop_front();
        }
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_failed_command_is_quoted_with_the_end_of_its_output_and_the_remedy() {
        let failure = run(&mut sh("seq 1 100; exit 3"), "do this").expect_err("status 3");
        assert!(failure.what.contains("seq 1 100") && failure.what.contains('3'), "{}", failure.what);
        assert_eq!((failure.tail.len(), failure.tail.last().map(String::as_str)), (TAIL_LINES, Some("100")));
        assert_eq!(failure.remedy, "do this");
        // Both streams; which of them comes first is the system's affair.
        let failure = run(&mut sh("echo out; echo lost >&2; exit 3"), "do this").expect_err("status 3");
        assert!(failure.tail.contains(&"lost".to_owned()) && failure.tail.contains(&"out".to_owned()));
    }

    #[test]
    fn a_program_that_is_not_there_fails_with_the_remedy() {
        let failure = run(&mut Command::new("no-such-program-anywhere"), "install it").expect_err("not there");
        assert!(failure.what.contains("could not be run"));
        assert_eq!(failure.remedy, "install it");
    }

    #[test]
    fn success_is_silent_about_remedies() {
        assert_eq!(run(&mut sh("exit 0"), "none needed"), Ok(()));
        assert_eq!(capture(&mut sh("echo out; echo err >&2")).as_deref(), Some("out\n"));
        assert_eq!(capture(&mut sh("exit 1")), None);
    }

    #[test]
    fn commands_are_shown_as_one_would_type_them() {
        let mut command = Command::new("cargo");
        command.args(["build", "--config", "a=\"b c\""]).env("RUSTC_BOOTSTRAP", "1").env("PATH", "/x");
        assert_eq!(show(&command), "RUSTC_BOOTSTRAP=1 cargo build --config 'a=\"b c\"'");
    }

    #[test]
    fn the_library_path_of_cargo_is_not_passed_on() {
        let paths = OsStr::new("/p/target/debug/deps:/h/.rustup/toolchains/stable/lib:/opt/cuda/lib:");
        assert_eq!(own_library_path(paths, Path::new("/p/target")), "/opt/cuda/lib");
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(seconds(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 5 s");
    }
}
