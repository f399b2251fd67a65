//! The tasks of this project (`cargo xtask help` lists them), and [`site::Server`], which the browser tests use too.

pub mod site;

mod args;
mod build;
mod exec;
mod failure;
mod lint;
mod project;
mod setup;
mod tasks;

use std::process::ExitCode;

use args::{Parsed, USAGE};

/// Runs the task that the command line names: status 0 when it succeeds, 1 when it fails, 2 for wrong usage.
pub fn main() -> ExitCode {
    let task = match args::parse(std::env::args().skip(1)) {
        Ok(Parsed::Help) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Ok(Parsed::Task(task)) => task,
        Err(message) => {
            eprint!("error: {message}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match project::Project::locate().and_then(|project| tasks::run(&project, &task)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}
