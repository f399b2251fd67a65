//! One file for each task that is more than a build.

mod bench;
mod check;
mod cuda;
mod interop;
mod serve;
mod test;

use std::time::Instant;

use crate::args::Task;
use crate::build;
use crate::exec::seconds;
use crate::failure::Failure;
use crate::project::Project;

/// Runs a task, and says how long it took.
///
/// # Errors
/// Those of the task.
pub fn run(project: &Project, task: &Task) -> Result<(), Failure> {
    let start = Instant::now();
    match task {
        Task::Serve { port } => return serve::run(project, *port, start),
        Task::Build => build::ensure(project)?,
        Task::Test { args } => test::run(project, args)?,
        Task::Check => check::all(project)?,
        Task::Bench { args } => bench::run(project, args)?,
        Task::Cuda { args } => cuda::run_tests(project, args)?,
        Task::Interop { args } => interop::compare(project, args)?,
    }
    println!("==> all done after {}", seconds(start.elapsed()));
    Ok(())
}
