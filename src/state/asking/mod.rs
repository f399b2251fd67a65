//! Questions asked and their answers, as the Ask view shows them.

pub mod field;
pub mod passage;
pub mod pool;
pub mod source;

use std::collections::HashSet;

use crate::answer::{Answered, DecodeOptions};
use crate::protocol::{AskItem, Plan};
use crate::squad::Dataset;
use crate::state::model::Weights;
use crate::state::project::examples::Outcome;
use crate::state::project::{Place, Project};
use crate::state::words::ask as words;

pub use pool::{Found, Pool};
pub use source::{Source, Text};

/// Answers asked for from each text.
pub const TOP_K: usize = 3;

/// Questions of a visit that are kept.
const KEPT: usize = 30;

/// Characters of the texts that are sent at a time: between two batches other work gets its turn.
const BATCH_CHARS: usize = 16_000;

/// What is being asked, and what was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asking {
    /// The question as typed.
    pub question: String,
    /// Text as pasted.
    pub pasted: String,
    /// Where to look, once the person has said so.
    pub chosen: Option<Source>,
    /// What keeps the question from being asked.
    pub error: Option<String>,
    /// Questions of this visit, the newest first.
    pub exchanges: Vec<Exchange>,
    /// The one whose answer is shown.
    pub shown: Option<u32>,
    next_id: u32,
}

/// A question that was asked, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// Its number in this visit.
    pub id: u32,
    /// The question.
    pub question: String,
    /// Where to look.
    pub source: Source,
    /// The paragraph that was meant.
    pub place: Place,
    /// The texts to read; once all are read, `None` for those without a kept answer.
    pub texts: Vec<Option<Text>>,
    /// Where it stands.
    pub status: Status,
    /// Answers of the model as it is now.
    pub now: Pool,
    /// Answers of the model as it was loaded.
    pub base: Pool,
    /// The weights that answered.
    pub weights: Weights,
    /// Milliseconds from asking.
    pub elapsed_ms: f64,
    /// What became of it in the project: words of the answer that it was kept with.
    pub kept: Option<Kept>,
}

/// Where a question stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// So many of its texts are read.
    Reading(usize),
    /// All are read.
    Answered,
    /// The person ended it after so many texts.
    Stopped(usize),
    /// It could not be answered.
    Failed(String),
}

/// A question that was to be kept as a training example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The answer; empty for "no answer".
    pub answer: String,
    /// What became of it.
    pub outcome: Outcome,
}

impl Asking {
    /// Where to look: as chosen, else the paragraph that the Data view shows, where there is one.
    pub fn source(&self, project: &Project) -> Source {
        match self.chosen {
            Some(source) if source == Source::Pasted || !project.is_empty() => source,
            _ if project.paragraph().is_some() => Source::Paragraph,
            _ => Source::Pasted,
        }
    }

    /// What the field for the text shows: the pasted text, or the paragraph that is meant; nothing for many paragraphs.
    pub fn shown_context<'a>(&'a self, project: &'a Project) -> &'a str {
        match self.source(project) {
            Source::Pasted => &self.pasted,
            Source::Paragraph => project.paragraph().map_or("", |paragraph| paragraph.context.as_str()),
            Source::Document | Source::Everything => "",
        }
    }

    /// Takes what was typed into the field for the text: from then on it is what is asked about.
    pub fn type_context(&mut self, text: String) {
        self.pasted = text;
        self.chosen = Some(Source::Pasted);
    }

    /// Begins to ask what is typed. `None` where something is missing, which is then said.
    pub fn ask(&mut self, project: &Project) -> Option<u32> {
        let (question, source) = (self.question.trim().to_owned(), self.source(project));
        let texts = source::texts(source, project, project.place, &self.pasted);
        self.begin(question, source, project.place, texts)
    }

    /// Begins to ask a question of before again, about the same place.
    pub fn ask_again(&mut self, id: u32, project: &Project) -> Option<u32> {
        let before = self.exchange(id)?.clone();
        self.question.clone_from(&before.question);
        // A single text is still there, and may have gone from the project meanwhile.
        let texts = match before.source {
            Source::Pasted | Source::Paragraph => before.texts.into_iter().flatten().collect(),
            many => source::texts(many, project, before.place, ""),
        };
        self.begin(before.question, before.source, before.place, texts)
    }

    fn begin(&mut self, question: String, source: Source, place: Place, texts: Vec<Text>) -> Option<u32> {
        self.error = match (question.is_empty(), texts.is_empty()) {
            (true, _) => Some(words::NO_QUESTION.to_owned()),
            (_, true) => Some(words::no_text(source).to_owned()),
            _ => None,
        };
        if self.error.is_some() {
            return None;
        }
        // What is still being read gives way: only one question has the reader's attention.
        self.stop();
        self.next_id += 1;
        let exchange = Exchange {
            id: self.next_id,
            question,
            source,
            place,
            texts: texts.into_iter().map(Some).collect(),
            status: Status::Reading(0),
            now: Pool::default(),
            base: Pool::default(),
            weights: Weights::default(),
            elapsed_ms: 0.0,
            kept: None,
        };
        self.shown = Some(exchange.id);
        self.exchanges.insert(0, exchange);
        self.exchanges.truncate(KEPT);
        Some(self.next_id)
    }

    /// Ends the question that is being read, with the answers found so far.
    pub fn stop(&mut self) {
        for exchange in &mut self.exchanges {
            if let Status::Reading(done) = exchange.status {
                exchange.status = Status::Stopped(done);
                exchange.forget_texts();
            }
        }
    }

    /// A question by its number.
    pub fn exchange(&self, id: u32) -> Option<&Exchange> {
        self.exchanges.iter().find(|exchange| exchange.id == id)
    }

    /// A question by its number, to be changed.
    pub fn exchange_mut(&mut self, id: u32) -> Option<&mut Exchange> {
        self.exchanges.iter_mut().find(|exchange| exchange.id == id)
    }

    /// The question whose answer is shown.
    pub fn shown(&self) -> Option<&Exchange> {
        self.exchange(self.shown?)
    }

    /// Forgets everything that was asked and typed. Numbers are not given again: late answers belong to nothing.
    pub fn forget(&mut self) {
        *self = Self { next_id: self.next_id, ..Self::default() };
    }
}

impl Exchange {
    /// The next texts to send: one at least, as many as make a batch. Empty where nothing is left, or it was ended.
    pub fn batch(&self) -> Vec<AskItem> {
        let Status::Reading(done) = self.status else { return Vec::new() };
        let mut chars = 0;
        let left = self.texts.iter().skip(done).flatten().enumerate();
        let fits = left.take_while(|(index, text)| {
            chars += text.context.chars().count();
            *index == 0 || chars <= BATCH_CHARS
        });
        fits.map(|(_, text)| AskItem { question: self.question.clone(), context: text.context.to_string() }).collect()
    }

    /// Takes the answers of the texts that were sent.
    pub fn receive(&mut self, now: &[Answered], base: &[Answered], elapsed_ms: f64) {
        let Status::Reading(done) = self.status else { return };
        let add = |pool: &mut Pool, answers: &[Answered]| {
            answers.iter().enumerate().for_each(|(index, answered)| pool.add(done + index, answered));
        };
        add(&mut self.now, now);
        add(&mut self.base, base);
        self.elapsed_ms = elapsed_ms;
        let done = done + now.len();
        self.status = if done < self.texts.len() && !now.is_empty() { Status::Reading(done) } else { Status::Answered };
        self.forget_texts();
    }

    /// Drops the texts that no kept answer stands in: a project may be large, and many questions asked about it.
    fn forget_texts(&mut self) {
        if matches!(self.status, Status::Reading(_)) || self.texts.len() == 1 {
            return;
        }
        let kept: HashSet<usize> = self.now.texts().chain(self.base.texts()).collect();
        for (index, text) in self.texts.iter_mut().enumerate() {
            if !kept.contains(&index) {
                *text = None;
            }
        }
    }

    /// The text that an answer stands in.
    pub fn text(&self, found: &Found) -> Option<&Text> {
        self.texts.get(found.text)?.as_ref()
    }

    /// Whether answers can be shown.
    pub fn has_result(&self) -> bool {
        matches!(self.status, Status::Answered)
            || (matches!(self.status, Status::Stopped(_)) && self.now.best().is_some())
    }

    /// Texts that were read.
    pub fn read(&self) -> usize {
        match self.status {
            Status::Reading(done) | Status::Stopped(done) => done,
            Status::Answered => self.texts.len(),
            Status::Failed(_) => 0,
        }
    }
}

/// How spans are chosen for this dataset: answers may be as long as the longest that was marked, and none at all where the
/// data knows questions without an answer.
pub fn options(dataset: &Dataset, plan: Option<&Plan>) -> DecodeOptions {
    let usual = DecodeOptions::default();
    let longest = plan.map_or(0, |plan| plan.longest_answer);
    DecodeOptions {
        max_answer_length: usual.max_answer_length.max(longest),
        allow_no_answer: dataset.questions().any(|(_, _, question)| question.is_unanswerable()),
        ..usual
    }
}

#[cfg(test)]
mod tests;
