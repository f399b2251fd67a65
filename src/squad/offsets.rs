//! Places in a text, counted four ways: Unicode code points (`char`, as `SQuAD` and Python do), UTF-16 units (as browsers do),
//! bytes of UTF-8 (as Rust does) and grapheme clusters (as Elixir does). `None` where a place is beyond the text's end or inside
//! a character (or cluster).

use unicode_segmentation::UnicodeSegmentation;

/// Byte at which character `at` begins; the text's length for the place after the last.
pub fn byte_from_char(text: &str, at: usize) -> Option<usize> {
    text.char_indices().map(|(byte, _)| byte).chain([text.len()]).nth(at)
}

/// Number of characters before a byte.
pub fn char_from_byte(text: &str, at: usize) -> Option<usize> {
    text.get(..at).map(|before| before.chars().count())
}

/// Number of characters before a UTF-16 unit.
pub fn char_from_utf16(text: &str, at: usize) -> Option<usize> {
    let mut units = 0;
    for (index, c) in text.chars().enumerate() {
        if units >= at {
            return (units == at).then_some(index);
        }
        units += c.len_utf16();
    }
    (units == at).then(|| text.chars().count())
}

/// Number of UTF-16 units before a character.
pub fn utf16_from_char(text: &str, at: usize) -> Option<usize> {
    byte_from_char(text, at).map(|byte| text[..byte].encode_utf16().count())
}

/// Number of characters before a grapheme cluster.
pub fn char_from_grapheme(text: &str, at: usize) -> Option<usize> {
    let clusters = text.grapheme_indices(true).map(|(byte, _)| byte).chain([text.len()]);
    clusters.into_iter().nth(at).and_then(|byte| char_from_byte(text, byte))
}

/// Number of grapheme clusters before a character; `None` inside a cluster.
pub fn grapheme_from_char(text: &str, at: usize) -> Option<usize> {
    let byte = byte_from_char(text, at)?;
    text.grapheme_indices(true).map(|(start, _)| start).chain([text.len()]).position(|start| start == byte)
}

/// The characters `start..end` of a text.
pub fn slice(text: &str, start: usize, end: usize) -> Option<&str> {
    text.get(byte_from_char(text, start)?..byte_from_char(text, end)?)
}
