//! The command line of `cargo xtask`.

/// What `cargo xtask help` prints.
pub const USAGE: &str = "\
Usage: cargo xtask <task>

  serve [--port N]   set up what is missing, build the page, serve it (port 8080; 0 takes any free one)
  build              the same build, into dist/
  test [-- ARGS]     set up what tests need, build the page, run all tests; ARGS go to `cargo test`,
                     for example `cargo xtask test -- decoding` or `cargo xtask test -- browser -- --nocapture`
  check              formatting, imports, clippy for native and wasm, licences and sources of the dependencies
  interop [-- ARGS]  compare with PyTorch and transformers, in a Python environment of its own (several GB); ARGS go to
                     tests/interop/run.py, for example `cargo xtask interop -- --reference 3`
  cuda [-- NAME]     build the command line for NVIDIA GPUs and run their tests; where no CUDA toolkit is installed, its parts
                     come from the Python package index
  bench [-- SECTIONS]
                     measure beside PyTorch and ONNX Runtime Web, on an idle machine; the table goes to benches/results/
  help               this text
";

/// The port that `serve` takes where none is given.
pub const DEFAULT_PORT: u16 = 8080;

/// A task with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Build, then serve on this port.
    Serve { port: u16 },
    /// Build into `dist/`.
    Build,
    /// Run all tests; the arguments go to `cargo test`.
    Test { args: Vec<String> },
    /// Formatting, imports, clippy, dependencies.
    Check,
    /// Comparison with PyTorch and transformers; the arguments go to the script that compares.
    Interop { args: Vec<String> },
    /// Build and tests with the feature cuda; the arguments name tests.
    Cuda { args: Vec<String> },
    /// Measurements; the arguments name sections.
    Bench { args: Vec<String> },
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Parsed {
    /// The usage text.
    Help,
    /// A task.
    Task(Task),
}

/// Reads the arguments that follow `cargo xtask`.
///
/// # Errors
/// A sentence that says what is wrong with them.
pub fn parse(args: impl IntoIterator<Item = String>) -> Result<Parsed, String> {
    let mut args = args.into_iter();
    let Some(name) = args.next() else { return Err("no task given".to_owned()) };
    let rest: Vec<String> = args.collect();
    if is_help(&name) || rest.iter().take_while(|arg| *arg != "--").any(|arg| is_help(arg)) {
        return Ok(Parsed::Help);
    }
    let task = match name.as_str() {
        "serve" => Task::Serve { port: port(&rest)? },
        "test" => Task::Test { args: passed_on(&rest)? },
        "build" => without_args(Task::Build, &rest)?,
        "check" => without_args(Task::Check, &rest)?,
        "interop" => Task::Interop { args: passed_on(&rest)? },
        "cuda" => Task::Cuda { args: passed_on(&rest)? },
        "bench" => Task::Bench { args: passed_on(&rest)? },
        _ => return Err(format!("there is no task '{name}'")),
    };
    Ok(Parsed::Task(task))
}

fn is_help(arg: &str) -> bool {
    matches!(arg, "help" | "--help" | "-h")
}

fn without_args(task: Task, rest: &[String]) -> Result<Task, String> {
    match rest.first() {
        None => Ok(task),
        Some(arg) => Err(format!("'{arg}' is not an argument of this task")),
    }
}

fn port(rest: &[String]) -> Result<u16, String> {
    let value = match rest {
        [] => return Ok(DEFAULT_PORT),
        [flag, value] if flag == "--port" => value.as_str(),
        [flag] if flag == "--port" => return Err("--port needs a number".to_owned()),
        [arg] => match arg.strip_prefix("--port=") {
            Some(value) => value,
            None => return Err(format!("'{arg}' is not an argument of serve")),
        },
        [first, second, ..] => {
            let wrong = if first == "--port" { &rest[2] } else { first.min(second) };
            return Err(format!("'{wrong}' is not an argument of serve"));
        }
    };
    value.parse().map_err(|_| format!("'{value}' is not a port: give a number from 0 to 65535"))
}

/// What follows `--`: arguments of the program that the task runs.
fn passed_on(rest: &[String]) -> Result<Vec<String>, String> {
    match rest.split_first() {
        None => Ok(Vec::new()),
        Some((first, args)) if first == "--" => Ok(args.to_vec()),
        Some((first, _)) => Err(format!("'{first}': put arguments that the task passes on after '--'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(words: &str) -> Result<Parsed, String> {
        parse(words.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn tasks_are_read() {
        assert_eq!(parse_words("serve"), Ok(Parsed::Task(Task::Serve { port: 8080 })));
        assert_eq!(parse_words("serve --port 0"), Ok(Parsed::Task(Task::Serve { port: 0 })));
        assert_eq!(parse_words("serve --port=9000"), Ok(Parsed::Task(Task::Serve { port: 9000 })));
        let args = vec!["--reference".to_owned(), "3".to_owned()];
        assert_eq!(parse_words("interop -- --reference 3"), Ok(Parsed::Task(Task::Interop { args })));
        assert_eq!(parse_words("build"), Ok(Parsed::Task(Task::Build)));
        let args = vec!["browser".to_owned(), "--".to_owned(), "--nocapture".to_owned()];
        assert_eq!(parse_words("test -- browser -- --nocapture"), Ok(Parsed::Task(Task::Test { args })));
    }

    #[test]
    fn help_is_help_everywhere_but_among_the_arguments_of_tests() {
        assert_eq!(parse_words("help"), Ok(Parsed::Help));
        assert_eq!(parse_words("serve --help"), Ok(Parsed::Help));
        assert!(matches!(parse_words("test -- --help"), Ok(Parsed::Task(Task::Test { .. }))));
    }

    #[test]
    fn wrong_usage_names_the_culprit() {
        for (words, culprit) in [
            ("", "no task"),
            ("sevre", "'sevre'"),
            ("build --fast", "'--fast'"),
            ("serve --port", "needs a number"),
            ("serve --port 70000", "'70000'"),
            ("serve 8080", "'8080'"),
            ("serve --port 1 --open", "'--open'"),
            ("test decoding", "after '--'"),
        ] {
            let message = parse_words(words).expect_err(words);
            assert!(message.contains(culprit), "{words}: {message}");
        }
    }
}
