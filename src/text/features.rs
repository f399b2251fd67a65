//! Windows of a question over its context, as `run_qa` makes them: truncation `only_second`, overlap `doc_stride`.

use std::sync::Arc;

/// One window: `[CLS] question [SEP] context part [SEP]`, never padded.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Index of the question in the order of [`crate::squad::Dataset::questions`].
    pub question: usize,
    /// Token ids of the whole window; its length is that of the sequence.
    pub ids: Arc<[u32]>,
    /// For each token the half-open range of context characters (code points); `None` for the question and special tokens.
    pub offsets: Arc<[Option<(u32, u32)>]>,
}

/// A window with its labels, ready for training.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainFeature {
    /// The window.
    pub window: Window,
    /// Token index of the answer's first token within the window; 0 (`[CLS]`) where the window lacks the whole answer.
    pub start: u32,
    /// Token index of the answer's last token (inclusive) within the window; 0 likewise.
    pub end: u32,
}

impl TrainFeature {
    /// Whether the window is labelled `[CLS]`/`[CLS]`: it holds no answer, or not the whole of it.
    pub fn is_negative(&self) -> bool {
        self.start == 0 && self.end == 0
    }
}
