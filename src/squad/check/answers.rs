//! Findings about one answer: where it stands, and what it looks like there.

use std::ops::Range;

use super::fold::{Fold, find_nearest};
use super::{Finding, FindingKind, words};
use crate::squad::location::Location;
use crate::squad::offsets::{byte_from_char, char_from_byte, char_from_grapheme, char_from_utf16, slice};
use crate::squad::repair::Repair;
use crate::squad::schema::Answer;

/// What is wrong with the place of an answer: `None` where the context has its text exactly at `answer_start`.
pub fn answer_finding(context: &str, answer: &Answer, at: Location) -> Option<Finding> {
    let (text, start) = (answer.text.as_str(), answer.answer_start);
    if text.is_empty() {
        let finding = Finding::new(at, FindingKind::EmptyAnswer, "the answer is empty. Mark it again, or delete it.");
        return Some(finding.mended_by(Repair::DeleteAnswer));
    }
    if stands_at(context, text, start) {
        return None;
    }
    let found = counted_otherwise(context, text, start, at)
        .or_else(|| shifted(context, text, start, at))
        .or_else(|| written_otherwise(context, text, start, at));
    Some(found.unwrap_or_else(|| {
        let message = format!("'{text}' is not in the text. Mark the answer in the text again, or delete it.");
        Finding::new(at, FindingKind::AnswerAbsent, message).mended_by(Repair::DeleteAnswer)
    }))
}

fn stands_at(context: &str, text: &str, start: usize) -> bool {
    byte_from_char(context, start).is_some_and(|byte| context[byte..].starts_with(text))
}

/// A place that is right when it is counted as other languages count.
fn counted_otherwise(context: &str, text: &str, start: usize, at: Location) -> Option<Finding> {
    let otherwise = [
        (FindingKind::OffsetUtf16, char_from_utf16(context, start), "UTF-16 units"),
        (FindingKind::OffsetBytes, char_from_byte(context, start), "bytes"),
        (FindingKind::OffsetGraphemes, char_from_grapheme(context, start), "grapheme clusters"),
    ];
    let (kind, place, counted) =
        otherwise.into_iter().find(|(_, place, _)| place.is_some_and(|place| stands_at(context, text, place)))?;
    let place = place?;
    let message =
        format!("answer_start {start} counts {counted}; in characters '{text}' stands at {place}. Use {place}.");
    Some(Finding::new(at, kind, message).mended_by(Repair::SetStart(place)))
}

/// The text stands elsewhere.
fn shifted(context: &str, text: &str, start: usize, at: Location) -> Option<Finding> {
    let place = nearest(context, text, start)?;
    let message = format!("'{text}' does not stand at character {start}, but at {place}. Use {place}.");
    Some(Finding::new(at, FindingKind::OffsetShifted, message).mended_by(Repair::SetStart(place)))
}

/// The text stands there or elsewhere, written in another way.
fn written_otherwise(context: &str, text: &str, start: usize, at: Location) -> Option<Finding> {
    let as_written = |kind, span: Range<usize>, how: &str| {
        let written = slice(context, span.start, span.end)?.to_owned();
        let message = format!("the text has '{written}' at {}, '{text}' {how}. Use '{written}'.", span.start);
        Some(Finding::new(at, kind, message).mended_by(Repair::SetAnswer { text: written, answer_start: span.start }))
    };
    if let Some(span) = find_nearest(context, text, start, Fold::Normalisation) {
        let how = "is composed of other characters that look alike";
        return as_written(FindingKind::NormalisationDiffers, span, how);
    }
    if let Some(span) = find_nearest(context, text, start, Fold::Case) {
        return as_written(FindingKind::CaseDiffers, span, "has other upper and lower case");
    }
    let trimmed = text.trim();
    let span = find_nearest(context, trimmed, start, Fold::Normalisation).filter(|_| trimmed.len() < text.len())?;
    as_written(FindingKind::EdgeWhitespace, span, "has white space at its edge")
}

/// Character at which the occurrence of `text` nearest to `start` begins.
fn nearest(context: &str, text: &str, start: usize) -> Option<usize> {
    // Counted on from one occurrence to the next: a common letter occurs thousands of times.
    let (mut seen, mut place) = (0, 0);
    let places = context.match_indices(text).map(|(byte, _)| {
        place += context[seen..byte].chars().count();
        seen = byte;
        place
    });
    places.min_by_key(|place| place.abs_diff(start))
}

/// What an answer that stands where it says looks like: the first thing that is odd about it.
pub(super) fn form_finding(context: &str, answer: &Answer, at: Location) -> Option<Finding> {
    let text = answer.text.as_str();
    let trimmed = text.trim();
    if trimmed.is_empty() {
        let finding = Finding::new(at, FindingKind::EmptyAnswer, "the answer is white space alone. Mark it again.");
        return Some(finding.mended_by(Repair::DeleteAnswer));
    }
    if trimmed.len() < text.len() {
        let before = text[..text.len() - text.trim_start().len()].chars().count();
        let repair = Repair::SetAnswer { text: trimmed.to_owned(), answer_start: answer.answer_start + before };
        let message = format!("the answer has white space at its edge. Mark '{trimmed}' alone.");
        return Some(Finding::new(at, FindingKind::EdgeWhitespace, message).mended_by(repair));
    }
    if trimmed == context.trim() {
        let message = "the answer is the whole text. Mark the words that answer the question.";
        return Some(Finding::new(at, FindingKind::WholeContext, message));
    }
    let span = answer.answer_start..answer.answer_start + text.chars().count();
    words::inside_token(context, span, at).or_else(|| words::answer_too_long(text, at))
}
