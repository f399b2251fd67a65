//! Windows of a question over its context, as `run_qa` makes them: truncation `only_second`, overlap `doc_stride`.

use std::ops::Range;
use std::sync::Arc;

use super::tokenizer::{Encoding, Tokenizer, TokenizerError};
use crate::squad::check::{Finding, FindingKind, answer_finding};
use crate::squad::{Answer, Dataset, Location};

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
    /// The same of the question's further answers, in their order.
    pub others: Box<[(u32, u32)]>,
}

impl TrainFeature {
    /// Whether the window is labelled `[CLS]`/`[CLS]`: it holds no answer, or not the whole of it.
    pub fn is_negative(&self) -> bool {
        self.start == 0 && self.end == 0
    }

    /// Start and end of the first answer, or in turn 1, 2, … of the others, and then of the first again.
    pub fn labels(&self, turn: usize) -> (u32, u32) {
        match turn % (self.others.len() + 1) {
            0 => (self.start, self.end),
            other => self.others[other - 1],
        }
    }
}

/// Why a question has no windows.
#[derive(Debug, thiserror::Error)]
pub enum FeatureError {
    /// The tokenizer failed.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The question leaves no room for the text.
    #[error(
        "the question has {tokens} tokens and leaves no room for the text in a window of {max_seq_length}: shorten it"
    )]
    QuestionTooLong {
        /// Tokens of the question.
        tokens: usize,
        /// Longest window.
        max_seq_length: usize,
    },
}

impl Window {
    /// Token indices of the context part; empty where the context is.
    pub fn context_tokens(&self) -> Range<usize> {
        let first = self.offsets.iter().position(Option::is_some).unwrap_or(0);
        let last = self.offsets.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        first..last
    }

    /// Labels of an answer at these characters: token indices, the last one inclusive, or `(0, 0)` where the window lacks a
    /// part of it. An answer that begins or ends inside a token takes the whole token.
    ///
    /// Differs from `run_qa` in two places: there an answer in the last token of a window is labelled beyond the window's end,
    /// since the loop runs on over the special tokens, whose offsets are (0, 0). And where a character is several tokens, as a Hangul
    /// syllable is to a tokenizer that takes accents off, the answer there begins with the last of them and ends with the first.
    pub fn labels(&self, characters: Range<usize>) -> (u32, u32) {
        let tokens = self.context_tokens();
        let offset = |token: usize| self.offsets[token].map_or((0, 0), |(start, end)| (start as usize, end as usize));
        let inside = |window: &Range<usize>| {
            !window.is_empty()
                && offset(window.start).0 <= characters.start
                && offset(window.end - 1).1 >= characters.end
        };
        if !inside(&tokens) {
            return (0, 0);
        }
        let mut start = tokens.clone().take_while(|token| offset(*token).0 <= characters.start).last().unwrap_or(0);
        let mut end = tokens.clone().rev().take_while(|token| offset(*token).1 >= characters.end).last().unwrap_or(0);
        while start > tokens.start && offset(start - 1).1 > characters.start {
            start -= 1;
        }
        while end + 1 < tokens.end && offset(end + 1).0 < characters.end {
            end += 1;
        }
        (start as u32, end as u32)
    }
}

/// The windows of a question over a context that was tokenized before.
///
/// # Errors
/// Where the question leaves no room for the text.
pub fn windows_of(
    question: &Encoding,
    context: &Encoding,
    index: usize,
    tokenizer: &Tokenizer,
    max_seq_length: usize,
    doc_stride: usize,
) -> Result<Vec<Window>, FeatureError> {
    // [CLS] question [SEP] … [SEP]
    let taken = question.ids.len() + 3;
    if taken >= max_seq_length {
        return Err(FeatureError::QuestionTooLong { tokens: question.ids.len(), max_seq_length });
    }
    let room = max_seq_length - taken;
    // A long question may leave less room than the overlap asks for (Hugging Face's tokenizer gives up there); windows must
    // still move on.
    let step = room - if doc_stride < room { doc_stride } else { room / 2 };
    let mut windows = Vec::new();
    let mut start = 0;
    loop {
        let end = (start + room).min(context.ids.len());
        let mut ids = Vec::with_capacity(taken + end - start);
        ids.push(tokenizer.cls_id);
        ids.extend_from_slice(&question.ids);
        ids.push(tokenizer.sep_id);
        let mut offsets = vec![None; ids.len()];
        ids.extend_from_slice(&context.ids[start..end]);
        offsets.extend(context.offsets[start..end].iter().copied().map(Some));
        ids.push(tokenizer.sep_id);
        offsets.push(None);
        windows.push(Window { question: index, ids: ids.into(), offsets: offsets.into() });
        if end == context.ids.len() {
            return Ok(windows);
        }
        start += step;
    }
}

/// The windows of a question over a context; the question loses its leading white space, as in `run_qa`.
///
/// # Errors
/// Where the tokenizer fails or the question leaves no room for the text.
pub fn windows(
    question: &str,
    context: &str,
    index: usize,
    tokenizer: &Tokenizer,
    max_seq_length: usize,
    doc_stride: usize,
) -> Result<Vec<Window>, FeatureError> {
    let question = tokenizer.encode(question.trim_start())?;
    windows_of(&question, &tokenizer.encode(context)?, index, tokenizer, max_seq_length, doc_stride)
}

/// The features of a dataset, and what was left out of them.
#[derive(Clone, Debug, Default)]
pub struct TrainFeatures {
    /// Windows with labels, in the order of the file.
    pub features: Vec<TrainFeature>,
    /// Questions that cannot be trained on: each with its place and what is wrong.
    pub left_out: Vec<Finding>,
    /// Number of questions that are trained on.
    pub questions: usize,
}

/// The labels of each answer in each window. An answer that lies whole in none is left out: it would teach that there is none.
fn labels_of(windows: &[Window], answers: &[Range<usize>]) -> Vec<Vec<(u32, u32)>> {
    let of_one = |answer: &Range<usize>| windows.iter().map(|window| window.labels(answer.clone())).collect();
    let mut labels: Vec<Vec<(u32, u32)>> = answers.iter().map(of_one).collect();
    labels.retain(|labels| labels.iter().any(|label| *label != (0, 0)));
    labels
}

/// Why an answer lies whole in no window, and what to do.
fn cut_everywhere(context: &Encoding, answer: &Range<usize>, max_seq_length: usize, doc_stride: usize) -> String {
    let seen =
        |(first, last): (&(u32, u32), &(u32, u32))| first.0 as usize <= answer.start && last.1 as usize >= answer.end;
    if context.offsets.first().zip(context.offsets.last()).is_some_and(seen) {
        format!(
            "no window of {max_seq_length} tokens with an overlap of {doc_stride} holds the whole answer. Raise doc_stride or max_seq_length."
        )
    } else {
        "the answer begins or ends with characters that the model does not see. Mark it without them.".to_owned()
    }
}

/// Windows and labels of every question whose first answer stands where it says, as `run_qa` takes them. A question without an
/// answer is trained on only where it is marked as having none, and one whose answers lie whole in no window is left out.
///
/// # Errors
/// Where the tokenizer fails.
pub fn train_features(
    dataset: &Dataset,
    tokenizer: &Tokenizer,
    max_seq_length: usize,
    doc_stride: usize,
) -> Result<TrainFeatures, TokenizerError> {
    let mut out = TrainFeatures::default();
    let mut index = 0;
    for (d, document) in dataset.data.iter().enumerate() {
        for (p, paragraph) in document.paragraphs.iter().enumerate() {
            let context = tokenizer.encode(&paragraph.context)?;
            for (q, question) in paragraph.qas.iter().enumerate() {
                let at = Location::paragraph(d, p).question(q);
                let number = index;
                index += 1;
                let place = |answer: &Answer| answer.answer_start..answer.answer_start + answer.text.chars().count();
                match question.answers.first() {
                    None if question.is_unanswerable() => {}
                    None => {
                        let message = "the question has no answer yet. Mark one, or mark that the text has none.";
                        out.left_out.push(Finding::new(at, FindingKind::EmptyAnswer, message));
                        continue;
                    }
                    Some(answer) => {
                        if let Some(finding) = answer_finding(&paragraph.context, answer, at.answer(0)) {
                            out.left_out.push(finding);
                            continue;
                        }
                    }
                }
                // One that does not stand where it says is left out alone: the question has its first.
                let answers: Vec<Range<usize>> = question
                    .answers
                    .iter()
                    .enumerate()
                    .filter(|(a, answer)| {
                        *a == 0 || answer_finding(&paragraph.context, answer, at.answer(*a)).is_none()
                    })
                    .map(|(_, answer)| place(answer))
                    .collect();
                let asked = tokenizer.encode(question.question.trim_start())?;
                match windows_of(&asked, &context, number, tokenizer, max_seq_length, doc_stride) {
                    Ok(windows) => {
                        let labels = labels_of(&windows, &answers);
                        if let Some(first) = answers.first().filter(|_| labels.is_empty()) {
                            let message = cut_everywhere(&context, first, max_seq_length, doc_stride);
                            out.left_out.push(Finding::new(at.answer(0), FindingKind::Malformed, message));
                            continue;
                        }
                        out.questions += 1;
                        out.features.extend(windows.into_iter().enumerate().map(|(i, window)| {
                            let (start, end) = labels.first().map_or((0, 0), |labels| labels[i]);
                            let others = labels.iter().skip(1).map(|labels| labels[i]).collect();
                            TrainFeature { window, start, end, others }
                        }));
                    }
                    Err(error) => {
                        out.left_out.push(Finding::new(at, FindingKind::Malformed, format!("{error}.")));
                    }
                }
            }
        }
    }
    Ok(out)
}
