//! The answer to one request.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::http::{Answer, Request};
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

/// The answer to a request for a file below `root`; `isolated` adds the headers that isolate the page.
pub fn respond(request: &Request, root: &Path, isolated: bool) -> Answer {
    let answer = answer(request, root).unwrap_or_else(|_| Answer::text(500, "The file could not be read.\n"));
    let headers = ISOLATION.iter().filter(|_| isolated);
    headers.fold(answer, |answer, (name, value)| answer.with(name, *value))
}

fn answer(request: &Request, root: &Path) -> io::Result<Answer> {
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return Ok(Answer::text(405, "Only GET and HEAD are answered.\n").with("Allow", "GET, HEAD"));
    }
    let Some(path) = resolve(root, &request.target) else { return Ok(Answer::text(404, "There is no such file.\n")) };
    let mut file = File::open(&path)?;
    let meta = file.metadata()?;
    let tag = entity_tag(&meta);
    if request.header("If-None-Match").is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag)) {
        return Ok(Answer::empty(304).with("ETag", tag).with("Cache-Control", "no-cache"));
    }
    let range = request.header("Range").filter(|_| request.header("If-Range").is_none_or(|known| known == tag));
    let total = meta.len();
    let (status, start, len) = match part(range, total) {
        Part::Whole => (200, 0, total),
        Part::Bytes { start, len } => (206, start, len),
        Part::Unsatisfiable => {
            return Ok(Answer::text(416, "The file is shorter.\n").with("Content-Range", format!("bytes */{total}")));
        }
    };
    file.seek(SeekFrom::Start(start))?;
    let mut answer = Answer::new(status, file.take(len), len);
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
