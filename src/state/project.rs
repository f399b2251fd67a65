//! The project: the questions that are trained on, and those held back.

use std::collections::HashSet;

use crate::squad::check::{Finding, check};
use crate::squad::offsets::slice;
use crate::squad::read::fresh_id;
use crate::squad::{Answer, Dataset, Document, Paragraph, Question};

/// What the person works on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Project {
    /// Name of the file, or of the sample.
    pub name: String,
    /// The questions that are trained on.
    pub dataset: Dataset,
    /// What is wrong with them.
    pub findings: Vec<Finding>,
    /// Questions that are held back from training and measured on.
    pub held_out: Option<HeldOut>,
    /// Whether this is the sample: the Train view then offers the article's settings.
    pub is_sample: bool,
    /// Edits that can be undone and redone.
    pub history: History,
}

/// Questions held back from training.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeldOut {
    /// Name of the file, or of the sample.
    pub name: String,
    /// The questions.
    pub dataset: Dataset,
}

/// Where a paragraph is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Index of the document.
    pub document: usize,
    /// Index of the paragraph in its document.
    pub paragraph: usize,
}

/// Edits, as what brings back the state before them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    past: Vec<Change>,
    future: Vec<Change>,
    typing: Option<(Place, usize)>,
}

impl History {
    /// Whether there is an edit to undo.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is an undone edit to redo.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

/// A change of the dataset.
#[derive(Clone, Debug, PartialEq)]
enum Change {
    /// Puts this paragraph in the place of the one that is there.
    Replace(Place, Paragraph),
    /// Appends a document.
    Append(Document),
    /// Takes the last document away.
    RemoveLast,
}

/// Edits kept at most.
const KEPT_EDITS: usize = 500;

/// Paragraphs of a pasted text, cut at blank lines; a text without any stays exactly as it is.
pub fn cut_paragraphs(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let blocks: Vec<String> = lines
        .split(|line| line.trim().is_empty())
        .filter(|block| !block.is_empty())
        .map(|block| block.join("\n"))
        .collect();
    if blocks.len() == 1 { vec![text.to_owned()] } else { blocks }
}

/// The characters `start..end` without white space at the edges; `None` where nothing is left.
pub fn trim_span(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let span = slice(text, start, end)?;
    let trimmed = span.trim();
    if trimmed.is_empty() {
        return None;
    }
    let before = span.chars().take_while(|c| c.is_whitespace()).count();
    Some((start + before, start + before + trimmed.chars().count()))
}

/// A line of the list of paragraphs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where the paragraph is.
    pub place: Place,
    /// Its first words.
    pub words: String,
    /// Number of its questions.
    pub questions: usize,
}

/// At most `limit` lines around the chosen paragraph, the number of lines before them, and the number of all.
pub fn rows(dataset: &Dataset, chosen: Place, limit: usize) -> (Vec<Row>, usize, usize) {
    let total = dataset.data.iter().map(|document| document.paragraphs.len()).sum::<usize>();
    let before: usize = dataset.data.iter().take(chosen.document).map(|document| document.paragraphs.len()).sum();
    let skipped = (before + chosen.paragraph).saturating_sub(limit / 2).min(total.saturating_sub(limit));
    let all = dataset.data.iter().enumerate().flat_map(|(d, document)| {
        document
            .paragraphs
            .iter()
            .enumerate()
            .map(move |(p, paragraph)| (Place { document: d, paragraph: p }, paragraph))
    });
    let shown = all.skip(skipped).take(limit).map(|(place, paragraph)| Row {
        place,
        words: first_words(&paragraph.context),
        questions: paragraph.qas.len(),
    });
    (shown.collect(), skipped, total)
}

fn first_words(text: &str) -> String {
    let start: String = text.chars().take(400).collect();
    let words: Vec<&str> = start.split_whitespace().collect();
    let more = words.len() > 9 || start.len() < text.len();
    format!("{}{}", words[..words.len().min(9)].join(" "), if more { "…" } else { "" })
}

/// A piece of a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its text.
    pub text: String,
    /// Whether it belongs to an answer.
    pub kind: SegmentKind,
}

/// Whether a piece of a context belongs to an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentKind {
    /// To none.
    Plain,
    /// To one of any question.
    Answer,
    /// To one of the chosen question.
    Chosen,
}

/// The context, cut where answers begin and end; together the pieces are the context.
pub fn segments(paragraph: &Paragraph, chosen: usize) -> Vec<Segment> {
    let characters: Vec<char> = paragraph.context.chars().collect();
    let mut kinds = vec![SegmentKind::Plain; characters.len()];
    for (q, question) in paragraph.qas.iter().enumerate() {
        for answer in &question.answers {
            let length = answer.text.chars().count();
            let range = answer.answer_start..answer.answer_start.saturating_add(length);
            let Some(span) = characters.get(range.clone()) else { continue };
            if !span.iter().copied().eq(answer.text.chars()) {
                continue;
            }
            for kind in &mut kinds[range] {
                *kind = match (*kind, q == chosen) {
                    (SegmentKind::Chosen, _) | (_, true) => SegmentKind::Chosen,
                    _ => SegmentKind::Answer,
                };
            }
        }
    }
    let mut segments: Vec<Segment> = Vec::new();
    for (c, kind) in characters.into_iter().zip(kinds) {
        match segments.last_mut() {
            Some(last) if last.kind == kind => last.text.push(c),
            _ => segments.push(Segment { text: c.to_string(), kind }),
        }
    }
    segments
}

impl Project {
    /// A dataset that was read, with nothing to undo.
    pub fn read(name: String, dataset: Dataset, findings: Vec<Finding>) -> Self {
        Self { name, dataset, findings, ..Self::default() }
    }

    /// The paragraph at a place.
    pub fn paragraph(&self, at: Place) -> Option<&Paragraph> {
        self.dataset.data.get(at.document)?.paragraphs.get(at.paragraph)
    }

    /// The first paragraph, where there is one.
    pub fn first_place(&self) -> Option<Place> {
        let document = self.dataset.data.iter().position(|document| !document.paragraphs.is_empty())?;
        Some(Place { document, paragraph: 0 })
    }

    /// Appends a pasted text as a document; its first paragraph.
    pub fn add_text(&mut self, text: &str) -> Option<Place> {
        let contexts = cut_paragraphs(text);
        if contexts.is_empty() {
            return None;
        }
        let paragraphs = contexts.into_iter().map(|context| Paragraph { context, ..Paragraph::default() }).collect();
        let document = self.dataset.data.len();
        let title = format!("Text {}", document + 1);
        self.remember_and_apply(Change::Append(Document { title, paragraphs, ..Document::default() }));
        if self.name.is_empty() {
            "dataset".clone_into(&mut self.name);
        }
        Some(Place { document, paragraph: 0 })
    }

    /// Adds an empty question; its index.
    pub fn add_question(&mut self, at: Place) -> Option<usize> {
        let taken: HashSet<String> = self.dataset.questions().map(|(_, _, question)| question.id.clone()).collect();
        let id = fresh_id(&taken, &mut 1);
        self.edit(at, |paragraph| {
            paragraph.qas.push(Question { id, ..Question::default() });
            Some(paragraph.qas.len() - 1)
        })
    }

    /// Deletes a question.
    pub fn delete_question(&mut self, at: Place, question: usize) -> Option<()> {
        self.edit(at, |paragraph| {
            (question < paragraph.qas.len()).then(|| {
                paragraph.qas.remove(question);
            })
        })
    }

    /// Sets what is asked. Letters typed one after another are one edit.
    pub fn set_question_text(&mut self, at: Place, question: usize, text: &str) -> Option<()> {
        let before = self.paragraph(at)?.clone();
        let target = self.dataset.data.get_mut(at.document)?.paragraphs.get_mut(at.paragraph)?.qas.get_mut(question)?;
        if target.question == text {
            return None;
        }
        text.clone_into(&mut target.question);
        // What is asked changes no finding: no check while typing.
        if self.history.typing != Some((at, question)) {
            self.remember(Change::Replace(at, before));
            self.history.typing = Some((at, question));
        }
        Some(())
    }

    /// Makes the characters `start..end` an answer; where it begins and ends without white space at its edges.
    pub fn set_answer(&mut self, at: Place, question: usize, start: usize, end: usize) -> Option<(usize, usize)> {
        let context = &self.paragraph(at)?.context;
        let (start, end) = trim_span(context, start, end)?;
        let text = slice(context, start, end)?.to_owned();
        self.edit(at, |paragraph| {
            let question = paragraph.qas.get_mut(question)?;
            if !question.answers.iter().any(|answer| answer.answer_start == start && answer.text == text) {
                question.answers.push(Answer { text, answer_start: start, ..Answer::default() });
            }
            if question.is_unanswerable() {
                question.is_impossible = Some(false);
            }
            Some((start, end))
        })
    }

    /// Deletes an answer.
    pub fn delete_answer(&mut self, at: Place, question: usize, answer: usize) -> Option<()> {
        self.edit(at, |paragraph| {
            let answers = &mut paragraph.qas.get_mut(question)?.answers;
            (answer < answers.len()).then(|| {
                answers.remove(answer);
            })
        })
    }

    /// Says whether the text holds no answer; the answers marked so far go.
    pub fn set_unanswerable(&mut self, at: Place, question: usize, unanswerable: bool) -> Option<()> {
        self.edit(at, |paragraph| {
            let question = paragraph.qas.get_mut(question)?;
            question.is_impossible = Some(unanswerable);
            if unanswerable {
                question.answers.clear();
            }
            Some(())
        })
    }

    /// Takes the newest edit back.
    pub fn undo(&mut self) {
        if let Some(change) = self.history.past.pop() {
            let inverse = self.apply(change);
            self.history.future.extend(inverse);
            self.after_edit();
        }
    }

    /// Makes the edit again that was taken back last.
    pub fn redo(&mut self) {
        if let Some(change) = self.history.future.pop() {
            let inverse = self.apply(change);
            self.history.past.extend(inverse);
            self.after_edit();
        }
    }

    fn edit<T>(&mut self, at: Place, change: impl FnOnce(&mut Paragraph) -> Option<T>) -> Option<T> {
        let mut edited = self.paragraph(at)?.clone();
        let outcome = change(&mut edited)?;
        self.remember_and_apply(Change::Replace(at, edited));
        Some(outcome)
    }

    fn remember_and_apply(&mut self, change: Change) {
        if let Some(inverse) = self.apply(change) {
            self.remember(inverse);
            self.after_edit();
        }
    }

    fn remember(&mut self, inverse: Change) {
        self.history.future.clear();
        self.history.past.push(inverse);
        if self.history.past.len() > KEPT_EDITS {
            self.history.past.remove(0);
        }
    }

    fn after_edit(&mut self) {
        self.history.typing = None;
        self.findings = check(&self.dataset);
    }

    /// Makes a change; what takes it back.
    fn apply(&mut self, change: Change) -> Option<Change> {
        match change {
            Change::Replace(at, paragraph) => {
                let target = self.dataset.data.get_mut(at.document)?.paragraphs.get_mut(at.paragraph)?;
                Some(Change::Replace(at, std::mem::replace(target, paragraph)))
            }
            Change::Append(document) => {
                self.dataset.data.push(document);
                Some(Change::RemoveLast)
            }
            Change::RemoveLast => self.dataset.data.pop().map(Change::Append),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Poznań 🏟️ has a team. Kolejorz won 5-1 at home and 5-1 away.";

    fn with_question() -> (Project, Place) {
        let mut project = Project::default();
        let at = project.add_text(TEXT).unwrap();
        assert_eq!(project.add_question(at), Some(0));
        (project, at)
    }

    #[test]
    fn pasted_texts_are_cut_at_blank_lines() {
        assert_eq!(cut_paragraphs("  one\ntwo \n"), ["  one\ntwo \n"]);
        assert_eq!(cut_paragraphs("one\ntwo\n \n\nthree"), ["one\ntwo", "three"]);
        assert!(cut_paragraphs(" \n\n").is_empty());
    }

    #[test]
    fn selections_lose_white_space_at_their_edges() {
        assert_eq!(trim_span("ń bc d", 1, 5), Some((2, 4)));
        assert_eq!(trim_span("a  b", 1, 3), None);
        assert_eq!(trim_span("ab", 1, 9), None);
    }

    #[test]
    fn an_answer_is_the_span_that_was_marked() {
        let (mut project, at) = with_question();
        let second = TEXT.chars().count() - " away.".len() - 3;
        assert_eq!(project.findings.len(), 1);
        assert_eq!(project.set_answer(at, 0, second - 1, second + 4), Some((second, second + 3)));
        let answer = &project.paragraph(at).unwrap().qas[0].answers[0];
        assert_eq!((answer.text.as_str(), answer.answer_start), ("5-1", second));
        assert!(project.findings.is_empty());
        let pieces = segments(project.paragraph(at).unwrap(), 0);
        assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), TEXT);
        assert_eq!(pieces[1], Segment { text: "5-1".to_owned(), kind: SegmentKind::Chosen });
    }

    #[test]
    fn edits_are_undone_and_redone() {
        let (mut project, at) = with_question();
        for typed in ["W", "Wh", "Who"] {
            project.set_question_text(at, 0, typed);
        }
        project.set_unanswerable(at, 0, true);
        let done = project.dataset.clone();
        project.undo();
        project.undo();
        assert_eq!(project.paragraph(at).unwrap().qas[0].question, "");
        project.undo();
        project.undo();
        assert!(project.dataset.data.is_empty() && !project.history.can_undo());
        while project.history.can_redo() {
            project.redo();
        }
        assert_eq!(project.dataset, done);
        project.undo();
        project.delete_question(at, 0);
        assert!(!project.history.can_redo());
        assert!(project.paragraph(at).unwrap().qas.is_empty());
    }

    #[test]
    fn the_list_shows_a_window_around_the_chosen_paragraph() {
        let mut project = Project::default();
        let text: Vec<String> = (0..30).map(|i| format!("Paragraph {i}")).collect();
        project.add_text(&text.join("\n\n"));
        let (shown, skipped, total) = rows(&project.dataset, Place { document: 0, paragraph: 20 }, 10);
        assert_eq!((shown.len(), skipped, total), (10, 15, 30));
        assert_eq!(shown[0].words, "Paragraph 15");
    }
}
