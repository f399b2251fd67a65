//! Scores of answers over a dataset.

use super::Answered;
use crate::metrics::{Evaluation, evaluate_in_order};
use crate::squad::Dataset;

/// Exact match and F1 of answers in the order of the dataset; `no_answer` says whether "" was a candidate, which brings the
/// best thresholds on the null odds.
pub fn score(dataset: &Dataset, answers: &[Answered], no_answer: bool) -> Evaluation {
    let texts = answers.iter().map(|answered| Some(answered.spans.first().map_or("", |span| span.text.as_str())));
    let odds: Vec<f64> = answers.iter().map(|answered| f64::from(answered.null_score_diff)).collect();
    evaluate_in_order(dataset, texts, no_answer.then_some(&odds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Span;
    use crate::squad::{Answer, Document, Paragraph, Question};

    #[test]
    fn two_questions_of_one_id_are_scored_with_an_answer_each() {
        let question = |text: &str| Question {
            id: "same".to_owned(),
            answers: vec![Answer { text: text.to_owned(), ..Answer::default() }],
            is_impossible: Some(false),
            ..Question::default()
        };
        let paragraph = Paragraph { qas: vec![question("won"), question("2-0")], ..Paragraph::default() };
        let document = Document { paragraphs: vec![paragraph], ..Document::default() };
        let dataset = Dataset { data: vec![document], ..Dataset::default() };
        let answered = |text: &str, null_score_diff: f32| Answered {
            spans: vec![Span { text: text.to_owned(), ..Span::default() }],
            null_score_diff,
            windows: 1,
        };
        let made = score(&dataset, &[answered("won", -2.0), answered("lost", -1.0)], true);
        let exact: Vec<f64> = made.questions.iter().map(|(_, score)| score.exact_match).collect();
        assert_eq!((exact, made.scores.exact_match), (vec![1.0, 0.0], 50.0));
        let best = made.scores.v2.and_then(|scores| scores.best).unwrap();
        assert_eq!((best.best_exact, best.best_exact_thresh), (50.0, -2.0));
    }
}
