//! How long texts, questions and answers are: in tokens of the model, or in words where there is none. Counted a little at a time,
//! since a dataset may have a hundred megabytes and nobody is to wait for it.

use super::{Place, Project};

/// Bars of a histogram.
pub const BARS: usize = 12;

/// Bytes of text that are counted at once, about: a moment's work for the page, and for a worker that trains.
const BATCH_BYTES: usize = 64 * 1024;

/// What lengths are counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// What stands between white space.
    #[default]
    Words,
    /// Pieces that the model reads, without the marks around a text.
    Tokens,
}

/// How many things are how long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Width of a bar, in the unit of the lengths.
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

/// Lengths of everything that is trained on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lengths {
    /// What they are counted in.
    pub unit: Unit,
    /// Of the texts.
    pub contexts: Histogram,
    /// Of the questions.
    pub questions: Histogram,
    /// Of the answers, each alone.
    pub answers: Histogram,
}

/// What a text is.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Context,
    Question,
    Answer,
}

/// A count that goes on: take a [`Self::batch`], have its texts counted, give the counts to [`Self::receive`], until no text is left.
/// The project must stay the same meanwhile.
#[derive(Clone, Debug)]
pub struct Count {
    /// What is counted.
    pub unit: Unit,
    /// The paragraph that is next, and its question; `None` where its text is next.
    next: Place,
    /// What the texts of the batch are that is being counted.
    waiting: Vec<Kind>,
    /// Lengths of contexts, questions and answers.
    lengths: [Vec<usize>; 3],
    paragraphs: usize,
    paragraphs_total: usize,
}

impl Count {
    /// Before the first text.
    pub fn new(unit: Unit, project: &Project) -> Self {
        Self {
            unit,
            next: Place::default(),
            waiting: Vec::new(),
            lengths: [const { Vec::new() }; 3],
            paragraphs: 0,
            paragraphs_total: project.dataset.data.iter().map(|document| document.paragraphs.len()).sum(),
        }
    }

    /// The texts that are counted next; none where all are.
    pub fn batch(&mut self, project: &Project) -> Vec<String> {
        let (mut texts, mut bytes) = (Vec::new(), 0);
        self.waiting.clear();
        while bytes < BATCH_BYTES && self.next.document < project.dataset.data.len() {
            let Some(paragraph) = project.paragraph_at(self.next) else {
                self.next = Place::of_paragraph(self.next.document + 1, 0);
                continue;
            };
            let mut take = |kind: Kind, text: &str| {
                self.waiting.push(kind);
                bytes += text.len();
                texts.push(text.to_owned());
            };
            let question = match self.next.question {
                None => {
                    take(Kind::Context, &paragraph.context);
                    0
                }
                Some(question) => {
                    let asked = &paragraph.qas[question];
                    take(Kind::Question, &asked.question);
                    asked.answers.iter().for_each(|answer| take(Kind::Answer, &answer.text));
                    question + 1
                }
            };
            if question < paragraph.qas.len() {
                self.next.question = Some(question);
            } else {
                self.paragraphs += 1;
                self.next = Place::of_paragraph(self.next.document, self.next.paragraph + 1);
            }
        }
        texts
    }

    /// Takes the lengths of a batch's texts, in their order.
    pub fn receive(&mut self, counts: &[usize]) {
        for (kind, count) in self.waiting.drain(..).zip(counts) {
            self.lengths[kind as usize].push(*count);
        }
    }

    /// How much is done, in per cent of the paragraphs.
    pub fn percent(&self) -> usize {
        (self.paragraphs * 100).checked_div(self.paragraphs_total).unwrap_or(100)
    }

    /// What came of it.
    pub fn finish(self) -> Lengths {
        let [contexts, questions, answers] = self.lengths.map(Histogram::of);
        Lengths { unit: self.unit, contexts, questions, answers }
    }
}

/// Words of a text.
pub fn words(text: &str) -> usize {
    text.split_whitespace().count()
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

    /// Counts all, and says how many texts each batch had.
    fn counted(project: &Project, unit: Unit, length: impl Fn(&str) -> usize) -> (Lengths, Vec<usize>) {
        let mut count = Count::new(unit, project);
        let mut batches = Vec::new();
        loop {
            let texts = count.batch(project);
            if texts.is_empty() {
                assert_eq!(count.percent(), 100);
                return (count.finish(), batches);
            }
            assert!(count.percent() <= 100);
            batches.push(texts.len());
            count.receive(&texts.iter().map(|text| length(text)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn everything_is_counted_once_each_under_its_own_name() {
        let mut project = project(&[&[("Lech won 3-0.", 2), ("", 0)], &[], &[("two", 1)]]);
        project.mark(Span { start: 0, end: 8 });
        project.mark(Span { start: 9, end: 12 });
        let (lengths, batches) = counted(&project, Unit::Words, words);
        let counts = [&lengths.contexts, &lengths.questions, &lengths.answers].map(|of| (of.count, of.longest));
        assert_eq!((counts, lengths.unit), ([(3, 3), (3, 2), (2, 2)], Unit::Words));
        assert_eq!(batches, [8]);
        assert_eq!(
            counted(&Project::default(), Unit::Tokens, words).0,
            Lengths { unit: Unit::Tokens, ..Lengths::default() }
        );
    }

    #[test]
    fn a_large_dataset_is_counted_in_batches_also_within_one_paragraph() {
        let text = "word ".repeat(1_000);
        let many = vec![(text.as_str(), 3); 100];
        let crowded = [("one", 10_000)];
        let project = project(&[&many, &crowded]);
        let (lengths, batches) = counted(&project, Unit::Tokens, str::len);
        let counts = [&lengths.contexts, &lengths.questions, &lengths.answers].map(|of| (of.count, of.longest));
        assert_eq!(counts, [(101, 5_000), (10_300, "Question 10300?".len()), (0, 0)]);
        // 500 kB of texts, and 150 kB of questions about one of them.
        assert!(batches.len() >= 9 && batches.iter().all(|texts| *texts < 6_000), "{batches:?}");
    }
}
