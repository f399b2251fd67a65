//! The dataset in numbers: how long its texts, questions and answers are, and how far each document is marked.

use super::Project;
use super::outline::title;
use crate::squad::Dataset;

/// Bars of a histogram.
pub const BARS: usize = 12;

/// Documents that the table lists; the rest is counted.
pub const DOCUMENTS_MAX: usize = 200;

/// How many things are how long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Width of a bar, in words.
    pub width: usize,
    /// Number of things in each bar: bar `i` counts lengths from `i * width + 1` on (the first those of 0, too).
    pub bars: Vec<usize>,
    /// Median length.
    pub median: usize,
    /// Longest.
    pub longest: usize,
    /// How many there are.
    pub count: usize,
}

impl Histogram {
    /// A histogram of lengths.
    pub fn of(mut lengths: Vec<usize>) -> Self {
        lengths.sort_unstable();
        let (Some(longest), Some(median)) = (lengths.last().copied(), lengths.get(lengths.len() / 2).copied()) else {
            return Self::default();
        };
        let width = round_up(longest.div_ceil(BARS).max(1));
        let mut bars = vec![0; longest.max(1).div_ceil(width)];
        for length in &lengths {
            bars[length.saturating_sub(1) / width] += 1;
        }
        Self { width, bars, median, longest, count: lengths.len() }
    }

    /// First and last length of a bar.
    pub fn range(&self, bar: usize) -> (usize, usize) {
        (if bar == 0 { 0 } else { bar * self.width + 1 }, (bar + 1) * self.width)
    }
}

/// The next of 1, 2, 5, 10, 20, 50 …
fn round_up(width: usize) -> usize {
    let mut unit = 1;
    loop {
        for step in [1, 2, 5] {
            if unit * step >= width {
                return unit * step;
            }
        }
        unit *= 10;
    }
}

/// Numbers of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfDocument {
    /// Its index.
    pub index: usize,
    /// Its title.
    pub title: String,
    /// Paragraphs in it.
    pub paragraphs: usize,
    /// Questions about it.
    pub questions: usize,
    /// Questions that have an answer or are marked as having none.
    pub settled: usize,
    /// Questions marked as having none.
    pub unanswerable: usize,
}

/// The dataset in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Words of the texts.
    pub contexts: Histogram,
    /// Words of the questions.
    pub questions: Histogram,
    /// Words of the answers.
    pub answers: Histogram,
    /// Questions that have an answer or are marked as having none.
    pub settled: usize,
    /// Questions marked as having none.
    pub unanswerable: usize,
    /// Questions held back.
    pub held_back: usize,
    /// The first documents.
    pub documents: Vec<OfDocument>,
    /// Documents besides.
    pub more_documents: usize,
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

impl Project {
    /// The dataset in numbers.
    pub fn statistics(&self) -> Statistics {
        let Dataset { data, .. } = &self.dataset;
        let (mut contexts, mut questions, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        let mut statistics =
            Statistics { more_documents: data.len().saturating_sub(DOCUMENTS_MAX), ..Statistics::default() };
        for (index, document) in data.iter().enumerate() {
            let mut of = OfDocument {
                index,
                title: title(&document.title, index),
                paragraphs: document.paragraphs.len(),
                questions: 0,
                settled: 0,
                unanswerable: 0,
            };
            for paragraph in &document.paragraphs {
                contexts.push(words(&paragraph.context));
                for question in &paragraph.qas {
                    of.questions += 1;
                    of.unanswerable += usize::from(question.is_unanswerable());
                    of.settled += usize::from(question.is_unanswerable() || !question.answers.is_empty());
                    questions.push(words(&question.question));
                    answers.extend(question.answers.iter().map(|answer| words(&answer.text)));
                }
            }
            statistics.settled += of.settled;
            statistics.unanswerable += of.unanswerable;
            if index < DOCUMENTS_MAX {
                statistics.documents.push(of);
            }
        }
        statistics.held_back = self.held_out.as_ref().map_or(0, |held_out| held_out.dataset.question_count());
        statistics.contexts = Histogram::of(contexts);
        statistics.questions = Histogram::of(questions);
        statistics.answers = Histogram::of(answers);
        statistics
    }
}

#[cfg(test)]
mod tests {
    use super::super::Span;
    use super::super::tests::project;
    use super::*;

    #[test]
    fn a_histogram_counts_everything_once() {
        let histogram = Histogram::of((0..=100).collect());
        assert_eq!((histogram.width, histogram.median, histogram.longest), (10, 50, 100));
        assert_eq!(histogram.bars, [11, 10, 10, 10, 10, 10, 10, 10, 10, 10]);
        assert_eq!((histogram.range(0), histogram.range(9)), ((0, 10), (91, 100)));
        assert_eq!(Histogram::of(vec![0]).bars, [1]);
        assert_eq!(Histogram::of(Vec::new()), Histogram::default());
        assert_eq!(round_up(13), 20);
    }

    #[test]
    fn statistics_add_up() {
        let mut project = project(&[&[("Lech won 3-0.", 2)], &[("two", 1)]]);
        project.mark(Span { start: 0, end: 8 });
        project.set_no_answer(1, true);
        let statistics = project.statistics();
        assert_eq!((statistics.settled, statistics.unanswerable, statistics.questions.count), (2, 1, 3));
        assert_eq!((statistics.contexts.longest, statistics.answers.longest), (3, 2));
        let documents: Vec<(usize, usize)> = statistics.documents.iter().map(|d| (d.settled, d.questions)).collect();
        assert_eq!(documents, [(2, 2), (0, 1)]);
    }
}
