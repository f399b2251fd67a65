use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use super::*;

struct Reply {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

/// Sends exactly this path: a client library would tidy it up first.
fn ask(server: &Server, method: &str, path: &str, headers: &str) -> Reply {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).expect("the server listens");
    let request = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("it answers");
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(bytes[..end].to_vec()).expect("text");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Reply { status, head, body: bytes[end + 4..].to_vec() }
}

fn site() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("site");
    fs::create_dir_all(root.join("models")).expect("folders");
    fs::write(root.join("index.html"), "<!doctype html>").expect("a file");
    fs::write(root.join("worker_bg.wasm"), b"\0asm\x01\0\0\0").expect("a file");
    fs::write(root.join("models/model.safetensors"), vec![7; 100_000]).expect("a file");
    fs::write(folder.path().join("secret.txt"), "secret").expect("a file");
    let server = Server::start(&root, 0).expect("a free port");
    (folder, server)
}

#[test]
fn every_answer_isolates_the_page() {
    let (_folder, server) = site();
    for (method, path, status) in [("GET", "/", 200), ("HEAD", "/", 200), ("GET", "/nothing", 404), ("POST", "/", 405)]
    {
        let reply = ask(&server, method, path, "");
        assert_eq!(reply.status, status, "{method} {path}");
        assert_eq!(reply.header("Cross-Origin-Opener-Policy"), Some("same-origin"));
        assert_eq!(reply.header("Cross-Origin-Embedder-Policy"), Some("require-corp"));
        assert_eq!(reply.header("Cross-Origin-Resource-Policy"), Some("same-origin"));
    }
}

#[test]
fn files_come_whole_with_type_length_and_without_being_cached_unasked() {
    let (_folder, server) = site();
    let page = ask(&server, "GET", "/", "");
    assert_eq!(
        (page.body.as_slice(), page.header("Content-Type")),
        (&b"<!doctype html>"[..], Some("text/html; charset=utf-8"))
    );
    assert_eq!(page.header("Cache-Control"), Some("no-cache"));
    let wasm = ask(&server, "GET", "/worker_bg.wasm?v=2", "");
    assert_eq!(
        (wasm.body.as_slice(), wasm.header("Content-Type")),
        (&b"\0asm\x01\0\0\0"[..], Some("application/wasm"))
    );
    let model = ask(&server, "GET", "/models/model.safetensors", "");
    assert_eq!((model.body.len(), model.header("Content-Length")), (100_000, Some("100000")));
    assert_eq!(model.header("Transfer-Encoding"), None);
}

#[test]
fn head_has_the_headers_of_get_and_no_body() {
    let (_folder, server) = site();
    let reply = ask(&server, "HEAD", "/models/model.safetensors", "");
    assert_eq!((reply.status, reply.header("Content-Length"), reply.body.len()), (200, Some("100000"), 0));
    assert_eq!(reply.header("Accept-Ranges"), Some("bytes"));
}

#[test]
fn a_range_comes_alone() {
    let (_folder, server) = site();
    let reply = ask(&server, "GET", "/", "Range: bytes=2-8\r\n");
    assert_eq!((reply.status, reply.body.as_slice()), (206, &b"doctype"[..]));
    assert_eq!(reply.header("Content-Range"), Some("bytes 2-8/15"));
    let behind = ask(&server, "GET", "/", "Range: bytes=15-\r\n");
    assert_eq!((behind.status, behind.header("Content-Range")), (416, Some("bytes */15")));
    let changed = ask(&server, "GET", "/", "Range: bytes=2-8\r\nIf-Range: \"other\"\r\n");
    assert_eq!((changed.status, changed.body.len()), (200, 15));
}

#[test]
fn a_file_that_the_browser_has_is_not_sent_again() {
    let (folder, server) = site();
    let tag = ask(&server, "HEAD", "/", "").header("ETag").expect("a tag").to_owned();
    let known = format!("If-None-Match: {tag}\r\n");
    let again = ask(&server, "GET", "/", &known);
    assert_eq!((again.status, again.body.len()), (304, 0));
    fs::write(folder.path().join("site/index.html"), "<!doctype html><p>").expect("a file");
    assert_eq!(ask(&server, "GET", "/", &known).status, 200);
}

#[test]
fn nothing_outside_of_the_folder_is_served() {
    let (_folder, server) = site();
    for path in
        ["/../secret.txt", "/models/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "//../secret.txt"]
    {
        let reply = ask(&server, "GET", path, "");
        assert_eq!(reply.status, 404, "{path}");
        assert!(!reply.body.windows(6).any(|window| window == b"secret"), "{path}");
    }
}

#[test]
fn a_port_in_use_is_said() {
    let (folder, server) = site();
    let error = Server::start(folder.path().join("site"), server.port()).err().expect("the port is taken");
    assert!(matches!(error, SiteError::PortInUse { port } if port == server.port()));
    assert!(error.to_string().contains("is in use"));
    assert!(Server::try_port(server.port()).is_err());
}

#[test]
fn a_dropped_server_frees_its_port() {
    let (folder, server) = site();
    let port = server.port();
    drop(server);
    let again = Server::start(folder.path().join("site"), port).expect("the port is free again");
    assert_eq!(ask(&again, "GET", "/", "").status, 200);
}

#[test]
fn a_slow_reader_holds_up_nobody() {
    let (_folder, server) = site();
    let idle: Vec<_> = (0..8).map(|_| TcpStream::connect(("127.0.0.1", server.port())).expect("it listens")).collect();
    assert_eq!(ask(&server, "GET", "/", "").status, 200);
    drop(idle);
}

#[test]
fn a_folder_that_is_not_there_is_said() {
    let error = Server::start("no/such/folder", 0).err().expect("not there");
    assert!(matches!(error, SiteError::Folder { .. }));
}
