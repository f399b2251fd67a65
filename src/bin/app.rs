//! The page's entry point; empty elsewhere than in a browser.

fn main() {
    #[cfg(all(target_arch = "wasm32", feature = "page"))]
    spanwise::app::mount();
}
