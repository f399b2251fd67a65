//! `cargo xtask serve`.

use std::thread;
use std::time::Instant;

use crate::build;
use crate::exec::seconds;
use crate::failure::Failure;
use crate::project::Project;
use crate::site::{Server, SiteError};

/// Builds what has changed, and serves until the process is stopped.
///
/// # Errors
/// Where the port is taken, which is found out before the build, or the build fails.
pub fn run(project: &Project, port: u16, start: Instant) -> Result<(), Failure> {
    Server::try_port(port).map_err(|error| failure(&error))?;
    build::ensure(project)?;
    let server = Server::start(&project.dist, port).map_err(|error| failure(&error))?;
    println!("==> serving after {}: {}  (Ctrl+C stops)", seconds(start.elapsed()), server.url());
    loop {
        thread::park();
    }
}

fn failure(error: &SiteError) -> Failure {
    let remedy = match error {
        SiteError::PortInUse { .. } => {
            "Stop what listens there, or take another port: `cargo xtask serve --port 8090` (`--port 0` takes any free one)"
        }
        SiteError::Folder { .. } => "Build the site: `cargo xtask build`",
        SiteError::Start { .. } => "Take another port: `cargo xtask serve --port 8090`",
    };
    Failure::new(error.to_string(), remedy)
}
