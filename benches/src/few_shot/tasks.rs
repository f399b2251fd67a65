//! Tasks: a few questions that somebody marked, and at least a hundred others about other paragraphs of the same kind.

use std::fs;
use std::path::Path;

use clap::ValueEnum;
use spanwise::squad::read::read;
use spanwise::squad::{Answer, Dataset, Document, Paragraph};
use spanwise::train::sampler::Draws;

/// Questions of a test set.
const TEST_QUESTIONS: usize = 120;
/// Fewest questions that a task may be measured on.
const TEST_QUESTIONS_MIN: usize = 100;
/// Paragraphs of Reddit that make a group: enough for 256 answers and the test.
const GROUP: usize = 90;

/// Keeps the draws of tasks and of the bootstrap apart from those of a run.
pub const SITE: u32 = u32::MAX - 9;

/// How the person of a task marks answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Convention {
    /// As the data does.
    Same,
    /// Every answer widened to its clause, which the base has never seen.
    Shifted,
}

impl Convention {
    /// Its name in the results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Shifted => "shifted",
        }
    }
}

/// Which half of Reddit's paragraphs and of the articles: recipes are chosen on one and reported on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// For choosing.
    Choose,
    /// For reporting, and nothing else.
    Report,
}

/// A task.
pub struct Task {
    /// Name of its source.
    pub domain: String,
    /// How its person marks.
    pub convention: Convention,
    /// Marked questions.
    pub k: usize,
    /// Number of the draw.
    pub seed: u64,
    /// The questions that are marked.
    pub support: Dataset,
    /// The questions that are measured, about other paragraphs.
    pub test: Dataset,
}

/// Where tasks are drawn from: a name, and paragraphs with answered questions.
pub struct Source {
    /// `reddit` or an article's title.
    pub name: String,
    paragraphs: Vec<Paragraph>,
    group: Option<usize>,
}

/// A half of Reddit, and of the articles of `SQuAD` 2.0.
///
/// # Errors
/// Where a file cannot be read.
pub fn sources(data: &Path, half: Half) -> Result<Vec<Source>, String> {
    let load = |name: &str| {
        let path = data.join(name);
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        read(&bytes).map_err(|error| error.to_string())
    };
    let reddit = load("domain/reddit.json")?.data.into_iter().flat_map(|document| document.paragraphs);
    let is_wanted = |index: usize| index.is_multiple_of(2) == (half == Half::Choose);
    let paragraphs =
        reddit.enumerate().filter(|(index, _)| is_wanted(*index)).map(|(_, paragraph)| answered(paragraph));
    let mut sources = vec![Source { name: "reddit".to_owned(), paragraphs: paragraphs.collect(), group: Some(GROUP) }];
    for (_, document) in
        load("dev/squad-v2.0-part.json")?.data.into_iter().enumerate().filter(|(index, _)| is_wanted(*index))
    {
        let paragraphs = document.paragraphs.into_iter().map(answered).collect();
        sources.push(Source { name: document.title, paragraphs, group: None });
    }
    Ok(sources)
}

/// The paragraph with the questions that have an answer in it: the model of the page does not know "no answer".
fn answered(mut paragraph: Paragraph) -> Paragraph {
    paragraph.qas.retain(|question| !question.answers.is_empty());
    paragraph
}

impl Source {
    /// A task with `k` marked questions; `None` where there are not enough.
    pub fn task(&self, k: usize, convention: Convention, seed: u64) -> Option<Task> {
        let mut draws = Draws::new(seed, SITE, 0);
        let mut paragraphs: Vec<&Paragraph> =
            self.paragraphs.iter().filter(|paragraph| !paragraph.qas.is_empty()).collect();
        let count = paragraphs.len();
        draws.shuffle_front(&mut paragraphs, count);
        paragraphs.truncate(self.group.unwrap_or(usize::MAX));
        let mut rest = paragraphs.into_iter();
        let mut support = Vec::new();
        let mut count = 0;
        while count < k {
            let mut paragraph = rest.next()?.clone();
            paragraph.qas.truncate(k - count);
            count += paragraph.qas.len();
            support.push(marked(paragraph, convention));
        }
        let mut test = Vec::new();
        let mut count = 0;
        for paragraph in rest {
            if count >= TEST_QUESTIONS {
                break;
            }
            count += paragraph.qas.len();
            test.push(marked(paragraph.clone(), convention));
        }
        (count >= TEST_QUESTIONS_MIN).then(|| Task {
            domain: self.name.clone(),
            convention,
            k,
            seed,
            support: documents(support),
            test: documents(test),
        })
    }
}

/// A document for each paragraph: on Reddit each is somebody else's text.
fn documents(paragraphs: Vec<Paragraph>) -> Dataset {
    let document = |paragraph| Document { paragraphs: vec![paragraph], ..Document::default() };
    Dataset { data: paragraphs.into_iter().map(document).collect(), ..Dataset::default() }
}

fn marked(mut paragraph: Paragraph, convention: Convention) -> Paragraph {
    if convention == Convention::Shifted {
        let characters: Vec<char> = paragraph.context.chars().collect();
        for answer in paragraph.qas.iter_mut().flat_map(|question| &mut question.answers) {
            *answer = widened(&characters, answer);
        }
    }
    paragraph
}

/// The answer widened to its clause: up to the next comma, stop, bracket or line end on either side.
fn widened(context: &[char], answer: &Answer) -> Answer {
    let is_edge = |at: usize| {
        let next_is_space = context.get(at + 1).is_none_or(|next| next.is_whitespace());
        match context[at] {
            '\n' | '(' | ')' | '"' => true,
            ',' | '.' | ';' | ':' | '!' | '?' => next_is_space,
            _ => false,
        }
    };
    let first = answer.answer_start.min(context.len());
    let last = (first + answer.text.chars().count()).min(context.len());
    let mut start = (0..first).rev().find(|at| is_edge(*at)).map_or(0, |at| at + 1);
    let mut end = (last..context.len()).find(|at| is_edge(*at)).unwrap_or(context.len());
    while start < first && context[start].is_whitespace() {
        start += 1;
    }
    while end > last && context[end - 1].is_whitespace() {
        end -= 1;
    }
    Answer { text: context[start..end].iter().collect(), answer_start: start, extra: answer.extra.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_widened_to_their_clause() {
        let context: Vec<char> = "In 1922, Żółw (a club) was founded, they say. It won 3.5 to 1".chars().collect();
        let at = |text: &str, answer_start: usize| Answer { text: text.to_owned(), answer_start, ..Answer::default() };
        assert_eq!(widened(&context, &at("founded", 27)).text, "was founded");
        assert_eq!(widened(&context, &at("1922", 3)), at("In 1922", 0));
        assert_eq!(widened(&context, &at("3", 53)).text, "It won 3.5 to 1");
        let whole = widened(&context, &at("club", 17));
        assert_eq!(whole.text, "a club");
        let there: String = context[whole.answer_start..].iter().take(6).collect();
        assert_eq!(there, whole.text);
    }
}
