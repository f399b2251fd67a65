//! Content types by file name.

use std::path::Path;

/// The content type of a file; text is UTF-8 throughout.
pub fn content_type(path: &Path) -> &'static str {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "jsonl" => "application/jsonl",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "txt" | "md" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "zip" => "application/zip",
        // safetensors among them: no type is registered for it.
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_browsers_insist_on() {
        assert_eq!(content_type(Path::new("worker_bg.wasm")), "application/wasm");
        assert_eq!(content_type(Path::new("worker.JS")), "text/javascript; charset=utf-8");
        assert_eq!(content_type(Path::new("model.safetensors")), "application/octet-stream");
        assert_eq!(content_type(Path::new("LICENSE")), "application/octet-stream");
    }
}
