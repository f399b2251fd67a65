//! Four ways of counting places in a text.

use std::collections::HashSet;

use proptest::prelude::*;
use spanwise::squad::offsets::{
    byte_from_char, char_from_byte, char_from_grapheme, char_from_utf16, grapheme_from_char, slice, utf16_from_char,
};
use unicode_segmentation::UnicodeSegmentation;

use super::texts::{CLUSTERS, chaos, clusters};

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

/// The generator of the properties below is what it says.
#[test]
fn each_piece_of_the_made_texts_is_one_cluster_beside_any_other() {
    for first in CLUSTERS {
        for second in CLUSTERS {
            let both = format!("{first}{second}");
            assert_eq!(both.graphemes(true).collect::<Vec<_>>(), [first, second], "{both:?}");
        }
    }
}

/// A place of a text in all four counts.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    chars: usize,
    utf16: usize,
    bytes: usize,
    /// `None` inside a cluster.
    graphemes: Option<usize>,
}

/// Every place between two characters of these clusters, and the end, counted along.
fn counted(clusters: &[&str]) -> Vec<Counts> {
    let mut at = Counts { graphemes: Some(0), ..Counts::default() };
    let mut all = vec![at];
    for (number, cluster) in clusters.iter().enumerate() {
        for (index, c) in cluster.char_indices() {
            at.chars += 1;
            at.utf16 += c.len_utf16();
            at.bytes += c.len_utf8();
            at.graphemes = (index + c.len_utf8() == cluster.len()).then_some(number + 1);
            all.push(at);
        }
    }
    all
}

/// All conversions at all places, those that are none included, against counts made by walking along.
fn expect_exact(text: &str, counts: &[Counts], clusters: usize) -> Result<(), TestCaseError> {
    let end = counts[counts.len() - 1];
    prop_assert_eq!((end.chars, end.utf16, end.bytes), (text.chars().count(), text.encode_utf16().count(), text.len()));
    for at in counts {
        prop_assert_eq!(byte_from_char(text, at.chars), Some(at.bytes));
        prop_assert_eq!(char_from_byte(text, at.bytes), Some(at.chars));
        prop_assert_eq!(utf16_from_char(text, at.chars), Some(at.utf16));
        prop_assert_eq!(char_from_utf16(text, at.utf16), Some(at.chars));
        prop_assert_eq!(grapheme_from_char(text, at.chars), at.graphemes);
        if let Some(graphemes) = at.graphemes {
            prop_assert_eq!(char_from_grapheme(text, graphemes), Some(at.chars));
        }
        prop_assert_eq!(slice(text, at.chars, end.chars), Some(&text[at.bytes..]));
    }
    // Between the places there is none, and none behind the end.
    let (bytes, units): (HashSet<usize>, HashSet<usize>) = counts.iter().map(|at| (at.bytes, at.utf16)).unzip();
    for beyond in (0..=end.bytes + 2).filter(|at| !bytes.contains(at)) {
        prop_assert_eq!(char_from_byte(text, beyond), None);
    }
    for beyond in (0..=end.utf16 + 2).filter(|at| !units.contains(at)) {
        prop_assert_eq!(char_from_utf16(text, beyond), None);
    }
    let after = end.chars + 1;
    prop_assert_eq!((byte_from_char(text, after), utf16_from_char(text, after)), (None, None));
    prop_assert_eq!((grapheme_from_char(text, after), char_from_grapheme(text, clusters + 1)), (None, None));
    prop_assert_eq!((char_from_utf16(text, usize::MAX), byte_from_char(text, usize::MAX)), (None, None));
    Ok(())
}

/// Two sets of cases, 100,000 together.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(80_000))]

    #[test]
    fn every_place_of_texts_of_known_clusters_is_counted_exactly(clusters in clusters(14)) {
        expect_exact(&clusters.concat(), &counted(&clusters), clusters.len())?;
    }
}

proptest! {
    #![proptest_config(cases(20_000))]

    #[test]
    fn every_place_of_characters_in_any_order_is_counted_exactly(text in chaos(24)) {
        // What a cluster is here, only the standard's own rules can tell.
        let clusters: Vec<&str> = text.graphemes(true).collect();
        expect_exact(&text, &counted(&clusters), clusters.len())?;
    }
}
