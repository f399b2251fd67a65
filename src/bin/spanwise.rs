//! The command line.

fn main() {
    spanwise::cli::main();
}
