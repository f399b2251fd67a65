//! The answer to one request.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::UNIX_EPOCH;

use tiny_http::{Header, Method, Request, Response, StatusCode};

use super::mime::content_type;
use super::path::resolve;
use super::range::{Part, part};

/// What a page needs to be cross-origin isolated, and with it threads that share memory.
const ISOLATION: [(&str, &str); 4] = [
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
];

type Body = Box<dyn Read + Send>;

/// An answer before it is sent.
struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Body,
    len: u64,
}

impl Answer {
    fn text(status: u16, text: &'static str) -> Self {
        let headers = vec![("Content-Type", "text/plain; charset=utf-8".to_owned())];
        Self { status, headers, body: Box::new(text.as_bytes()), len: text.len() as u64 }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Answers a request for a file below `root`.
pub fn respond(request: Request, root: &Path) {
    let answer = answer(&request, root).unwrap_or_else(|_| Answer::text(500, "The file could not be read.\n"));
    let headers = ISOLATION.iter().map(|(name, value)| (*name, (*value).to_owned())).chain(answer.headers);
    let headers = headers.filter_map(|(name, value)| Header::from_bytes(name, value).ok()).collect();
    let len = usize::try_from(answer.len).ok();
    // Without the threshold large files would go out in chunks, and nobody could show how much is left.
    let response =
        Response::new(StatusCode(answer.status), headers, answer.body, len, None).with_chunked_threshold(usize::MAX);
    // Browsers go away in the middle of a file all the time.
    let _ = request.respond(response);
}

fn answer(request: &Request, root: &Path) -> io::Result<Answer> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return Ok(Answer::text(405, "Only GET and HEAD are answered.\n").with("Allow", "GET, HEAD"));
    }
    let Some(path) = resolve(root, request.url()) else { return Ok(Answer::text(404, "There is no such file.\n")) };
    let mut file = File::open(&path)?;
    let meta = file.metadata()?;
    let tag = entity_tag(&meta);
    let header = |name| header(request, name);
    if header("If-None-Match").is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag)) {
        let answer = Answer { status: 304, headers: Vec::new(), body: Box::new(io::empty()), len: meta.len() };
        return Ok(answer.with("ETag", tag).with("Cache-Control", "no-cache"));
    }
    let range = header("Range").filter(|_| header("If-Range").is_none_or(|known| known == tag));
    let total = meta.len();
    let (status, start, len) = match part(range, total) {
        Part::Whole => (200, 0, total),
        Part::Bytes { start, len } => (206, start, len),
        Part::Unsatisfiable => {
            return Ok(Answer::text(416, "The file is shorter.\n").with("Content-Range", format!("bytes */{total}")));
        }
    };
    file.seek(SeekFrom::Start(start))?;
    let mut answer = Answer { status, headers: Vec::new(), body: Box::new(file.take(len)), len };
    if status == 206 {
        answer = answer.with("Content-Range", format!("bytes {start}-{}/{total}", start + len - 1));
    }
    Ok(answer
        .with("Content-Type", content_type(&path))
        .with("Accept-Ranges", "bytes")
        .with("ETag", tag)
        .with("Cache-Control", "no-cache"))
}

/// Size and time of change: a built site changes in no other way.
fn entity_tag(meta: &Metadata) -> String {
    let changed = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    format!("\"{:x}-{:x}\"", meta.len(), changed.as_nanos())
}

fn header<'r>(request: &'r Request, name: &'static str) -> Option<&'r str> {
    request.headers().iter().find(|header| header.field.equiv(name)).map(|header| header.value.as_str())
}
