//! What can be measured on, and how answers are chosen there.

use crate::answer::DecodeOptions;
use crate::squad::Dataset;
use crate::state::project::Project;

/// What is measured on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MeasureOn {
    /// Questions held back from training: those of the sample, or of a file.
    #[default]
    HeldOut,
    /// The questions that are trained on.
    Training,
}

/// Questions that can be measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurable {
    /// Name of the file, or of the sample.
    pub name: String,
    /// The questions whose answer is known.
    pub dataset: Dataset,
    /// How many those are.
    pub total: usize,
    /// Questions that wait for an answer: nothing to compare with, so they are left out.
    pub left_out: usize,
}

impl MeasureOn {
    /// How many questions of the project can be measured, and how many wait for an answer.
    pub fn counts(self, project: &Project) -> (usize, usize) {
        self.dataset(project).map_or((0, 0), |(_, dataset)| {
            let known = dataset.questions().filter(|(_, _, question)| is_known(question)).count();
            (known, dataset.question_count() - known)
        })
    }

    /// The questions themselves.
    pub fn measurable(self, project: &Project) -> Measurable {
        let Some((name, dataset)) = self.dataset(project) else {
            return Measurable::default();
        };
        let (total, left_out) = self.counts(project);
        let mut dataset = dataset.clone();
        if left_out > 0 {
            for paragraph in dataset.data.iter_mut().flat_map(|document| &mut document.paragraphs) {
                paragraph.qas.retain(is_known);
            }
        }
        Measurable { name: name.to_owned(), dataset, total, left_out }
    }

    /// The questions' name and dataset, where there are any.
    fn dataset(self, project: &Project) -> Option<(&str, &Dataset)> {
        match self {
            Self::HeldOut => project.held_out.as_ref().map(|held_out| (held_out.name.as_str(), &held_out.dataset)),
            Self::Training => Some((project.name.as_str(), &project.dataset)),
        }
    }
}

fn is_known(question: &crate::squad::Question) -> bool {
    question.is_unanswerable() || !question.answers.is_empty()
}

/// How answers are chosen: as long as the marked ones are, within what the model reads, and "no answer" only where the
/// data knows it.
pub fn options(dataset: &Dataset, longest_answer: usize, max_position_embeddings: usize) -> DecodeOptions {
    let usual = DecodeOptions::default();
    let max_seq_length = usual.max_seq_length.min(max_position_embeddings);
    DecodeOptions {
        max_seq_length,
        doc_stride: usual.doc_stride.min(max_seq_length / 3),
        max_answer_length: usual.max_answer_length.max(longest_answer),
        allow_no_answer: dataset.questions().any(|(_, _, question)| question.is_unanswerable()),
        ..usual
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::squad::{Answer, Document, Paragraph, Question};
    use crate::state::project::HeldOut;

    fn dataset(qas: Vec<Question>) -> Dataset {
        let paragraphs = vec![Paragraph { qas, ..Paragraph::default() }];
        Dataset { data: vec![Document { paragraphs, ..Document::default() }], ..Dataset::default() }
    }

    fn marked() -> Question {
        Question { answers: vec![Answer::default()], ..Question::default() }
    }

    #[test]
    fn questions_without_a_known_answer_are_left_out_and_counted() {
        let impossible = Question { is_impossible: Some(true), ..Question::default() };
        let project = Project {
            name: "mine".to_owned(),
            dataset: dataset(vec![marked(), Question::default(), impossible]),
            ..Project::default()
        };
        let measurable = MeasureOn::Training.measurable(&project);
        assert_eq!((measurable.name.as_str(), measurable.total, measurable.left_out), ("mine", 2, 1));
        assert_eq!(measurable.dataset.question_count(), 2);
        assert_eq!(MeasureOn::HeldOut.counts(&project), (0, 0));
        assert_eq!(MeasureOn::HeldOut.measurable(&project), Measurable::default());
    }

    #[test]
    fn held_out_questions_are_those_of_the_file() {
        let held_out = Some(HeldOut { name: "dev.json".to_owned(), dataset: dataset(vec![marked()]) });
        let project = Project { held_out, ..Project::default() };
        assert_eq!(MeasureOn::HeldOut.measurable(&project).name, "dev.json");
        assert_eq!(MeasureOn::HeldOut.counts(&project), (1, 0));
    }

    #[test]
    fn answers_may_be_as_long_as_the_marked_ones() {
        let plain = dataset(vec![marked()]);
        assert_eq!(options(&plain, 0, 512), DecodeOptions::default());
        assert_eq!(options(&plain, 144, 512).max_answer_length, 144);
        let small = options(&plain, 0, 128);
        assert_eq!((small.max_seq_length, small.doc_stride), (128, 42));
        let impossible = Question { is_impossible: Some(true), ..Question::default() };
        assert!(options(&dataset(vec![impossible]), 0, 512).allow_no_answer);
        let answerable = Question { is_impossible: Some(false), ..marked() };
        assert!(!options(&dataset(vec![answerable]), 0, 512).allow_no_answer);
    }
}
