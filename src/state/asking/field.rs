//! Places in a text field: a browser counts them in UTF-16 units and gives every line break as one unit, whatever the text
//! has there.

use crate::state::project::Span;

/// The characters between two places of a field that shows `text`. A place inside a character takes the whole of it in.
pub fn span(text: &str, start: usize, end: usize) -> Span {
    let (mut unit, mut chars) = (0, text.chars().enumerate().peekable());
    let mut span = Span { start: 0, end: 0 };
    while let Some((index, c)) = chars.next() {
        let mut length = 1;
        if c == '\r' && chars.next_if(|(_, next)| *next == '\n').is_some() {
            length = 2;
        }
        let units = if length == 2 { 1 } else { c.len_utf16() };
        // The character reaches over `unit..unit + units`.
        if start >= unit + units {
            span.start = index + length;
        }
        if end > unit {
            span.end = index + length;
        }
        unit += units;
    }
    span.end = span.end.max(span.start);
    span
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::squad::offsets::slice;

    fn selected(text: &str, start: usize, end: usize) -> &str {
        let Span { start, end } = span(text, start, end);
        slice(text, start, end).unwrap()
    }

    #[test]
    fn emoji_take_two_units_and_count_as_one() {
        assert_eq!(selected("a 🙂 won 5-1", 9, 12), "5-1");
        assert_eq!(selected("a 🙂 b", 2, 4), "🙂");
        assert_eq!(selected("a 🙂 b", 3, 4), "🙂", "a place inside takes all of it in");
        assert_eq!(selected("a 🙂 b", 0, 3), "a 🙂");
    }

    #[test]
    fn line_breaks_of_two_characters_take_one_unit() {
        assert_eq!(selected("one\r\ntwo\r\nthree", 4, 7), "two");
        assert_eq!(selected("one\r\ntwo\r\nthree", 8, 13), "three");
        assert_eq!(selected("one\ntwo\rthree", 8, 13), "three");
    }

    #[test]
    fn accents_of_their_own_are_characters() {
        assert_eq!(selected("e\u{301}a", 2, 3), "a");
        assert_eq!(selected("e\u{301}a", 0, 1), "e");
    }

    #[test]
    fn places_beyond_the_end_are_the_end() {
        assert_eq!(selected("ab", 1, 99), "b");
        assert_eq!(selected("ab", 99, 99), "");
        assert_eq!(selected("", 0, 3), "");
        assert_eq!(selected("ab", 1, 1), "");
    }
}
