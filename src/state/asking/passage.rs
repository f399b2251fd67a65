//! The part of a text that is shown around an answer. Places are code points, cuts fall between sentences or words, and never
//! inside a character that is made of several code points.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::squad::offsets::{byte_from_char, slice};

/// Characters up to which a text is shown whole.
pub const WHOLE_CHARS: usize = 1_200;

/// Characters that a passage of a longer text has, the answer included, where sentences allow it.
pub const PASSAGE_CHARS: usize = 600;

/// A passage with the answer in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    /// What stands before the answer; begins with an ellipsis where the text does not begin here.
    pub before: String,
    /// The answer, exactly.
    pub answer: String,
    /// What stands after it; ends with an ellipsis where the text goes on.
    pub after: String,
}

/// The passage of `context` around the characters `start..end`: all of a text of up to `whole` characters, else sentences
/// of about `around` characters. `None` where the text has no such characters.
pub fn passage(context: &str, start: usize, end: usize, whole: usize, around: usize) -> Option<Passage> {
    let answer = slice(context, start, end)?;
    let first = byte_from_char(context, start)?;
    let answer_bytes = first..first + answer.len();
    let shown = if context.chars().nth(whole).is_none() {
        0..context.len()
    } else {
        cut(context, &answer_bytes, around.saturating_sub(end - start))
    };
    let mut before = context[shown.start..answer_bytes.start].to_owned();
    let mut after = context[answer_bytes.end..shown.end].to_owned();
    if shown.start > 0 {
        before = format!("… {}", before.trim_start());
    }
    if shown.end < context.len() {
        after = format!("{} …", after.trim_end());
    }
    Some(Passage { before, answer: answer.to_owned(), after })
}

/// Bytes that are shown: as many sentences before and after the answer as `spare` characters allow; where not even the
/// answer's own sentence fits, words of it.
fn cut(context: &str, answer: &Range<usize>, spare: usize) -> Range<usize> {
    // Half goes to each side; what one side does not need falls to the other.
    let before = back(context, answer.start, spare / 2);
    let used = context[before..answer.start].chars().count();
    let after = on(context, answer.end, spare - used.min(spare));
    let used = context[answer.end..after].chars().count();
    let before = if used < spare / 2 { back(context, answer.start, spare - used) } else { before };
    before..after
}

/// Byte at which at most `chars` characters before `at` begin: at a sentence where one begins in them, else at a word,
/// else anywhere between characters.
fn back(context: &str, at: usize, chars: usize) -> usize {
    let Some(limit) = context[..at].char_indices().rev().take(chars).last().map(|(byte, _)| byte) else { return at };
    if limit == 0 {
        return 0;
    }
    // Sentences are looked for from a little before the limit, not from the text's beginning: it may be a book.
    let from = context[..limit].char_indices().rev().take(chars).last().map_or(0, |(byte, _)| byte);
    let inside = |byte: usize| (limit..=at).contains(&byte).then_some(byte);
    let sentence = context[from..].split_sentence_bound_indices().map(|(byte, _)| from + byte);
    let sentence = sentence.skip(usize::from(from > 0)).take_while(|byte| *byte <= at).find_map(inside);
    sentence.unwrap_or_else(|| {
        let words = context[from..].split_word_bound_indices().map(|(byte, _)| from + byte);
        words.skip(1).take_while(|byte| *byte <= at).find_map(inside).unwrap_or(at)
    })
}

/// Byte at which at most `chars` characters after `at` end, by the same rules.
fn on(context: &str, at: usize, chars: usize) -> usize {
    let rest = &context[at..];
    let Some((limit, _)) = rest.char_indices().nth(chars) else { return context.len() };
    // The bounds of what lies within the limit do not depend on what comes long after it.
    let seen = rest.char_indices().nth(2 * chars + 1).map_or(rest, |(byte, _)| &rest[..byte]);
    // Sentences are cut from the answer on: where it ends in the middle of one, the piece up to its end is the first.
    let sentence = seen.split_sentence_bounds().scan(0, |byte, piece| {
        *byte += piece.len();
        Some(*byte)
    });
    let last = sentence.take_while(|byte| *byte <= limit).last();
    let last = last.or_else(|| {
        let words = seen.split_word_bound_indices().map(|(byte, _)| byte);
        words.take_while(|byte| *byte <= limit).last()
    });
    at + last.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(context: &str, text: &str) -> Passage {
        let start = context[..context.find(text).unwrap()].chars().count();
        let end = start + text.chars().count();
        passage(context, start, end, WHOLE_CHARS, PASSAGE_CHARS).unwrap()
    }

    fn length(passage: &Passage) -> usize {
        [&passage.before, &passage.answer, &passage.after].iter().map(|part| part.chars().count()).sum()
    }

    #[test]
    fn a_short_text_is_shown_whole() {
        let passage = shown("  Poznań 🏟️ won 5-1.\n", "5-1");
        assert_eq!((passage.before.as_str(), passage.after.as_str()), ("  Poznań 🏟️ won ", ".\n"));
        assert_eq!(passage.answer, "5-1");
    }

    #[test]
    fn a_long_text_is_cut_between_sentences() {
        let filler = "The keeper saved it 🧤. Then came the rain. ".repeat(60);
        let context = format!("{filler}It ended 3-0 for Lech. {filler}");
        let passage = shown(&context, "3-0");
        assert_eq!(passage.answer, "3-0");
        assert!(passage.before.starts_with("… The keeper") || passage.before.starts_with("… Then came"), "{passage:?}");
        assert!(passage.after.ends_with("🧤. …") || passage.after.ends_with("rain. …"), "{passage:?}");
        assert!((400..=PASSAGE_CHARS + 4).contains(&length(&passage)), "{} characters", length(&passage));
    }

    #[test]
    fn a_sentence_without_an_end_is_cut_between_words() {
        let filler = "wórd e\u{301}👩‍🚒 ".repeat(400);
        let context = format!("{filler}the answer {filler}");
        let passage = shown(&context, "the answer");
        assert_eq!(passage.answer, "the answer");
        let first = passage.before.trim_start_matches("… ").split(' ').next().unwrap();
        assert!(["wórd", "e\u{301}👩‍🚒", "👩‍🚒"].contains(&first), "cut inside a word: {first}");
        let last = passage.after.trim_end_matches(" …").split(' ').next_back().unwrap();
        assert!(["wórd", "e\u{301}👩‍🚒", "e\u{301}"].contains(&last), "cut inside a word: {last}");
        assert!(length(&passage) <= PASSAGE_CHARS + 4);
    }

    #[test]
    fn a_text_without_spaces_is_cut_all_the_same() {
        let context = format!("{0}答案{0}", "字".repeat(2_000));
        let passage = shown(&context, "答案");
        assert_eq!(passage.answer, "答案");
        assert!(length(&passage) <= PASSAGE_CHARS + 4 && passage.before.len() > 2 && passage.after.len() > 2);
    }

    #[test]
    fn what_one_side_lacks_the_other_gets() {
        let filler = "One two three four five. ".repeat(200);
        let at_the_start = shown(&format!("First. {filler}"), "First");
        assert!(!at_the_start.before.starts_with('…') && length(&at_the_start) > 500, "{at_the_start:?}");
        let at_the_end = shown(&format!("{filler}Last"), "Last");
        assert!(!at_the_end.after.ends_with('…') && length(&at_the_end) > 500, "{at_the_end:?}");
    }

    #[test]
    fn an_answer_longer_than_a_passage_is_shown_whole() {
        let answer = "x ".repeat(500);
        let context = format!("{0}[{answer}]{0}", "Left out. ".repeat(300));
        assert_eq!(shown(&context, &answer).answer, answer);
    }

    #[test]
    fn places_outside_the_text_have_no_passage() {
        assert_eq!(passage("short", 3, 9, WHOLE_CHARS, PASSAGE_CHARS), None);
        assert_eq!(passage("short", 4, 2, WHOLE_CHARS, PASSAGE_CHARS), None);
    }
}
