//! Findings that need words. A model's tokens are words or parts of words, so that counts of words are the least it will see.

use std::ops::Range;

use super::{Finding, FindingKind};
use crate::squad::location::Location;
use crate::squad::offsets::slice;
use crate::squad::repair::Repair;

/// Longest answer, in tokens, that models are asked for by habit (`max_answer_length`).
const MAX_ANSWER_LENGTH: usize = 30;
/// Tokens of a window (`max_seq_length`), less the three marks between question and text.
const WINDOW: usize = 384 - 3;

/// Whether a word goes on across these two characters. Scripts that are written without spaces have a word in each character.
fn joins(before: char, after: char) -> bool {
    let in_word = |c: char| (c.is_alphanumeric() || is_mark(c)) && !is_ideograph(c);
    in_word(before) && in_word(after)
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// Characters that BERT's tokenizers make a token of each.
fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x2_FA1F)
}

/// Words and punctuation marks of a text, as many as a tokenizer makes tokens of it at least.
fn words(text: &str) -> usize {
    let mut count = 0;
    let mut before = ' ';
    for c in text.chars() {
        count += usize::from(!c.is_whitespace() && !joins(before, c) && !is_mark(c));
        before = c;
    }
    count
}

/// An answer that begins or ends inside a word.
pub(super) fn inside_token(context: &str, span: Range<usize>, at: Location) -> Option<Finding> {
    let chars: Vec<char> = context.chars().collect();
    let joined = |place: usize| place > 0 && place < chars.len() && joins(chars[place - 1], chars[place]);
    if !joined(span.start) && !joined(span.end) {
        return None;
    }
    let (mut start, mut end) = (span.start, span.end);
    while joined(start) {
        start -= 1;
    }
    while joined(end) {
        end += 1;
    }
    let (marked, whole) = (slice(context, span.start, span.end)?, slice(context, start, end)?.to_owned());
    let message = format!("'{marked}' begins or ends inside a word. If '{whole}' is meant, mark that.");
    let repair = Repair::SetAnswer { text: whole, answer_start: start };
    Some(Finding::new(at, FindingKind::InsideToken, message).mended_by(repair))
}

/// An answer longer than models are asked for by habit: worth knowing, no fault.
pub(super) fn answer_too_long(text: &str, at: Location) -> Option<Finding> {
    let count = words(text);
    let message = || {
        format!(
            "the answer has {count} words, and models are asked for {MAX_ANSWER_LENGTH} tokens by habit. A run, and the page after it, \
             takes the longest marked answer; the commands eval and ask, and other tools, need max_answer_length set."
        )
    };
    (count > MAX_ANSWER_LENGTH).then(|| Finding::new(at, FindingKind::AnswerTooLong, message()))
}

/// A context that is cut into windows: worth knowing, no fault.
pub(super) fn context_finding(context: &str, at: Location) -> Option<Finding> {
    let count = words(context);
    let message = || format!("the text has {count} words, more than one window of the model: it is read in pieces.");
    (count > WINDOW).then(|| Finding::new(at, FindingKind::ContextTooLong, message()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_as_a_tokenizer_would_at_least() {
        assert_eq!(words("Lech Poznań won 5-1."), 7);
        assert_eq!(words("Poznan\u{301}"), 1);
        assert_eq!(words("我们赢了"), 4);
        assert_eq!(words(" \n"), 0);
    }

    #[test]
    fn an_answer_inside_a_word_is_widened_to_it() {
        let at = Location::paragraph(0, 0).question(0).answer(0);
        let widened = |context: &str, span: Range<usize>| {
            inside_token(context, span, at).map(|finding| match finding.repair {
                Some(Repair::SetAnswer { text, answer_start }) => (text, answer_start),
                other => panic!("{other:?}"),
            })
        };
        assert_eq!(widened("in Poznania now", 3..9), Some(("Poznania".to_owned(), 3)));
        assert_eq!(widened("in Poznania now", 5..15), Some(("Poznania now".to_owned(), 3)));
        assert_eq!(widened("in Poznania now", 3..11), None);
        assert_eq!(widened("won 5-1 then", 4..5), None, "a mark ends a word");
        assert_eq!(widened("我们赢了", 1..2), None, "every ideograph is a word");
        assert_eq!(widened("cafe\u{301} now", 0..4), Some(("cafe\u{301}".to_owned(), 0)));
    }
}
