//! HTTP/1.1 as far as files need it: GET and HEAD, a thread for each connection. `tiny_http` shares few threads among
//! connections that browsers keep open, and now and then a page waited forever for a thread.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Longest head of a request.
const HEAD_MAX: u64 = 64 << 10;
/// Most headers of a request.
const HEADERS_MAX: usize = 100;
/// So long a connection may be silent.
const SILENCE: Duration = Duration::from_mins(1);

/// The head of a request.
#[derive(Debug, Default)]
pub struct Request {
    /// `GET`, `HEAD` or another.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    headers: Vec<(String, String)>,
}

impl Request {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// An answer before it is sent.
pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Box<dyn Read + Send>,
    len: u64,
}

impl Answer {
    /// An answer with a body of `len` bytes.
    pub fn new(status: u16, body: impl Read + Send + 'static, len: u64) -> Self {
        Self { status, headers: Vec::new(), body: Box::new(body), len }
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self::new(status, io::empty(), 0)
    }

    /// An answer in plain words.
    pub fn text(status: u16, text: &'static str) -> Self {
        Self::new(status, text.as_bytes(), text.len() as u64).with("Content-Type", "text/plain; charset=utf-8")
    }

    /// The same with another header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What answers requests; called by many threads at once.
pub type Handler = Arc<dyn Fn(&Request) -> Answer + Send + Sync>;

/// A server; dropping it closes the port. Connections that are open then end by themselves.
pub struct Listening {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

impl Listening {
    /// Answers requests on the listener's port.
    ///
    /// # Errors
    /// Where no thread can be started.
    pub fn start(listener: TcpListener, handler: Handler) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let stopped = Arc::new(AtomicBool::new(false));
        let is_stopped = stopped.clone();
        let accept = move || {
            for stream in listener.incoming() {
                if is_stopped.load(Ordering::SeqCst) {
                    return;
                }
                let handler = handler.clone();
                if let Ok(stream) = stream {
                    // Browsers go away in the middle of a file all the time.
                    thread::spawn(move || drop(serve(stream, &handler)));
                }
            }
        };
        let acceptor = thread::Builder::new().name("site".to_owned()).spawn(accept)?;
        Ok(Self { address, stopped, acceptor: Some(acceptor) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the acceptor; where that fails it has ended already.
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            // A panic there has been printed already.
            let _ = acceptor.join();
        }
    }
}

/// Answers the requests of one connection, one after another.
fn serve(stream: TcpStream, handler: &Handler) -> io::Result<()> {
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_nodelay(true)?;
    let mut out = stream.try_clone()?;
    let mut input = BufReader::new(stream);
    while let Some(request) = read(&mut input)? {
        let has_body = !matches!(request.method.as_str(), "GET" | "HEAD");
        let close = has_body || request.header("Connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let answer = handler(&request);
        write(&mut out, answer, request.method == "HEAD", close)?;
        if close {
            break;
        }
    }
    Ok(())
}

/// The next request; `None` where the connection ended before it.
fn read(input: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut head = Vec::new();
    let mut input = input.take(HEAD_MAX);
    loop {
        let start = head.len();
        if input.read_until(b'\n', &mut head)? == 0 {
            let cut = io::Error::from(io::ErrorKind::UnexpectedEof);
            return if head.is_empty() { Ok(None) } else { Err(cut) };
        }
        if head[start..].iter().all(u8::is_ascii_whitespace) && start > 0 {
            break;
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut parsed = httparse::Request::new(&mut headers);
    parsed.parse(&head).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    Ok(Some(Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        target: parsed.path.unwrap_or_default().to_owned(),
        headers: parsed.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect(),
    }))
}

fn write(out: &mut impl Write, mut answer: Answer, is_head: bool, close: bool) -> io::Result<()> {
    let mut head = Vec::new();
    write!(head, "HTTP/1.1 {} {}\r\n", answer.status, reason(answer.status))?;
    for (name, value) in &answer.headers {
        write!(head, "{name}: {value}\r\n")?;
    }
    // What is not modified has no body, whatever its length would be.
    if answer.status != 304 {
        write!(head, "Content-Length: {}\r\n", answer.len)?;
    }
    if close {
        head.extend(b"Connection: close\r\n");
    }
    head.extend(b"\r\n");
    out.write_all(&head)?;
    if !is_head && answer.status != 304 {
        io::copy(&mut answer.body, out)?;
    }
    out.flush()
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        206 => "Partial Content",
        302 => "Found",
        304 => "Not Modified",
        404 => "Not Found",
        405 => "Method Not Allowed",
        416 => "Range Not Satisfiable",
        _ => "Error",
    }
}
