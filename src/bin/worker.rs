//! The worker's entry point; empty elsewhere than in a browser.

fn main() {
    #[cfg(target_arch = "wasm32")]
    spanwise::worker::start();
}
