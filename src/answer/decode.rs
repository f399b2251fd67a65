//! From logits to spans, as `run_qa` chooses them: the best starts and ends of each window, pooled over the windows.

use super::{Answered, DecodeOptions, Span};
use crate::squad::offsets::slice;
use crate::text::features::Window;

/// A span before its text is cut out: window, tokens, logits.
#[derive(Clone, Copy)]
struct Candidate {
    start: usize,
    end: usize,
    start_logit: f32,
    end_logit: f32,
}

impl Candidate {
    fn score(&self) -> f32 {
        self.start_logit + self.end_logit
    }
}

/// The answers to one question from the logits of its windows, best first; ties go to the earlier and shorter span.
pub fn decode(
    windows: &[Window],
    start_logits: &[Vec<f32>],
    end_logits: &[Vec<f32>],
    context: &str,
    options: &DecodeOptions,
) -> Answered {
    let mut candidates = Vec::new();
    // Start and end logit of [CLS] in the window where "no answer" scores least.
    let mut null = [f32::INFINITY, 0.0];
    for ((window, starts), ends) in windows.iter().zip(start_logits).zip(end_logits) {
        if let (Some(start), Some(end)) = (starts.first(), ends.first())
            && start + end < null[0] + null[1]
        {
            null = [*start, *end];
        }
        candidates.extend(window_candidates(window, starts, ends, options));
    }
    let null_score = null[0] + null[1];
    candidates.sort_by(|a, b| b.score().total_cmp(&a.score()).then(a.start.cmp(&b.start)).then(a.end.cmp(&b.end)));
    // Overlapping windows give the same span twice: the better one stays.
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let known = kept.iter().any(|other| (other.start, other.end) == (candidate.start, candidate.end));
        if !known && kept.len() < options.n_best_size {
            kept.push(candidate);
        }
    }
    // Where no span is possible run_qa has one of score 0 in its place.
    let best = kept.first().map_or(0.0, Candidate::score);
    let mut spans: Vec<Span> = kept.iter().map(|candidate| span(candidate, context)).collect();
    let no_answer = Span {
        text: String::new(),
        start: 0,
        end: 0,
        score: null_score,
        probability: 0.0,
        start_logit: null[0],
        end_logit: null[1],
    };
    if spans.is_empty() || options.allow_no_answer {
        let wins = spans.is_empty() || null_score - best > options.null_score_diff_threshold;
        let place = if wins { 0 } else { spans.iter().filter(|span| span.score > null_score).count().max(1) };
        spans.insert(place, no_answer);
    }
    softmax(&mut spans);
    Answered { spans, null_score_diff: null_score - best, windows: windows.len() }
}

/// Spans of one window: its best starts with its best ends, inside the context and short enough.
fn window_candidates<'a>(
    window: &'a Window,
    starts: &'a [f32],
    ends: &'a [f32],
    options: &'a DecodeOptions,
) -> impl Iterator<Item = Candidate> + 'a {
    let tokens = window.context_tokens();
    let best_ends = best(&ends[tokens.clone()], tokens.start, options.n_best_size);
    best(&starts[tokens.clone()], tokens.start, options.n_best_size).into_iter().flat_map(move |start| {
        let fits = move |end: &usize| *end >= start && *end - start < options.max_answer_length;
        let ends_of_start: Vec<usize> = best_ends.iter().copied().filter(fits).collect();
        ends_of_start.into_iter().filter_map(move |end| {
            let (first, last) = (window.offsets[start]?, window.offsets[end]?);
            Some(Candidate {
                start: first.0 as usize,
                end: last.1 as usize,
                start_logit: starts[start],
                end_logit: ends[end],
            })
        })
    })
}

/// Indices (counted from `first`) of the `count` largest values, the largest first.
fn best(values: &[f32], first: usize, count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    let by_value = |a: &usize, b: &usize| values[*b].total_cmp(&values[*a]).then(a.cmp(b));
    if count < order.len() {
        order.select_nth_unstable_by(count, by_value);
        order.truncate(count);
    }
    order.sort_unstable_by(by_value);
    order.into_iter().map(|index| first + index).collect()
}

fn span(candidate: &Candidate, context: &str) -> Span {
    Span {
        // The offsets come from this context's own tokens.
        text: slice(context, candidate.start, candidate.end).unwrap_or_default().to_owned(),
        start: candidate.start,
        end: candidate.end,
        score: candidate.score(),
        probability: 0.0,
        start_logit: candidate.start_logit,
        end_logit: candidate.end_logit,
    }
}

/// Probabilities over the pooled spans.
fn softmax(spans: &mut [Span]) {
    let max = spans.iter().map(|span| span.score).fold(f32::NEG_INFINITY, f32::max);
    let weights: Vec<f64> = spans.iter().map(|span| f64::from(span.score - max).exp()).collect();
    let total: f64 = weights.iter().sum();
    for (span, weight) in spans.iter_mut().zip(weights) {
        span.probability = (weight / total) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[CLS] q [SEP] c0 c1 c2 c3 [SEP]` over the context "ab cd ef gh".
    fn window() -> Window {
        let mut offsets = vec![None; 3];
        offsets.extend((0..4u32).map(|i| Some((3 * i, 3 * i + 2))));
        offsets.push(None);
        Window { question: 0, ids: vec![0; 8].into(), offsets: offsets.into() }
    }

    fn answer(starts: [f32; 8], ends: [f32; 8], options: &DecodeOptions) -> Answered {
        decode(&[window()], &[starts.to_vec()], &[ends.to_vec()], "ab cd ef gh", options)
    }

    #[test]
    fn takes_the_best_sum_inside_the_context() {
        let starts = [9.0, 9.0, 9.0, 0.0, 3.0, 1.0, 0.0, 9.0];
        let ends = [9.0, 9.0, 9.0, 5.0, 0.0, 2.0, 0.0, 9.0];
        let answered = answer(starts, ends, &DecodeOptions::default());
        let best = &answered.spans[0];
        // The end at token 3 scores more but lies before the start at token 4.
        assert_eq!((best.text.as_str(), best.start, best.end, best.score), ("ab", 0, 2, 5.0));
        assert_eq!((answered.spans[1].text.as_str(), answered.spans[1].score), ("cd ef", 5.0));
        assert_eq!(answered.null_score_diff, 13.0);
        let total: f32 = answered.spans.iter().map(|span| span.probability).sum();
        assert!((total - 1.0).abs() < 1e-6);
        assert!(answered.spans.iter().all(|span| !span.text.is_empty()));
    }

    #[test]
    fn keeps_answers_short_and_knows_when_there_is_none() {
        let starts = [4.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0];
        let ends = [4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0, 0.0];
        let short = DecodeOptions { max_answer_length: 2, ..DecodeOptions::default() };
        assert_eq!(answer(starts, ends, &short).spans[0].score, 3.0);
        let v2 = DecodeOptions { allow_no_answer: true, ..DecodeOptions::default() };
        let answered = answer(starts, ends, &v2);
        assert_eq!((answered.spans[0].text.as_str(), answered.null_score_diff), ("", 2.0));
        let sure = DecodeOptions { null_score_diff_threshold: 2.5, ..v2 };
        assert_eq!(answer(starts, ends, &sure).spans[0].text, "ab cd ef gh");
    }

    #[test]
    fn an_empty_context_has_no_answer() {
        let window = Window { question: 0, ids: vec![0; 4].into(), offsets: vec![None; 4].into() };
        let logits = vec![vec![1.0; 4]];
        let answered = decode(&[window], &logits, &logits, "", &DecodeOptions::default());
        assert_eq!((answered.spans.len(), answered.spans[0].text.as_str()), (1, ""));
        assert!((answered.spans[0].probability - 1.0).abs() < f32::EPSILON);
        assert_eq!(answered.null_score_diff, 2.0, "a number that JSON can hold");
    }
}
