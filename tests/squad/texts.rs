//! Texts that are counted differently by everybody who counts them, built of pieces whose counts are known.

use proptest::prelude::*;

/// What a reader sees as one character: each of these is one grapheme cluster, wherever it stands between two others.
pub const CLUSTERS: [&str; 48] = [
    "a",
    "Z",
    "7",
    " ",
    ".",
    "\u{a0}",
    "\n",
    "\r\n",
    "\t",
    // Precomposed and decomposed letters, several marks on one, an enclosing mark.
    "é",
    "e\u{301}",
    "ń",
    "n\u{301}",
    "o\u{302}\u{301}",
    "z\u{335}\u{321}\u{353}\u{33d}",
    "ﬁ",
    "ß",
    "İ",
    "a\u{20dd}",
    // Right to left, with points, and marks that only turn the direction.
    "ש",
    "שׁ",
    "ל\u{5b8}",
    "م",
    "ب\u{651}\u{64e}",
    "ا\u{654}",
    "\u{600}1",
    "\u{200f}",
    "\u{202b}",
    // Scripts whose syllables are several characters.
    "क्षि",
    "নি",
    "நி",
    "กำ",
    "\u{1112}\u{1161}\u{11ab}",
    "한",
    "か\u{3099}",
    // Beyond the basic plane: two UTF-16 units a character.
    "𠮷",
    "𝒜",
    "𐍈",
    "🐢",
    "🏟\u{fe0f}",
    "👍🏽",
    "🇵🇱",
    "1\u{fe0f}\u{20e3}",
    // Joined by zero-width joiners, and a flag of tags.
    "👨\u{200d}👩\u{200d}👧",
    "👩🏽\u{200d}🚀",
    "🏳\u{fe0f}\u{200d}🌈",
    "❤\u{fe0f}\u{200d}🔥",
    "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
];

/// A list of clusters; joined they are a text that falls into exactly these.
pub fn clusters(most: usize) -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(CLUSTERS.as_slice()), 0..=most)
}

/// A text of such clusters.
pub fn text(most: usize) -> impl Strategy<Value = String> {
    clusters(most).prop_map(|clusters| clusters.concat())
}

/// Characters in any order: marks at the beginning, half of a flag, joiners with nothing to join, single carriage returns.
pub fn chaos(most: usize) -> impl Strategy<Value = String> {
    let of_clusters: Vec<char> = CLUSTERS.concat().chars().chain(['\r', '\u{200d}', '\u{feff}', '\0']).collect();
    let one = prop_oneof![9 => prop::sample::select(of_clusters), 1 => any::<char>()];
    prop::collection::vec(one, 0..=most).prop_map(String::from_iter)
}
