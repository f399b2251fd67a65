//! Four ways of counting places in a text.

use proptest::prelude::*;
use spanwise::squad::offsets::{
    byte_from_char, char_from_byte, char_from_grapheme, char_from_utf16, slice, utf16_from_char,
};

#[test]
fn the_four_counts_of_one_text() {
    // A family of three joined by zero-width joiners, a letter with a combining accent, a rare ideograph.
    let text = "👨‍👩‍👧 e\u{301} 𠮷x";
    assert_eq!(text.chars().count(), 11);
    let x = text.find('x').unwrap();
    assert_eq!((x, char_from_byte(text, x)), (27, Some(10)));
    assert_eq!(utf16_from_char(text, 10), Some(14));
    assert_eq!(char_from_utf16(text, 14), Some(10));
    assert_eq!(char_from_grapheme(text, 5), Some(10));
    assert_eq!(byte_from_char(text, 10), Some(27));
    // Inside a character there is no place.
    assert_eq!((char_from_byte(text, 1), char_from_utf16(text, 1)), (None, None));
    // One past the end is a place, further is none.
    assert_eq!((byte_from_char(text, 11), byte_from_char(text, 12)), (Some(28), None));
    assert_eq!((char_from_utf16(text, 15), char_from_utf16(text, 16)), (Some(11), None));
    assert_eq!((char_from_grapheme(text, 6), char_from_grapheme(text, 7)), (Some(11), None));
    assert_eq!((slice(text, 9, 11), slice(text, 9, 12), slice(text, 5, 4)), (Some("𠮷x"), None, None));
}

fn text() -> impl Strategy<Value = String> {
    "[a-c é\u{301}\u{200d}🚂👩𠮷क्\r\n🇵🇱]{0,30}"
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn there_and_back_is_the_same_place(text in text(), place in 0usize..40) {
        let count = text.chars().count();
        let byte = byte_from_char(&text, place);
        prop_assert_eq!(byte.is_some(), place <= count);
        let Some(byte) = byte else { return Ok(()) };
        prop_assert_eq!(char_from_byte(&text, byte), Some(place));
        let units = utf16_from_char(&text, place).unwrap();
        prop_assert_eq!(units, text.chars().take(place).map(char::len_utf16).sum::<usize>());
        prop_assert_eq!(char_from_utf16(&text, units), Some(place));
        let before: String = text.chars().take(place).collect();
        prop_assert_eq!(slice(&text, 0, place), Some(before.as_str()));
    }

    #[test]
    fn every_count_rises_and_ends_at_the_end(text in text()) {
        let count = text.chars().count();
        let units: Vec<usize> = (0..=text.encode_utf16().count()).filter_map(|at| char_from_utf16(&text, at)).collect();
        prop_assert_eq!(units, (0..=count).collect::<Vec<_>>());
        let clusters: Vec<usize> = (0..).map_while(|at| char_from_grapheme(&text, at)).collect();
        prop_assert!(clusters.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert_eq!((clusters[0], clusters[clusters.len() - 1]), (0, count));
        prop_assert_eq!(char_from_utf16(&text, usize::MAX), None);
        prop_assert_eq!(byte_from_char(&text, usize::MAX), None);
    }
}
