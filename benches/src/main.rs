//! `cargo xtask bench`: measures Spanwise beside its anchors and writes one table.
//!
//! Every figure is the median of five pairs: ours and the anchor's, one after the other, on an idle machine.

#[cfg(not(target_arch = "wasm32"))]
mod run;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    run::main()
}

#[cfg(target_arch = "wasm32")]
fn main() {}
