//! Search for an answer that is written otherwise in its context: composed or decomposed, in other case, with other white space.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

/// What is not looked at when texts are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Composition of accents and syllables, compatibility forms, kinds of white space.
    Normalisation,
    /// These, and upper and lower case.
    Case,
}

impl Fold {
    /// Appends what a character folds to.
    fn push(self, c: char, out: &mut Vec<char>) {
        let mut decomposed = |c: char| {
            out.extend([c].into_iter().nfkd().map(|c| if c.is_whitespace() { ' ' } else { c }));
        };
        match self {
            Self::Normalisation => decomposed(c),
            // Up and down again: sharp s, final sigma and dotless i then meet their capitals.
            Self::Case => c.to_uppercase().flat_map(char::to_lowercase).for_each(decomposed),
        }
    }
}

/// A text folded, with the character that each of its characters comes from.
struct Folded {
    chars: Vec<char>,
    from: Vec<usize>,
}

impl Folded {
    fn new(text: &str, fold: Fold) -> Self {
        let (mut chars, mut from) = (Vec::new(), Vec::new());
        for (index, c) in text.chars().enumerate() {
            fold.push(c, &mut chars);
            from.resize(chars.len(), index);
        }
        Self { chars, from }
    }

    /// Whether a character of the text begins at this folded one; so does the text's end.
    fn is_edge(&self, at: usize) -> bool {
        at == 0 || at == self.from.len() || self.from[at - 1] != self.from[at]
    }
}

/// Characters of `context` that fold to what `text` folds to, the match nearest to character `start`.
pub fn find_nearest(context: &str, text: &str, start: usize, fold: Fold) -> Option<Range<usize>> {
    let (hay, needle) = (Folded::new(context, fold), Folded::new(text, fold).chars);
    let (first, length) = (*needle.first()?, needle.len());
    let is_match = |at: usize| {
        hay.chars[at] == first
            && hay.chars[at..].starts_with(&needle)
            && hay.is_edge(at)
            && hay.is_edge(at + length)
            // An accent that follows belongs to the last character.
            && !hay.chars.get(at + length).is_some_and(|c| unicode_normalization::char::is_combining_mark(*c))
    };
    let places = (0..(hay.chars.len() + 1).saturating_sub(length)).filter(|at| is_match(*at));
    let spans = places.map(|at| hay.from[at]..hay.from[at + length - 1] + 1);
    spans.min_by_key(|span| span.start.abs_diff(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_and_decomposed_texts_find_each_other() {
        let (composed, decomposed) = ("Lech Poznań won", "Lech Poznan\u{301} won");
        assert_eq!(find_nearest(composed, "Poznan\u{301}", 0, Fold::Normalisation), Some(5..11));
        assert_eq!(find_nearest(decomposed, "Poznań", 0, Fold::Normalisation), Some(5..12));
        // Half a character is no match.
        assert_eq!(find_nearest(composed, "Poznan", 0, Fold::Normalisation), None);
        assert_eq!(find_nearest(decomposed, "Poznan", 0, Fold::Normalisation), None);
        assert_eq!(find_nearest("한국", "\u{1112}\u{1161}\u{11ab}", 0, Fold::Normalisation), Some(0..1));
        assert_eq!(find_nearest("a\u{a0}b", "a b", 0, Fold::Normalisation), Some(0..3));
    }

    #[test]
    fn case_is_folded_with_the_rest_and_the_nearest_match_is_taken() {
        assert_eq!(find_nearest("LECH, Lech", "lech", 9, Fold::Case), Some(6..10));
        assert_eq!(find_nearest("LECH, Lech", "lech", 2, Fold::Case), Some(0..4));
        assert_eq!(find_nearest("POZNAŃ", "poznan\u{301}", 0, Fold::Case), Some(0..6));
        assert_eq!(find_nearest("die Straße", "STRASSE", 0, Fold::Case), Some(4..10));
        assert_eq!(find_nearest("ο λόγος", "ΛΌΓΟΣ", 0, Fold::Case), Some(2..7));
        assert_eq!(find_nearest("Lech", "lech", 0, Fold::Normalisation), None);
        assert_eq!(find_nearest("", "", 0, Fold::Case), None);
    }
}
