//! Many questions at once: windows of all of them, packed into passes of a bounded number of tokens.

use super::decode::decode;
use super::{Answered, DecodeOptions};
use crate::model::{BatchError, Config, Model};
use crate::nn::composed::Composed;
use crate::nn::{Logits, logits};
use crate::text::batch::AskBatch;
use crate::text::features::{FeatureError, Window, windows};
use crate::text::tokenizer::Tokenizer;

/// Tokens of one pass: enough to keep the multiplications tall, few enough to keep memory small.
pub const TOKENS_PER_PASS: usize = 2048;

/// Why a question cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// No windows could be made of it.
    #[error(transparent)]
    Feature(#[from] FeatureError),
    /// A window does not fit the model.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// The device failed.
    #[error("the computation failed: {0}")]
    Device(#[from] candle_core::Error),
}

/// What reads windows: the model over kernels, or composed on a device.
pub trait Reader {
    /// Shape of the model.
    fn config(&self) -> &Config;

    /// Logits of a batch that fits the model.
    ///
    /// # Errors
    /// Where the device fails.
    fn logits(&self, batch: &AskBatch) -> Result<Logits, AnswerError>;
}

impl Reader for Model {
    fn config(&self) -> &Config {
        &self.config
    }

    fn logits(&self, batch: &AskBatch) -> Result<Logits, AnswerError> {
        Ok(logits(self, batch))
    }
}

impl Reader for Composed {
    fn config(&self) -> &Config {
        self.config()
    }

    fn logits(&self, batch: &AskBatch) -> Result<Logits, AnswerError> {
        Ok(self.device_logits(&batch.packed)?)
    }
}

/// Answers questions about contexts, `(question, context)`; one result a pair, in their order.
///
/// # Errors
/// Where a question leaves no room for the text, or tokenizer and model do not belong together.
pub fn answer<R: Reader>(
    model: &R,
    tokenizer: &Tokenizer,
    items: &[(&str, &str)],
    options: &DecodeOptions,
) -> Result<Vec<Answered>, AnswerError> {
    let made: Vec<Vec<Window>> = all_windows(model, tokenizer, items, options).collect::<Result<_, _>>()?;
    read(model, items, &made, options)
}

/// The same for measuring: a question that leaves no room for the text is left unread (see [`Answered::is_unread`]), so that one does not
/// cost the answers of all others.
///
/// # Errors
/// Where tokenizer and model do not belong together.
pub fn answer_what_fits<R: Reader>(
    model: &R,
    tokenizer: &Tokenizer,
    items: &[(&str, &str)],
    options: &DecodeOptions,
) -> Result<Vec<Answered>, AnswerError> {
    let none_without_room = |made| match made {
        Err(FeatureError::QuestionTooLong { .. }) => Ok(Vec::new()),
        made => made,
    };
    let made = all_windows(model, tokenizer, items, options).map(none_without_room);
    let made: Vec<Vec<Window>> = made.collect::<Result<_, _>>()?;
    read(model, items, &made, options)
}

/// The windows of each question.
fn all_windows<R: Reader>(
    model: &R,
    tokenizer: &Tokenizer,
    items: &[(&str, &str)],
    options: &DecodeOptions,
) -> impl Iterator<Item = Result<Vec<Window>, FeatureError>> {
    let length = options.max_seq_length.min(model.config().max_position_embeddings);
    let numbered = items.iter().enumerate();
    numbered.map(move |(index, (question, context))| {
        windows(question, context, index, tokenizer, length, options.doc_stride)
    })
}

/// One answer for each question's windows.
fn read<R: Reader>(
    model: &R,
    items: &[(&str, &str)],
    made: &[Vec<Window>],
    options: &DecodeOptions,
) -> Result<Vec<Answered>, AnswerError> {
    let Logits { start, end } = window_logits(model, &made.concat())?;
    let mut first = 0;
    let answers = items.iter().zip(made).map(|((_, context), windows)| {
        if windows.is_empty() {
            return Answered::unread();
        }
        let range = first..first + windows.len();
        first = range.end;
        decode(windows, &start[range.clone()], &end[range], context, options)
    });
    Ok(answers.collect())
}

/// Logits of all windows, in their order.
pub(super) fn window_logits(model: &impl Reader, windows: &[Window]) -> Result<Logits, AnswerError> {
    let mut out = Logits { start: Vec::new(), end: Vec::new() };
    let mut rest = windows;
    while !rest.is_empty() {
        let mut tokens = 0;
        let taken = rest.iter().take_while(|window| {
            tokens += window.ids.len();
            tokens <= TOKENS_PER_PASS
        });
        let (pass, later) = rest.split_at(taken.count().max(1));
        let batch = AskBatch::pack(pass);
        model.config().check_batch(&batch.packed)?;
        let made = model.logits(&batch)?;
        out.start.extend(made.start);
        out.end.extend(made.end);
        rest = later;
    }
    Ok(out)
}
