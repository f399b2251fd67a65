//! Words of the shell: rail, top bar, model and worker.

/// The page's one sentence.
pub const PROMISE: &str =
    "Fine-tune a model to answer questions from your own documents. Nothing leaves this computer.";
