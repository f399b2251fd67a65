//! Hosts that are not the page's own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use xtask::site::http::{Answer, Listening, Request};

/// A host on a port of its own, which every page may read.
pub fn listen(handler: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Listening {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let handler = move |request: &Request| handler(request).with("Access-Control-Allow-Origin", "*");
    Listening::start(listener, Arc::new(handler)).unwrap()
}

/// A file as it lies there.
pub fn file(path: &Path) -> Answer {
    let file = std::fs::File::open(path).unwrap();
    let len = file.metadata().unwrap().len();
    Answer::new(200, file, len)
}

/// A host of the files of one folder.
pub fn folder(folder: PathBuf) -> Listening {
    listen(move |request| match folder.join(request.target.trim_start_matches('/')) {
        path if path.is_file() => file(&path),
        _ => Answer::empty(404),
    })
}
