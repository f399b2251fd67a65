//! A static file server that sends what a cross-origin isolated page needs. `cargo xtask serve` and the browser tests use it.

pub mod http;
mod mime;
mod path;
mod range;
mod respond;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::Listening;

/// Why a site could not be served.
#[derive(Debug)]
pub enum SiteError {
    /// The folder is not there.
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something else listens on this port already.
    PortInUse {
        /// The port.
        port: u16,
    },
    /// The port cannot be had for another reason, or no thread could be started.
    Start {
        /// The port.
        port: u16,
        /// What the system says.
        message: String,
    },
}

impl fmt::Display for SiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { folder, source } => write!(f, "{}: {source}", folder.display()),
            Self::PortInUse { port } => write!(f, "port {port} is in use"),
            Self::Start { port, message } => write!(f, "the server cannot listen on port {port}: {message}"),
        }
    }
}

impl std::error::Error for SiteError {}

/// A server of one folder on 127.0.0.1, in threads of its own; dropping it stops it.
///
/// It answers GET and HEAD, whole files and single byte ranges, and sends with everything
/// `Cross-Origin-Opener-Policy: same-origin`, `Cross-Origin-Embedder-Policy: require-corp` and
/// `Cross-Origin-Resource-Policy: same-origin`. Nothing is cached unasked: browsers come back with the `ETag`.
///
/// ```no_run
/// # fn main() -> Result<(), xtask::site::SiteError> {
/// let server = xtask::site::Server::start("dist", 0)?;
/// println!("{}", server.url()); // http://127.0.0.1:40123/
/// # Ok(())
/// # }
/// ```
pub struct Server(Listening);

impl Server {
    /// Starts to serve a folder; port 0 takes any free port.
    ///
    /// # Errors
    /// Where the folder is not there, or the port cannot be had.
    pub fn start(folder: impl AsRef<Path>, port: u16) -> Result<Self, SiteError> {
        Self::with_isolation(folder, port, true)
    }

    /// The same as a plain host that sends no isolation headers.
    ///
    /// # Errors
    /// Where the folder is not there, or the port cannot be had.
    pub fn start_plain(folder: impl AsRef<Path>, port: u16) -> Result<Self, SiteError> {
        Self::with_isolation(folder, port, false)
    }

    fn with_isolation(folder: impl AsRef<Path>, port: u16, isolated: bool) -> Result<Self, SiteError> {
        let folder = folder.as_ref();
        let root = folder.canonicalize().map_err(|source| SiteError::Folder { folder: folder.to_owned(), source })?;
        let handler = Arc::new(move |request: &http::Request| respond::respond(request, &root, isolated));
        let started = Listening::start(listen(port)?, handler);
        started.map(Self).map_err(|error| SiteError::Start { port, message: error.to_string() })
    }

    /// Says whether a port can be had now, without keeping it.
    ///
    /// # Errors
    /// Where it cannot.
    pub fn try_port(port: u16) -> Result<(), SiteError> {
        listen(port).map(drop)
    }

    /// The address to open, with a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}/", self.0.address())
    }

    /// The port that the server listens on.
    pub fn port(&self) -> u16 {
        self.0.address().port()
    }
}

fn listen(port: u16) -> Result<TcpListener, SiteError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => SiteError::PortInUse { port },
        _ => SiteError::Start { port, message: error.to_string() },
    })
}

#[cfg(test)]
mod tests;
