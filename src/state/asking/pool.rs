//! Answers of many texts to one question, pooled.

use crate::answer::{Answered, Span};

/// Answers that are kept: the best, and a few more to look at.
pub const KEPT: usize = 5;

/// An answer and the text that it stands in.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Index of the text among those that were read.
    pub text: usize,
    /// The span; its probability is that among the best spans of all texts.
    pub span: Span,
}

/// The answers of the texts that were read so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pool {
    /// Spans of texts that have an answer, best first, at most [`KEPT`].
    found: Vec<Found>,
    /// Spans of texts where "no answer" scored more.
    doubted: Vec<Found>,
    /// Logarithm of the summed exponentials of all scores that went into the texts' own probabilities.
    log_total: Option<f64>,
    /// Windows that were read.
    pub windows: usize,
}

impl Pool {
    /// Takes the answers of one more text.
    pub fn add(&mut self, text: usize, answered: &Answered) {
        self.windows += answered.windows;
        let is_doubted = answered.spans.first().is_none_or(|best| best.text.is_empty());
        if let Some(best) = answered.spans.first().filter(|_| !is_doubted) {
            // The text's own probabilities are a softmax; what the scores were divided by follows from its best span.
            let log_share = f64::from(best.score) - f64::from(best.probability).max(f64::MIN_POSITIVE).ln();
            self.log_total = Some(self.log_total.map_or(log_share, |total| log_add(total, log_share)));
        }
        let list = if is_doubted { &mut self.doubted } else { &mut self.found };
        let spans = answered.spans.iter().filter(|span| !span.text.is_empty());
        list.extend(spans.map(|span| Found { text, span: span.clone() }));
        list.sort_by(|a, b| {
            let by_place = || (a.text, a.span.start, a.span.end).cmp(&(b.text, b.span.start, b.span.end));
            b.span.score.total_cmp(&a.span.score).then_with(by_place)
        });
        list.truncate(KEPT);
    }

    /// The best answer; `None` where no text has one.
    pub fn best(&self) -> Option<Found> {
        self.found.first().map(|found| self.weighed(found))
    }

    /// The answers after the best one. Where no text has an answer: what each would have said.
    pub fn others(&self) -> Vec<Found> {
        match self.found.split_first() {
            Some((_, others)) => others.iter().map(|found| self.weighed(found)).collect(),
            None => self.doubted.clone(),
        }
    }

    /// Indices of the texts that any kept answer stands in.
    pub fn texts(&self) -> impl Iterator<Item = usize> + '_ {
        self.found.iter().chain(&self.doubted).map(|found| found.text)
    }

    /// With its probability among the best spans of all texts.
    fn weighed(&self, found: &Found) -> Found {
        let mut found = found.clone();
        if let Some(total) = self.log_total {
            found.span.probability = (f64::from(found.span.score) - total).exp() as f32;
        }
        found
    }
}

/// ln(exp(a) + exp(b)).
fn log_add(a: f64, b: f64) -> f64 {
    let (most, least) = if a > b { (a, b) } else { (b, a) };
    most + (least - most).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str, score: f32, probability: f32) -> Span {
        let end = text.chars().count();
        Span { text: text.to_owned(), start: 0, end, score, probability, start_logit: score, end_logit: 0.0 }
    }

    fn answered(spans: Vec<Span>) -> Answered {
        Answered { spans, null_score_diff: 0.0, windows: 1 }
    }

    /// Softmax over some scores.
    fn softmax(texts: &[(&str, f32)]) -> Answered {
        let total: f32 = texts.iter().map(|(_, score)| score.exp()).sum();
        answered(texts.iter().map(|(text, score)| span(text, *score, score.exp() / total)).collect())
    }

    #[test]
    fn one_text_keeps_its_own_probabilities() {
        let mut pool = Pool::default();
        pool.add(0, &softmax(&[("a", 3.0), ("b", 1.0)]));
        let expected = 3f32.exp() / (3f32.exp() + 1f32.exp());
        assert!((pool.best().unwrap().span.probability - expected).abs() < 1e-6);
        assert_eq!(pool.others().len(), 1);
    }

    #[test]
    fn many_texts_share_one_softmax() {
        let mut pool = Pool::default();
        pool.add(0, &softmax(&[("a", 2.0), ("b", 1.0)]));
        pool.add(1, &softmax(&[("c", 4.0), ("d", -1.0)]));
        pool.add(2, &softmax(&[("e", 3.0)]));
        let total: f32 = [2f32, 1.0, 4.0, -1.0, 3.0].iter().map(|score| score.exp()).sum();
        let best = pool.best().unwrap();
        assert_eq!((best.text, best.span.text.as_str()), (1, "c"));
        assert!((best.span.probability - 4f32.exp() / total).abs() < 1e-5);
        let order: Vec<String> = pool.others().into_iter().map(|found| found.span.text).collect();
        assert_eq!(order, ["e", "a", "b", "d"]);
        assert_eq!(pool.windows, 3);
    }

    #[test]
    fn a_text_without_an_answer_does_not_hide_that_of_another() {
        let mut pool = Pool::default();
        pool.add(0, &softmax(&[("", 9.0), ("guess", 8.0)]));
        assert_eq!(pool.best(), None);
        assert_eq!(pool.others()[0].span.text, "guess", "what the text would have said");
        pool.add(1, &softmax(&[("sure", 2.0), ("", 1.0)]));
        assert_eq!(pool.best().unwrap().span.text, "sure");
        assert!(pool.others().is_empty());
    }

    #[test]
    fn the_kept_answers_are_few_and_ties_go_to_the_earlier_text() {
        let mut pool = Pool::default();
        for text in 0..40 {
            pool.add(text, &softmax(&[("a", 1.0), ("b", 0.5)]));
        }
        let texts: Vec<usize> = pool.texts().collect();
        assert_eq!(texts, [0, 1, 2, 3, 4]);
        assert!((pool.best().unwrap().span.probability - 0.025 * 0.622_46).abs() < 1e-4);
    }

    #[test]
    fn nothing_read_is_nothing_found() {
        let mut pool = Pool::default();
        assert!(pool.best().is_none() && pool.others().is_empty());
        pool.add(0, &answered(Vec::new()));
        assert!(pool.best().is_none());
    }
}
