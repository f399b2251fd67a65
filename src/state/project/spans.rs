//! Spans of a text: from a browser's selection to characters, and from marked answers to pieces that can be drawn.

use unicode_segmentation::UnicodeSegmentation;

use crate::squad::offsets::{char_from_utf16, slice};
use crate::squad::{Paragraph, Question};

/// The characters `start..end` of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First character.
    pub start: usize,
    /// One past the last.
    pub end: usize,
}

/// The span between two places counted in UTF-16 units, as browsers do. A place inside a character takes the whole of it in.
pub fn from_utf16(text: &str, start: usize, end: usize) -> Option<Span> {
    let inside = |at: usize, outwards: usize| char_from_utf16(text, at).or_else(|| char_from_utf16(text, outwards));
    let span = Span { start: inside(start, start.saturating_sub(1))?, end: inside(end, end + 1)? };
    (span.start <= span.end).then_some(span)
}

/// A span widened to whole grapheme clusters: what the eye sees as one character is taken or left as one.
pub fn to_graphemes(text: &str, span: Span) -> Span {
    widen(text, span, text.graphemes(true))
}

/// A span widened to whole words. An edge between two words stays where it is.
pub fn to_words(text: &str, span: Span) -> Span {
    widen(text, span, text.split_word_bounds())
}

/// A span widened to the pieces that its edges fall into.
fn widen<'a>(text: &str, span: Span, pieces: impl Iterator<Item = &'a str>) -> Span {
    debug_assert!(span.start <= span.end && span.end <= text.chars().count());
    let mut out = span;
    let mut from = 0;
    for piece in pieces {
        let to = from + piece.chars().count();
        if from < span.start && span.start < to && span.start < span.end {
            out.start = from;
        }
        if from < span.end && span.end < to && span.start < span.end {
            out.end = to;
        }
        if to >= span.end {
            break;
        }
        from = to;
    }
    out
}

/// A span without the white space at its edges, and its text; `None` where nothing is left.
pub fn trim(text: &str, span: Span) -> Option<(Span, &str)> {
    let selected = slice(text, span.start, span.end)?;
    let trimmed = selected.trim_start();
    let start = span.start + selected.chars().count() - trimmed.chars().count();
    let trimmed = trimmed.trim_end();
    let span = Span { start, end: start + trimmed.chars().count() };
    (!trimmed.is_empty()).then_some((span, trimmed))
}

/// A piece of a text between two edges of answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its text.
    pub text: String,
    /// Questions that it answers; none for the text between answers.
    pub questions: Vec<usize>,
}

/// Spans of the answers that stand where they say.
fn standing<'a>(context: &'a str, question: &'a Question) -> impl Iterator<Item = Span> + 'a {
    question.answers.iter().filter_map(move |answer| {
        let end = answer.answer_start.checked_add(answer.text.chars().count())?;
        let stands = slice(context, answer.answer_start, end).is_some_and(|text| text == answer.text);
        (stands && !answer.text.is_empty()).then_some(Span { start: answer.answer_start, end })
    })
}

/// A paragraph's text cut at the edges of its answers; joined, the pieces are the text. Which question is chosen does not
/// matter, so that choosing another leaves the text, and a selection in it, alone.
pub fn segments(paragraph: &Paragraph) -> Vec<Segment> {
    let context = paragraph.context.as_str();
    let mut spans: Vec<(Span, usize)> = Vec::new();
    for (index, question) in paragraph.qas.iter().enumerate() {
        spans.extend(standing(context, question).map(|span| (span, index)));
    }
    let mut edges: Vec<usize> = spans.iter().flat_map(|(span, _)| [span.start, span.end]).collect();
    edges.sort_unstable();
    edges.dedup();
    let mut out: Vec<Segment> = Vec::new();
    let mut push = |text: &str, start: usize| {
        let covering = spans.iter().filter(|(span, _)| (span.start..span.end).contains(&start));
        let mut questions: Vec<usize> = covering.map(|(_, question)| *question).collect();
        questions.dedup();
        match out.last_mut().filter(|last| last.questions == questions) {
            Some(last) => last.text.push_str(text),
            None => out.push(Segment { text: text.to_owned(), questions }),
        }
    };
    let mut edges = edges.into_iter().filter(|edge| *edge > 0).peekable();
    let (mut byte, mut char) = (0, 0);
    for (index, (at, _)) in context.char_indices().enumerate() {
        if edges.next_if_eq(&index).is_some() {
            push(&context[byte..at], char);
            (byte, char) = (at, index);
        }
    }
    if byte < context.len() {
        push(&context[byte..], char);
    }
    out
}

/// A text cut to so many characters, with an ellipsis where something is missing; line breaks become spaces.
pub fn excerpt(text: &str, chars_max: usize) -> String {
    // Only the beginning is looked at: a paragraph may be long.
    let mut words = text.split_whitespace();
    let mut out = String::new();
    let mut left = chars_max;
    for word in words.by_ref() {
        let length = word.chars().count() + usize::from(!out.is_empty());
        if length > left {
            if out.is_empty() {
                out.extend(word.chars().take(chars_max));
            }
            out.push('…');
            return out;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        left -= length;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tests::answer;
    use super::*;

    #[test]
    fn selections_are_counted_in_characters() {
        // A family of three joined by zero-width joiners, an e with a combining accent, Hebrew, and a Windows line end.
        let text = "👨‍👩‍👧 cafe\u{301}\r\nשלום 3-0";
        let units = |part: &str| text[..text.find(part).unwrap()].encode_utf16().count();
        for part in ["cafe\u{301}", "שלום", "3-0"] {
            let start = units(part);
            let span = from_utf16(text, start, start + part.encode_utf16().count()).unwrap();
            assert_eq!(slice(text, span.start, span.end), Some(part));
        }
        assert_eq!(from_utf16(text, 1, 1), Some(Span { start: 0, end: 1 }), "half a character is the whole of it");
        assert_eq!(from_utf16(text, 0, 99), None);
    }

    #[test]
    fn a_selection_takes_whole_clusters_and_with_the_switch_whole_words() {
        let text = "👨‍👩‍👧 cafe\u{301} won\r\nשלום 5-1.";
        let whole = |span: Span, by: fn(&str, Span) -> Span| {
            let span = by(text, span);
            slice(text, span.start, span.end).unwrap().to_owned()
        };
        let span = |start, end| Span { start, end };
        assert_eq!(whole(span(2, 5), to_graphemes), "👨‍👩‍👧");
        assert_eq!(whole(span(6, 10), to_graphemes), "cafe\u{301}", "the accent belongs to its letter");
        assert_eq!(whole(span(15, 16), to_graphemes), "\r\n");
        assert_eq!(whole(span(7, 14), to_words), "cafe\u{301} won");
        assert_eq!(whole(span(18, 19), to_words), "שלום");
        assert_eq!(to_words(text, span(6, 11)), span(6, 11), "whole words stay");
        assert_eq!(to_words(text, span(7, 7)), span(7, 7), "a caret is no selection");
    }

    #[test]
    fn white_space_at_the_edges_is_left_out() {
        let text = "a \u{a0}\r\nбв\u{2003} c";
        assert_eq!(trim(text, Span { start: 1, end: 9 }), Some((Span { start: 5, end: 7 }, "бв")));
        assert_eq!(trim(text, Span { start: 1, end: 5 }), None);
        assert_eq!(trim(text, Span { start: 0, end: 99 }), None);
    }

    #[test]
    fn pieces_join_to_the_text_and_overlaps_are_kept_apart() {
        let question = |answers: Vec<crate::squad::Answer>| Question { answers, ..Question::default() };
        let paragraph = Paragraph {
            context: "🐢 Lech Poznań won".to_owned(),
            qas: vec![
                question(vec![answer("Lech Poznań", 2)]),
                question(vec![answer("Poznań", 7), answer("absent", 3)]),
            ],
            ..Paragraph::default()
        };
        let pieces = segments(&paragraph);
        let joined: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(joined, paragraph.context);
        let seen: Vec<(&str, &[usize])> =
            pieces.iter().map(|piece| (piece.text.as_str(), piece.questions.as_slice())).collect();
        assert_eq!(seen, [("🐢 ", [].as_slice()), ("Lech ", &[0]), ("Poznań", &[0, 1]), (" won", &[])]);
    }

    #[test]
    fn an_answer_may_be_the_whole_text_and_a_text_may_be_empty() {
        let whole = Question { answers: vec![answer("abc", 0)], ..Question::default() };
        let paragraph = Paragraph { context: "abc".to_owned(), qas: vec![whole], ..Paragraph::default() };
        assert_eq!(segments(&paragraph), [Segment { text: "abc".to_owned(), questions: vec![0] }]);
        assert!(segments(&Paragraph::default()).is_empty());
    }

    #[test]
    fn excerpts_end_at_words() {
        assert_eq!(excerpt("  Lech\r\nPoznań won ", 20), "Lech Poznań won");
        assert_eq!(excerpt("Lech Poznań won", 12), "Lech Poznań…");
        assert_eq!(excerpt("Żyrardowianka", 4), "Żyra…");
        assert_eq!(excerpt(" \n", 4), "");
    }
}
