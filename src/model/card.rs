//! stub
/// t
pub fn languages(_: &str) -> Vec<String> {
    Vec::new()
}
