//! Holding a part of the questions back from training, to measure on.

use super::history::{Change, Everything, Step};
use super::{HeldOut, Place, Project, Tally};
use crate::squad::Dataset;
use crate::squad::check::check;
use crate::squad::split::{SplitBy, split};

/// Smallest and largest share that is held back, in per cent.
pub const PERCENT: std::ops::RangeInclusive<u32> = 1..=90;

/// Name of what is held back.
pub const HELD_BACK: &str = "Held back";

/// How a part is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// What stays together.
    pub by: SplitBy,
    /// How much of the questions, in per cent.
    pub percent: u32,
    /// Seed: the same gives the same part.
    pub seed: u64,
}

impl Default for Draw {
    fn default() -> Self {
        Self { by: SplitBy::Paragraph, percent: 20, seed: 42 }
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

impl Project {
    fn parts(&self, draw: Draw) -> Option<(Dataset, Dataset)> {
        let share = f64::from(draw.percent.clamp(*PERCENT.start(), *PERCENT.end())) / 100.0;
        let mut parts = split(&self.dataset, draw.by, draw.seed, &[1.0 - share, share]).into_iter();
        let (training, held_back) = (parts.next()?, parts.next()?);
        (training.question_count() > 0 && held_back.question_count() > 0).then_some((training, held_back))
    }

    /// What holding back would give; `None` where one side would have no question.
    pub fn preview(&self, draw: Draw) -> Option<Drawn> {
        let (training, held_back) = self.parts(draw)?;
        Some(Drawn { training: training.question_count(), held_back: held_back.question_count() })
    }

    /// Takes a part of the questions out of what is trained on, beside what is held back already. One step of Undo.
    pub fn hold_back(&mut self, draw: Draw) -> Option<Drawn> {
        let (dataset, part) = self.parts(draw)?;
        let drawn = Drawn { training: dataset.question_count(), held_back: part.question_count() };
        let held_out = match self.held_out.clone() {
            Some(mut before) => {
                before.dataset.data.extend(part.data);
                before
            }
            None => HeldOut { name: HELD_BACK.to_owned(), dataset: part },
        };
        self.exchange_parts("part held back", dataset, Some(held_out));
        Some(drawn)
    }

    /// Puts what is held back among what is trained on again, behind it. One step of Undo.
    pub fn give_back(&mut self) {
        if let Some(held_out) = self.held_out.clone() {
            let mut dataset = self.dataset.clone();
            for document in held_out.dataset.data {
                let known =
                    dataset.data.iter_mut().find(|known| !known.title.is_empty() && known.title == document.title);
                match known {
                    Some(known) => known.paragraphs.extend(document.paragraphs),
                    None => dataset.data.push(document),
                }
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

#[cfg(test)]
mod tests {
    use super::super::tests::project;
    use super::*;
    use crate::squad::check::leaks;

    #[test]
    fn a_part_goes_out_of_training_and_comes_back() {
        let texts: Vec<String> = (0..20).map(|number| format!("text {number}")).collect();
        let paragraphs: Vec<(&str, usize)> = texts.iter().map(|text| (text.as_str(), 2)).collect();
        let mut project = project(&[&paragraphs[..10], &paragraphs[10..]]);
        project.dataset.data[0].title = "First".to_owned();
        let whole = project.dataset.clone();
        let draw = Draw { percent: 25, ..Draw::default() };
        let drawn = Drawn { training: 30, held_back: 10 };
        assert_eq!((project.preview(draw), project.hold_back(draw)), (Some(drawn), Some(drawn)));
        let held_out = project.held_out.clone().unwrap();
        assert_eq!((project.dataset.question_count(), held_out.dataset.question_count()), (30, 10));
        assert_eq!(leaks(&project.dataset, &held_out.dataset), []);
        assert_eq!(project.findings, check(&project.dataset));
        project.hold_back(draw);
        assert!(project.held_out.as_ref().unwrap().dataset.question_count() > 10, "one part more");
        project.give_back();
        assert_eq!((project.dataset.question_count(), &project.held_out), (40, &None));
        for _ in 0..3 {
            project.undo();
        }
        assert_eq!((&project.dataset, &project.held_out), (&whole, &None));
    }

    #[test]
    fn a_single_text_cannot_be_split() {
        let mut project = project(&[&[("one", 5)]]);
        assert_eq!((project.preview(Draw::default()), project.hold_back(Draw::default())), (None, None));
        assert_eq!(project.history.undoable(), None);
    }
}
