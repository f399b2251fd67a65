//! From logits to answers: decoding of spans over the windows of a question, n-best lists, "no answer".

pub mod decode;
pub mod likelihood;
pub mod pipeline;
pub mod scoring;

use serde::{Deserialize, Serialize};

pub use likelihood::span_log_likelihoods;
pub use pipeline::{AnswerError, Reader, TOKENS_PER_PASS, answer, answer_what_fits};

/// How spans are chosen. The names are those of `run_qa`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecodeOptions {
    /// Longest window, in tokens.
    pub max_seq_length: usize,
    /// Overlap of two windows, in context tokens.
    pub doc_stride: usize,
    /// Starts and ends tried in each window, and spans kept after pooling the windows.
    pub n_best_size: usize,
    /// Longest answer, in tokens.
    pub max_answer_length: usize,
    /// Whether "" (no answer) is a candidate.
    pub allow_no_answer: bool,
    /// "" is answered where null score - best score exceeds this.
    pub null_score_diff_threshold: f32,
}

impl Default for DecodeOptions {
    fn default() -> Self {
        Self {
            max_seq_length: 384,
            doc_stride: 128,
            n_best_size: 20,
            max_answer_length: 30,
            allow_no_answer: false,
            null_score_diff_threshold: 0.0,
        }
    }
}

/// A span of the context that may answer a question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// The context's slice; empty for "no answer".
    pub text: String,
    /// First character, in code points.
    pub start: usize,
    /// One past the last character, in code points.
    pub end: usize,
    /// Start logit plus end logit.
    pub score: f32,
    /// Softmax over the pooled n-best spans of the question.
    pub probability: f32,
    /// Start logit.
    pub start_logit: f32,
    /// End logit.
    pub end_logit: f32,
}

/// The answers to one question, best first; never empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// Spans, best first.
    pub spans: Vec<Span>,
    /// Least null score over the windows minus the score of the best non-empty span, 0 where there is none.
    pub null_score_diff: f32,
    /// Windows that were read; 0 where the question leaves no room for the text in one.
    pub windows: usize,
}

impl Answered {
    /// What is said of a question that leaves no room for the text: nothing.
    pub fn unread() -> Self {
        Self { spans: vec![Span { probability: 1.0, ..Span::default() }], null_score_diff: 0.0, windows: 0 }
    }

    /// Whether the question leaves no room for the text, which was not read then.
    pub fn is_unread(&self) -> bool {
        self.windows == 0
    }
}
