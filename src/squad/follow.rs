//! Answers that follow an edit of their text.
//!
//! The two texts are compared word by word; what stands in both keeps its answers. An answer whose words were touched follows
//! where its text is still there, between what stands before and after it in both. One that cannot follow keeps its words, so
//! that the doctor finds it: nothing is lost.

use unicode_segmentation::UnicodeSegmentation;

use super::offsets::slice;
use super::schema::Answer;

/// Largest table of a comparison, in words before times words after; what is larger is taken for rewritten.
const TABLE_MAX: usize = 4_000_000;

/// Where each character of a text stands after an edit.
pub struct Edit<'a> {
    before: &'a str,
    after: &'a str,
    /// For each character before: its place after, where it is still there. Places only grow.
    places: Vec<Option<usize>>,
    /// Length of the text after, in characters.
    after_len: usize,
}

/// An answer after an edit of its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Followed {
    /// The answer, at its new place.
    pub answer: Answer,
    /// Whether the text has its words there.
    pub stands: bool,
}

impl<'a> Edit<'a> {
    /// Compares a text before and after an edit.
    pub fn new(before: &'a str, after: &'a str) -> Self {
        // Words never end inside a grapheme cluster, nor between CR and LF.
        let (old, new) = (words(before), words(after));
        let prefix = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let rest = (old.len() - prefix).min(new.len() - prefix);
        let suffix = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
        let (old_end, new_end) = (old.len() - suffix, new.len() - suffix);
        let mut pairs: Vec<Option<usize>> = (0..prefix).map(Some).collect();
        pairs.extend(common(&old[prefix..old_end], &new[prefix..new_end]).into_iter().map(|at| Some(at? + prefix)));
        pairs.extend((new_end..new.len()).map(Some));
        let mut starts = Vec::with_capacity(new.len());
        let mut after_len = 0;
        for word in &new {
            starts.push(after_len);
            after_len += word.chars().count();
        }
        let mut places = Vec::new();
        for (word, pair) in old.iter().zip(pairs) {
            places.extend((0..word.chars().count()).map(|at| pair.map(|pair| starts[pair] + at)));
        }
        Self { before, after, places, after_len }
    }

    /// Whether the text before had an answer where it says.
    pub fn stood(&self, answer: &Answer) -> bool {
        let end = answer.answer_start.saturating_add(answer.text.chars().count());
        !answer.text.is_empty() && slice(self.before, answer.answer_start, end) == Some(answer.text.as_str())
    }

    /// Where an answer stands after the edit.
    pub fn follow(&self, answer: &Answer) -> Followed {
        let length = answer.text.chars().count();
        let (start, end) = (answer.answer_start, answer.answer_start.saturating_add(length));
        let moved =
            |to: usize, stands: bool| Followed { answer: Answer { answer_start: to, ..answer.clone() }, stands };
        let at = self.place(start);
        if !self.stood(answer) {
            // It was flagged before, and is so after.
            return moved(at, false);
        }
        let is_whole = |to: usize| (start..end).zip(to..).all(|(from, to)| self.places[from] == Some(to));
        if let Some(to) = self.places[start].filter(|to| is_whole(*to)) {
            return moved(to, true);
        }
        match self.nearest(&answer.text, start, end) {
            Some(to) => moved(to, true),
            None => moved(at, false),
        }
    }

    /// About where a place is after the edit: behind the last character before it that is still there.
    fn place(&self, at: usize) -> usize {
        if let Some(Some(to)) = self.places.get(at) {
            return *to;
        }
        let before = self.places[..at.min(self.places.len())].iter().rev().find_map(|place| *place);
        before.map_or(0, |place| place + 1).min(self.after_len)
    }

    /// The occurrence of a text nearest to where it was, between what is left on both sides of it.
    fn nearest(&self, text: &str, start: usize, end: usize) -> Option<usize> {
        let from = self.places[..start].iter().rev().find_map(|place| *place).map_or(0, |place| place + 1);
        let to = self.places[end..].iter().find_map(|place| *place).unwrap_or(self.after_len);
        let window = slice(self.after, from, to)?;
        let near = self.place(start);
        let starts = window.char_indices().enumerate().filter(|(_, (byte, _))| window[*byte..].starts_with(text));
        starts.map(|(at, _)| from + at).min_by_key(|at| at.abs_diff(near))
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split_word_bounds().collect()
}

/// For each word before: its partner after, by the longest common subsequence.
fn common(old: &[&str], new: &[&str]) -> Vec<Option<usize>> {
    let mut pairs = vec![None; old.len()];
    let width = new.len() + 1;
    if old.is_empty() || new.is_empty() || (old.len() + 1).saturating_mul(width) > TABLE_MAX {
        return pairs;
    }
    // Length of the longest common subsequence of what follows.
    let mut longest = vec![0u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let below = longest[(i + 1) * width + j].max(longest[i * width + j + 1]);
            let both = longest[(i + 1) * width + j + 1] + 1;
            longest[i * width + j] = if old[i] == new[j] { both } else { below };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            pairs[i] = Some(j);
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// Gives a text that was edited in a browser's field its line ends back: a field knows only LF. Lines that were there keep theirs,
/// new ones take the kind that the text has most of.
pub fn with_line_ends_of(before: &str, edited: &str) -> String {
    if !before.contains('\r') {
        return edited.to_owned();
    }
    let mut ends = Vec::new();
    let mut plain = String::with_capacity(before.len());
    let mut chars = before.chars().peekable();
    while let Some(c) = chars.next() {
        let end = match c {
            '\r' if chars.next_if_eq(&'\n').is_some() => "\r\n",
            '\r' => "\r",
            '\n' => "\n",
            _ => "",
        };
        plain.push(if end.is_empty() { c } else { '\n' });
        ends.push(end);
    }
    let count = |wanted: &str| ends.iter().filter(|end| **end == wanted).count();
    let usual = ["\r\n", "\n", "\r"].into_iter().rev().max_by_key(|end| count(end)).unwrap_or("\n");
    let edit = Edit::new(&plain, edited);
    let mut of_edited = vec![usual; edit.after_len];
    for (place, end) in edit.places.iter().zip(&ends) {
        if let (Some(place), false) = (place, end.is_empty()) {
            of_edited[*place] = end;
        }
    }
    let mut out = String::with_capacity(edited.len() + ends.len());
    for (c, end) in edited.chars().zip(of_edited) {
        if c == '\n' { out.push_str(end) } else { out.push(c) }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn answer(text: &str, answer_start: usize) -> Answer {
        Answer { text: text.to_owned(), answer_start, ..Answer::default() }
    }

    fn follow(before: &str, after: &str, text: &str, start: usize) -> (usize, bool) {
        let followed = Edit::new(before, after).follow(&answer(text, start));
        assert_eq!(followed.answer.text, text);
        (followed.answer.answer_start, followed.stands)
    }

    #[test]
    fn the_same_words_twice_keep_apart() {
        let before = "It was 5-1 here and 5-1 there.";
        let after = "Wow: it was 5-1 here and, again, 5-1 there.";
        assert_eq!(follow(before, after, "5-1", 7), (12, true));
        assert_eq!(follow(before, after, "5-1", 20), (33, true));
    }

    #[test]
    fn words_that_are_gone_are_flagged_though_they_stand_elsewhere() {
        let before = "It was 5-1 here and 5-1 there.";
        let (start, stands) = follow(before, "It was lost here and 5-1 there.", "5-1", 7);
        assert!(!stands && start <= 7);
        assert_eq!(follow(before, "", "5-1", 7), (0, false));
    }

    #[test]
    fn a_touched_answer_follows_where_its_text_still_is() {
        assert_eq!(follow("He is Lech.", "He is LechPoznań.", "Lech", 6), (6, true));
        assert_eq!(follow("ab cafe\u{301} x", "🐢 ab cafe\u{301}s x", "cafe\u{301}", 3), (5, true));
        assert_eq!(follow("won 3-0", "won 3-1", "3-0", 4), (4, false));
    }

    #[test]
    fn an_answer_that_stood_nowhere_stays_flagged() {
        assert_eq!(follow("abc def", "x abc def", "zzz", 4), (6, false));
        assert_eq!(follow("abc", "x abc", "zzz", 400), (5, false));
        assert_eq!(follow("abc", "x abc", "", 0), (2, false));
    }

    #[test]
    fn line_ends_come_back() {
        let before = "one\r\ntwo\rthree\r\nfour";
        assert_eq!(with_line_ends_of(before, "one\ntwo\nthree\nfour"), before);
        assert_eq!(
            with_line_ends_of(before, "zero\none\ntwo\nthree, more\nfour"),
            "zero\r\none\r\ntwo\rthree, more\r\nfour"
        );
        assert_eq!(with_line_ends_of("a\nb", "a\n\nb"), "a\n\nb");
    }

    /// Pieces that texts are made of: repeated words, emoji, joiners, combining marks, right-to-left text, Windows line ends.
    fn text() -> impl Strategy<Value = Vec<&'static str>> {
        let pieces = ["5-1", " ", "Lech", "a", "👨‍👩‍👧", "e\u{301}", "שלום", "\r\n", "\n", ", ", "🏟️", "Żółw", "."];
        prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..14)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn answers_beside_an_edit_move_exactly(
            left in text(), old in text(), new in text(), right in text(), cut in any::<prop::sample::Index>(), before_it in any::<bool>(),
        ) {
            let join = |parts: &[&[&str]]| parts.concat().concat();
            // A wall that no word joins across, and that no other part has.
            let wall: &[&str] = &[" | "];
            let (before, after) = (join(&[&left, wall, &old, wall, &right]), join(&[&left, wall, &new, wall, &right]));
            let part = if before_it { left.concat() } else { right.concat() };
            let clusters: Vec<(usize, &str)> = part.grapheme_indices(true).collect();
            prop_assume!(!clusters.is_empty());
            let from = clusters[cut.index(clusters.len())].0;
            let text = &part[from..];
            let start = |whole: &str, part_at: usize| whole[..part_at + from].chars().count();
            let (at_before, at_after) =
                if before_it { (0, 0) } else { (before.len() - part.len(), after.len() - part.len()) };
            let answer = answer(text, start(&before, at_before));
            let followed = Edit::new(&before, &after).follow(&answer);
            prop_assert!(followed.stands);
            prop_assert_eq!(followed.answer.answer_start, start(&after, at_after));
        }

        #[test]
        fn nothing_is_lost_and_what_is_said_to_stand_does(
            old in text(), new in text(), from in any::<prop::sample::Index>(), length in 1usize..6,
        ) {
            let (before, after) = (old.concat(), new.concat());
            let chars: Vec<char> = before.chars().collect();
            prop_assume!(!chars.is_empty());
            let start = from.index(chars.len());
            let text: String = chars[start..].iter().take(length).collect();
            let Followed { answer, stands } = Edit::new(&before, &after).follow(&answer(&text, start));
            prop_assert_eq!(&answer.text, &text);
            let end = answer.answer_start + text.chars().count();
            prop_assert!(!stands || slice(&after, answer.answer_start, end) == Some(&text));
            prop_assert!(answer.answer_start <= after.chars().count());
        }

        #[test]
        fn line_ends_survive_a_field_that_changes_nothing(pieces in text()) {
            let before = pieces.concat();
            let in_field = before.replace("\r\n", "\n").replace('\r', "\n");
            prop_assert_eq!(with_line_ends_of(&before, &in_field), before);
        }
    }
}
