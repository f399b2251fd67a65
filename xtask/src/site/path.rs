//! From the target of a request to a file of the site, and to nothing else.

use std::path::{Path, PathBuf};

/// The file that a request asks for; `None` where it is not there, is hidden, or lies outside of `root`.
///
/// `root` must be canonical. A folder stands for the `index.html` in it.
pub fn resolve(root: &Path, target: &str) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next()?;
    let mut file = root.to_owned();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let name = decode(part)?;
        // A name that starts with a dot is "..", or a file that is nobody's business; the rest cannot be a name on some systems.
        if name.starts_with('.') || name.contains(['/', '\\', ':', '\0']) {
            return None;
        }
        file.push(name);
    }
    if file.is_dir() {
        file.push("index.html");
    }
    let file = file.canonicalize().ok()?;
    (file.starts_with(root) && file.is_file()).then_some(file)
}

/// Percent decoding; `None` where an escape is cut short or the bytes are not UTF-8.
fn decode(part: &str) -> Option<String> {
    let mut bytes = part.bytes();
    let mut decoded = Vec::with_capacity(part.len());
    while let Some(byte) = bytes.next() {
        decoded.push(if byte == b'%' { hex(bytes.next()?)? * 16 + hex(bytes.next()?)? } else { byte });
    }
    String::from_utf8(decoded).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn site() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("it is there").join("site");
        fs::create_dir_all(root.join("models/default")).expect("folders");
        fs::write(root.join("index.html"), "page").expect("a file");
        fs::write(root.join("models/default/zażółć.json"), "{}").expect("a file");
        fs::write(root.join(".built"), "stamp").expect("a file");
        fs::write(root.join("../secret.txt"), "secret").expect("a file");
        (folder, root)
    }

    #[test]
    fn files_are_found_by_their_decoded_names() {
        let (_folder, root) = site();
        assert_eq!(resolve(&root, "/"), Some(root.join("index.html")));
        assert_eq!(resolve(&root, "/index.html?v=1#x"), Some(root.join("index.html")));
        let json = resolve(&root, "/models//default/za%C5%BC%C3%B3%c5%82%C4%87.json");
        assert_eq!(json, Some(root.join("models/default/zażółć.json")));
    }

    #[test]
    fn nothing_outside_or_hidden_is_found() {
        let (_folder, root) = site();
        for target in [
            "/../secret.txt",
            "/models/../../secret.txt",
            "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
            "/models%2f..%2f..%2fsecret.txt",
            "/..%5csecret.txt",
            "/.built",
            "/%2ebuilt",
            "/models",
            "/nothing.html",
            "/index.html%00",
            "/index.html%2",
            "/%ff",
        ] {
            assert_eq!(resolve(&root, target), None, "{target}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_does_not_lead_outside() {
        let (_folder, root) = site();
        std::os::unix::fs::symlink(root.join("../secret.txt"), root.join("link.txt")).expect("a link");
        assert_eq!(resolve(&root, "/link.txt"), None);
    }
}
