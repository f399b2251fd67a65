//! A static file server that sends what a cross-origin isolated page needs. `cargo xtask serve` and the browser tests use it.

mod mime;
mod path;
mod range;
mod respond;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// So long a dropped server waits at most until its port is free.
const CLOSING: Duration = Duration::from_secs(1);

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
            Self::Folder { folder, source } => write!(f, "{}: {source}. Build the site first", folder.display()),
            Self::PortInUse { port } => {
                write!(
                    f,
                    "port {port} is in use. Stop what listens there, or give another one with --port (0 takes any free one)"
                )
            }
            Self::Start { port, message } => {
                write!(f, "the server cannot listen on port {port}: {message}. Give another port with --port")
            }
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
pub struct Server {
    address: SocketAddr,
    http: Option<Arc<tiny_http::Server>>,
    acceptor: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts to serve a folder; port 0 takes any free port.
    ///
    /// # Errors
    /// Where the folder is not there, or the port cannot be had.
    pub fn start(folder: impl AsRef<Path>, port: u16) -> Result<Self, SiteError> {
        let folder = folder.as_ref();
        let root = folder.canonicalize().map_err(|source| SiteError::Folder { folder: folder.to_owned(), source })?;
        let failed = |message: String| SiteError::Start { port, message };
        let listener = listen(port)?;
        let address = listener.local_addr().map_err(|error| failed(error.to_string()))?;
        let http = tiny_http::Server::from_listener(listener, None).map_err(|error| failed(error.to_string()))?;
        let http = Arc::new(http);
        let accepting = Arc::clone(&http);
        let acceptor = thread::Builder::new()
            .name("site".to_owned())
            .spawn(move || accept(&accepting, &root))
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self { address, http: Some(http), acceptor: Some(acceptor) })
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
        format!("http://{}/", self.address)
    }

    /// The port that the server listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(http) = &self.http {
            http.unblock();
        }
        if let Some(acceptor) = self.acceptor.take() {
            // A panic there has been printed already.
            let _ = acceptor.join();
        }
        // The last handle closes the port, in a thread that nobody else can wait for.
        self.http = None;
        let start = Instant::now();
        while listen(self.port()).is_err() && start.elapsed() < CLOSING {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

fn listen(port: u16) -> Result<TcpListener, SiteError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => SiteError::PortInUse { port },
        _ => SiteError::Start { port, message: error.to_string() },
    })
}

/// One thread for each request: a browser that reads a large model slowly holds up nobody else.
fn accept(http: &tiny_http::Server, root: &Path) {
    while let Ok(request) = http.recv() {
        let root = root.to_owned();
        thread::spawn(move || respond::respond(request, &root));
    }
}

#[cfg(test)]
mod tests;
