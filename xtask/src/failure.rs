//! Why a task failed, and what to do about it.

use std::fmt;
use std::io;
use std::path::Path;

/// A failed task: what happened, the end of the output of the command that failed, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened, and where.
    pub what: String,
    /// The last lines that the command printed; empty where no command was at fault.
    pub tail: Vec<String>,
    /// What to do next.
    pub remedy: String,
}

impl Failure {
    /// A failure without a command.
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), tail: Vec::new(), remedy: remedy.into() }
    }

    /// A file that could not be read or written.
    pub fn file(path: &Path, error: &io::Error) -> Self {
        Self::new(
            format!("{}: {error}", path.display()),
            "See that the file is there and that you may read and write it",
        )
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", self.what)?;
        for line in &self.tail {
            writeln!(f, "  | {line}")?;
        }
        write!(f, "What to do: {}", self.remedy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_what_the_output_and_the_remedy_in_this_order() {
        let failure = Failure { tail: vec!["E: no such package".to_owned()], ..Failure::new("it failed", "try again") };
        assert_eq!(failure.to_string(), "error: it failed\n  | E: no such package\nWhat to do: try again");
    }
}
