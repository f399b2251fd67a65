//! Holding a part of the questions back from training, to measure on: a share, or one fold after the other.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::history::{Change, Everything, Step};
use super::{HeldOut, Place, Project, Tally};
use crate::squad::check::check;
use crate::squad::split::{At, SplitBy, assign, fold_shares};
use crate::squad::{Dataset, Document};

/// Smallest and largest share that is held back, in per cent.
pub const PERCENT: std::ops::RangeInclusive<u32> = 1..=90;

/// Fewest and most folds.
pub const FOLDS: std::ops::RangeInclusive<usize> = 2..=100;

/// Name of what is held back.
pub const HELD_BACK: &str = "Held back";

/// The field of what is held back that says where it was taken from.
const TAKEN: &str = "spanwise_taken";

/// How much is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Amount {
    /// So much of the questions, in per cent, beside what is held back already.
    Share(u32),
    /// One of so many folds of the whole, counted from 1, in the place of what was drawn before.
    Fold {
        /// Which.
        number: usize,
        /// Of how many.
        of: usize,
    },
}

/// How a part is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// What stays together.
    pub by: SplitBy,
    /// How much is drawn.
    pub amount: Amount,
    /// Seed: the same gives the same part.
    pub seed: u64,
}

impl Default for Draw {
    fn default() -> Self {
        Self { by: SplitBy::Paragraph, amount: Amount::Share(20), seed: 42 }
    }
}

impl Draw {
    /// The same with numbers that can be drawn by.
    #[must_use]
    pub fn clamped(self) -> Self {
        let amount = match self.amount {
            Amount::Share(percent) => Amount::Share(percent.clamp(*PERCENT.start(), *PERCENT.end())),
            Amount::Fold { number, of } => {
                let of = of.clamp(*FOLDS.start(), *FOLDS.end());
                Amount::Fold { number: number.clamp(1, of), of }
            }
        };
        Self { amount, ..self }
    }

    /// Shares of the parts, and which of them is held back.
    fn shares(self) -> (Vec<f64>, usize) {
        match self.clamped().amount {
            Amount::Share(percent) => {
                let share = f64::from(percent) / 100.0;
                (vec![1.0 - share, share], 1)
            }
            Amount::Fold { number, of } => (fold_shares(of), number - 1),
        }
    }

    /// What is drawn next by whoever goes through the folds.
    fn next(self) -> Self {
        match self.amount {
            Amount::Fold { number, of } => Self { amount: Amount::Fold { number: number % of + 1, of }, ..self },
            Amount::Share(_) => self,
        }
    }
}

/// What holding back would give: questions to train on, and held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// Questions that are trained on.
    pub training: usize,
    /// Questions held back.
    pub held_back: usize,
}

/// What was taken out of the training data at one time: the last documents of what is held back then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Taken {
    draw: Draw,
    documents: Vec<TakenDocument>,
}

/// Where the paragraphs of a document were.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct TakenDocument {
    index: usize,
    /// Whether nothing of it was left.
    is_whole: bool,
    paragraphs: Vec<usize>,
}

/// What was drawn, the last time last; nothing where that is not known, or does not fit what is there.
fn taken(held_out: &HeldOut) -> Vec<Taken> {
    let written = held_out.dataset.extra.get(TAKEN).cloned().unwrap_or_default();
    let taken: Vec<Taken> = serde_json::from_value(written).unwrap_or_default();
    let expected = taken.iter().flat_map(|taken| &taken.documents).map(|document| document.paragraphs.len());
    let there = held_out.dataset.data.iter().map(|document| document.paragraphs.len());
    let count: usize = taken.iter().map(|taken| taken.documents.len()).sum();
    if expected.rev().eq(there.rev().take(count)) { taken } else { Vec::new() }
}

fn note(dataset: &mut Dataset, taken: &[Taken]) {
    if taken.is_empty() {
        dataset.extra.shift_remove(TAKEN);
    } else {
        // Numbers and lists: turning them into JSON cannot fail.
        dataset.extra.insert(TAKEN.to_owned(), serde_json::to_value(taken).unwrap_or_default());
    }
}

/// Parts a dataset: what stays, what is taken out of it, and where that was.
fn take(dataset: &Dataset, is_taken: impl Fn(At) -> bool) -> (Dataset, Vec<Document>, Vec<TakenDocument>) {
    let (mut stays, mut out, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for (index, document) in dataset.data.iter().enumerate() {
        let (taken, kept): (Vec<_>, Vec<_>) =
            document.paragraphs.iter().enumerate().partition(|(paragraph, _)| is_taken((index, *paragraph)));
        let with = |paragraphs: &[(usize, &crate::squad::Paragraph)]| Document {
            title: document.title.clone(),
            paragraphs: paragraphs.iter().map(|(_, paragraph)| (*paragraph).clone()).collect(),
            extra: document.extra.clone(),
        };
        let is_whole = kept.is_empty() && !taken.is_empty();
        if !is_whole {
            stays.push(with(&kept));
        }
        if !taken.is_empty() {
            out.push(with(&taken));
            let paragraphs = taken.iter().map(|(paragraph, _)| *paragraph).collect();
            places.push(TakenDocument { index, is_whole, paragraphs });
        }
    }
    (Dataset { version: dataset.version.clone(), data: stays, extra: dataset.extra.clone() }, out, places)
}

/// Puts documents back where they were; where that place is gone, behind.
fn put_back(dataset: &mut Dataset, documents: Vec<Document>, places: &[TakenDocument]) {
    for (document, place) in documents.into_iter().zip(places) {
        if place.is_whole {
            dataset.data.insert(place.index.min(dataset.data.len()), document);
            continue;
        }
        match dataset.data.get_mut(place.index).filter(|there| there.title == document.title) {
            Some(there) => {
                for (paragraph, at) in document.paragraphs.into_iter().zip(&place.paragraphs) {
                    there.paragraphs.insert((*at).min(there.paragraphs.len()), paragraph);
                }
            }
            None => put_behind(dataset, document),
        }
    }
}

/// Puts a document behind the others, its paragraphs into one with the same title where there is one.
fn put_behind(dataset: &mut Dataset, document: Document) {
    let mut known = dataset.data.iter_mut().filter(|known| !known.title.is_empty() && known.title == document.title);
    match known.next() {
        Some(known) => known.paragraphs.extend(document.paragraphs),
        None => dataset.data.push(document),
    }
}

impl Project {
    /// The training data with everything in its place again that was drawn from it, and what is held back besides.
    pub(super) fn undrawn(&self) -> (Cow<'_, Dataset>, Option<Cow<'_, HeldOut>>) {
        let Some(held_out) = &self.held_out else { return (Cow::Borrowed(&self.dataset), None) };
        let mut taken = taken(held_out);
        if taken.is_empty() {
            return (Cow::Borrowed(&self.dataset), Some(Cow::Borrowed(held_out)));
        }
        let (mut dataset, mut rest) = (self.dataset.clone(), held_out.clone());
        while let Some(last) = taken.pop() {
            let first = rest.dataset.data.len().saturating_sub(last.documents.len());
            put_back(&mut dataset, rest.dataset.data.split_off(first), &last.documents);
        }
        note(&mut rest.dataset, &[]);
        let is_left = !rest.dataset.data.is_empty();
        (Cow::Owned(dataset), is_left.then_some(Cow::Owned(rest)))
    }

    /// What a part is drawn from, and what is held back besides.
    fn source(&self, draw: Draw) -> (Cow<'_, Dataset>, Option<Cow<'_, HeldOut>>) {
        match draw.amount {
            Amount::Share(_) => (Cow::Borrowed(&self.dataset), self.held_out.as_ref().map(Cow::Borrowed)),
            Amount::Fold { .. } => self.undrawn(),
        }
    }

    /// What holding back would give; `None` where one side would have no question.
    pub fn preview(&self, draw: Draw) -> Option<Drawn> {
        let (dataset, _) = self.source(draw);
        let (shares, part) = draw.shares();
        let part_of = assign(&dataset, draw.by, draw.seed, &shares);
        let questions = |(d, p): &At| dataset.data[*d].paragraphs[*p].qas.len();
        let held_back = part_of.iter().filter(|(_, of)| **of == part).map(|(at, _)| questions(at)).sum();
        let training = dataset.question_count() - held_back;
        (training > 0 && held_back > 0).then_some(Drawn { training, held_back })
    }

    /// Takes a part of the questions out of what is trained on. One step of Undo.
    pub fn hold_back(&mut self, draw: Draw) -> Option<Drawn> {
        let draw = draw.clamped();
        let drawn = self.preview(draw)?;
        let (dataset, besides) = self.source(draw);
        let (shares, part) = draw.shares();
        let part_of = assign(&dataset, draw.by, draw.seed, &shares);
        let (training, documents, places) = take(&dataset, |at| part_of.get(&at) == Some(&part));
        let mut held_out = besides.map_or_else(|| HeldOut { name: name(draw), ..HeldOut::default() }, Cow::into_owned);
        let mut taken = taken(&held_out);
        taken.push(Taken { draw, documents: places });
        held_out.dataset.data.extend(documents);
        note(&mut held_out.dataset, &taken);
        let what = if matches!(draw.amount, Amount::Fold { .. }) { "fold held back" } else { "part held back" };
        self.exchange_parts(what, training, Some(held_out));
        Some(drawn)
    }

    /// What is proposed to be drawn: the next fold for whoever goes through them.
    pub fn proposed_draw(&self) -> Draw {
        let taken = self.held_out.as_ref().map(taken).unwrap_or_default();
        taken.last().map_or_else(Draw::default, |taken| taken.draw.next())
    }

    /// Takes questions to measure on, in the place of those that came from a file before; what was drawn from the training data goes back
    /// to where it was. One step of Undo.
    pub fn hold_out(&mut self, held_out: HeldOut) {
        let dataset = self.undrawn().0.into_owned();
        self.exchange_parts("held-out file", dataset, Some(held_out));
    }

    /// Puts what is held back among what is trained on again: where it was, or behind. One step of Undo.
    pub fn give_back(&mut self) {
        if self.held_out.is_some() {
            let (dataset, rest) = self.undrawn();
            let (mut dataset, rest) = (dataset.into_owned(), rest.map(Cow::into_owned));
            for document in rest.into_iter().flat_map(|rest| rest.dataset.data) {
                put_behind(&mut dataset, document);
            }
            self.exchange_parts("part given back", dataset, None);
        }
    }

    fn exchange_parts(&mut self, what: &'static str, dataset: Dataset, held_out: Option<HeldOut>) {
        let findings = check(&dataset);
        let (name, is_sample, style) = (self.name.clone(), self.is_sample, self.style.clone());
        let tally = Tally::of(&dataset.data);
        let all = Everything { name, dataset, findings, style, held_out, is_sample, tally };
        let change = Change::Everything(Box::new(all));
        self.make(Step { what, change, place: self.place, merge: None });
        self.go_to(Place { question: None, ..self.place });
    }
}

/// What is held back is called: `Fold 2 of 5`.
fn name(draw: Draw) -> String {
    match draw.amount {
        Amount::Share(_) => HELD_BACK.to_owned(),
        Amount::Fold { number, of } => format!("Fold {number} of {of}"),
    }
}

#[cfg(test)]
mod tests;
