//! Between the model as it was loaded and the model as it was tuned: a few answers teach how a person marks, and harm where they are
//! followed too far. How far is chosen on answers that were held back.
//!
//! Source: Wortsman et al., Robust fine-tuning of zero-shot models (CVPR 2022), for the interpolation; Breiman et al., Classification and
//! regression trees (1984), for the rule of one standard error.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::settings::TrainSettings;
use crate::answer::{AnswerError, Reader, span_log_likelihoods};
use crate::metrics::Evaluation;
use crate::model::{Model, Parameters};
use crate::squad::check::Finding;
use crate::squad::split::{SplitBy, folds, split};
use crate::squad::{Dataset, Location};
use crate::text::features::{TrainFeature, train_features};
use crate::text::tokenizer::{Tokenizer, TokenizerError};

/// Ways from the base (0) to what was tuned (1) that are tried.
pub const SHARES: [f32; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// `base + share (tuned - base)`; `share` 0 and 1 give back the bytes of either.
///
/// # Panics
/// Where the two are of different shapes.
pub fn interpolate(base: &Parameters, tuned: &Parameters, share: f32) -> Parameters {
    assert_eq!(base.layout(), tuned.layout(), "both models have one shape");
    if share == 0.0 {
        return base.clone();
    }
    let mut between = tuned.clone();
    if share != 1.0 {
        for (value, base) in between.values_mut().iter_mut().zip(base.values()) {
            *value = base + share * (*value - base);
        }
    }
    between
}

/// The smallest share whose likelihood is within one standard error of the best: index into the rows of `by_share`, each of which holds
/// the likelihoods of the same questions. The error is that of the mean difference, question by question.
pub fn smallest_within_one_standard_error(by_share: &[Vec<f64>]) -> usize {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let best = (0..by_share.len()).max_by(|a, b| mean(&by_share[*a]).total_cmp(&mean(&by_share[*b])).then(b.cmp(a)));
    let Some(best) = best else { return 0 };
    let is_as_good = |index: &usize| {
        let lacks: Vec<f64> = by_share[best].iter().zip(&by_share[*index]).map(|(best, other)| best - other).collect();
        let count = lacks.len() as f64;
        let lack = mean(&lacks);
        let spread: f64 = lacks.iter().map(|value| (value - lack).powi(2)).sum();
        lack <= (spread / (count * (count - 1.0).max(1.0))).sqrt()
    };
    (0..by_share.len()).find(is_as_good).unwrap_or(best)
}

/// What one fold has said, a row for each of [`SHARES`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FoldMade {
    /// Likelihoods of the spans that it held back, in nats.
    pub likelihoods: Vec<Vec<f64>>,
    /// Exact match and F1, 0 to 1, of the questions that it held back.
    pub scores: Vec<Vec<[f64; 2]>>,
}

impl FoldMade {
    /// Adds the row of the next share.
    pub fn add(&mut self, likelihoods: Vec<f64>, evaluation: &Evaluation) {
        self.likelihoods.push(likelihoods);
        let scores = evaluation.questions.iter().map(|(_, score)| [score.exact_match, score.f1]);
        self.scores.push(scores.collect());
    }
}

/// A part of the data to train on, and what is held back meanwhile.
pub struct Fold {
    /// What is trained on.
    pub features: Vec<TrainFeature>,
    /// What is held back and read again.
    pub held_back: Dataset,
    windows: Vec<TrainFeature>,
}

/// Questions of a fold that are read again to find out how far to go, about: more would say the same, and each is read many times.
const READ_AGAIN: usize = 200;

/// How many questions the folds of a run read again, each time counted: for each of [`SHARES`] once for its likelihood, once for its answer.
pub fn readings(questions: usize, settings: &TrainSettings) -> usize {
    2 * SHARES.len() * questions.min(settings.folds * READ_AGAIN)
}

/// So many of the questions, about, with all others about the same paragraphs.
fn some_of(dataset: Dataset, most: usize, seed: u64) -> Dataset {
    let count = dataset.question_count();
    if count <= most {
        return dataset;
    }
    let share = most as f64 / count as f64;
    let some = split(&dataset, SplitBy::Paragraph, seed, &[share, 1.0 - share]).swap_remove(0);
    // One paragraph may have them all.
    if some.question_count() > 0 { some } else { dataset }
}

/// The dataset without the questions that training leaves out: nothing can be learnt from them, and nothing measured on them.
fn without(mut dataset: Dataset, left_out: &[Finding]) -> Dataset {
    let place = |finding: &Finding| Location::parse(&finding.path).map(|at| Location { answer: None, ..at });
    let left_out: HashSet<Location> = left_out.iter().filter_map(place).collect();
    for (d, document) in dataset.data.iter_mut().enumerate() {
        for (p, paragraph) in document.paragraphs.iter_mut().enumerate() {
            let mut places = (0..).map(|q| Location::paragraph(d, p).question(q));
            paragraph.qas.retain(|_| places.next().is_none_or(|at| !left_out.contains(&at)));
        }
    }
    dataset
}

/// Windows that are read between two looks at what else is asked.
const CHUNK: usize = 8;

impl Fold {
    /// Likelihoods of the spans that were held back, in nats.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn likelihoods(&self, model: &impl Reader) -> Result<Vec<f64>, AnswerError> {
        let parts: Vec<Vec<f64>> = self.likelihoods_in_parts(model).collect::<Result<_, _>>()?;
        Ok(parts.concat())
    }

    /// The same a few windows at a time, for those who must not be silent for long.
    pub fn likelihoods_in_parts(&self, model: &impl Reader) -> impl Iterator<Item = Result<Vec<f64>, AnswerError>> {
        self.windows.chunks(CHUNK).map(move |windows| span_log_likelihoods(model, windows))
    }
}

/// The folds of a run: each paragraph is held back in one of them, and as many of these as [`READ_AGAIN`] says are read again, without the
/// questions that training leaves out. None where all questions are about one paragraph, or none are asked for.
///
/// # Errors
/// As [`train_features`].
pub fn folds_of(
    dataset: &Dataset,
    tokenizer: &Tokenizer,
    settings: &TrainSettings,
) -> Result<Vec<Fold>, TokenizerError> {
    let TrainSettings { seed, max_seq_length, doc_stride, folds: count, .. } = *settings;
    let mut made = Vec::new();
    if count == 0 {
        return Ok(made);
    }
    for (part, held_back) in folds(dataset, SplitBy::Paragraph, seed, count) {
        let of = |dataset: &Dataset| train_features(dataset, tokenizer, max_seq_length, doc_stride);
        // Before some are taken, so that these are none of them.
        let left_out = of(&held_back)?.left_out;
        let held_back = some_of(without(held_back, &left_out), READ_AGAIN, seed);
        let fold = Fold { features: of(&part)?.features, windows: of(&held_back)?.features, held_back };
        let is_marked = |features: &[TrainFeature]| features.iter().any(|feature| !feature.is_negative());
        if is_marked(&fold.features) && is_marked(&fold.windows) {
            made.push(fold);
        }
    }
    Ok(made)
}

/// The settings of a fold's run: those of the whole run, never measured.
pub fn settings_of_a_fold(settings: &TrainSettings) -> TrainSettings {
    TrainSettings { watch: super::Watch { every_epochs: 0, ..super::Watch::default() }, ..settings.clone() }
}

/// How far to go, by the likelihoods of what all folds held back; all the way where there was no fold.
pub fn share_by(folds: &[FoldMade]) -> f32 {
    if folds.is_empty() {
        return 1.0;
    }
    let row = |share: usize| folds.iter().flat_map(|fold| fold.likelihoods[share].iter().copied()).collect();
    let by_share: Vec<Vec<f64>> = (0..SHARES.len()).map(row).collect();
    SHARES[smallest_within_one_standard_error(&by_share)]
}

/// What became of the questions that folds held back: each was answered by a model that had not seen its paragraph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Questions that were held back.
    pub questions: usize,
    /// Right before the run.
    pub right_before: usize,
    /// Right after it, the share of the way that was chosen gone.
    pub right_after: usize,
    /// Wrong before and right after.
    pub fixed: usize,
    /// Right before and wrong after.
    pub broken: usize,
    /// Mean F1 before, 0 to 100.
    pub f1_before: f64,
    /// Mean F1 after.
    pub f1_after: f64,
}

impl LeftOut {
    /// Of all folds together, at one of [`SHARES`].
    pub fn new(folds: &[FoldMade], share: f32) -> Self {
        let row = SHARES.iter().position(|it| *it == share).unwrap_or(SHARES.len() - 1);
        let pairs: Vec<[[f64; 2]; 2]> = folds
            .iter()
            .flat_map(|fold| fold.scores[0].iter().zip(&fold.scores[row]).map(|(before, after)| [*before, *after]))
            .collect();
        let count = |is_it: fn(bool, bool) -> bool| {
            pairs.iter().filter(|[before, after]| is_it(before[0] == 1.0, after[0] == 1.0)).count()
        };
        let f1 =
            |which: usize| 100.0 * pairs.iter().map(|pair| pair[which][1]).sum::<f64>() / pairs.len().max(1) as f64;
        Self {
            questions: pairs.len(),
            right_before: count(|before, _| before),
            right_after: count(|_, after| after),
            fixed: count(|before, after| after && !before),
            broken: count(|before, after| before && !after),
            f1_before: f1(0),
            f1_after: f1(1),
        }
    }
}

/// The model that lies so far from `base` towards `tuned`.
pub fn between(base: &Parameters, tuned: &Model, share: f32) -> Model {
    Model { parameters: interpolate(base, &tuned.parameters, share), ..tuned.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Config;
    use crate::squad::{Answer, Document, Paragraph, Question};

    #[test]
    fn what_training_leaves_out_is_not_held_back() {
        let vocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nwho\nwon\nlech\n0\n1\n";
        let tokenizer = Tokenizer::from_files(None, Some(vocab.as_bytes()), None).unwrap();
        let question = |id: String, question: &str, answers: &[(&str, usize)]| Question {
            id,
            question: question.to_owned(),
            answers: (answers.iter())
                .map(|(text, answer_start)| Answer {
                    text: (*text).to_owned(),
                    answer_start: *answer_start,
                    ..Answer::default()
                })
                .collect(),
            ..Question::default()
        };
        let paragraph = |number: usize| Paragraph {
            context: format!("lech won {number}"),
            qas: vec![
                question(format!("long {number}"), &"who ".repeat(29), &[("lech", 0)]),
                question(format!("marked {number}"), "who", &[("lech", 0)]),
                question(format!("open {number}"), "who", &[]),
                question(format!("absent {number}"), "who", &[("who", 0)]),
                Question { is_impossible: Some(true), ..question(format!("none {number}"), "who", &[]) },
            ],
            ..Paragraph::default()
        };
        let document = Document { paragraphs: (0..2).map(paragraph).collect(), ..Document::default() };
        let dataset = Dataset { data: vec![document], ..Dataset::default() };
        let settings = TrainSettings { folds: 2, max_seq_length: 32, doc_stride: 8, ..TrainSettings::default() };
        let made = folds_of(&dataset, &tokenizer, &settings).unwrap();
        assert_eq!(made.len(), 2);
        for fold in &made {
            let held_back: Vec<&str> =
                fold.held_back.questions().map(|(_, _, question)| &question.id[..question.id.len() - 2]).collect();
            assert_eq!(held_back, ["marked", "none"]);
            assert_eq!(fold.windows.len(), 2);
        }
    }

    #[test]
    fn a_fold_reads_some_hundred_questions_again_and_never_none() {
        let dataset = |paragraphs: usize, questions: usize| {
            let paragraph = |p: usize| Paragraph {
                context: format!("text {p}"),
                qas: vec![Question::default(); questions],
                ..Paragraph::default()
            };
            let document = Document { paragraphs: (0..paragraphs).map(paragraph).collect(), ..Document::default() };
            Dataset { data: vec![document], ..Dataset::default() }
        };
        let count = |paragraphs, questions| some_of(dataset(paragraphs, questions), 200, 1).question_count();
        assert_eq!([count(1, 5), count(20, 10), count(300, 4), count(1, 500)], [5, 200, 200, 500]);
        let four = TrainSettings { folds: 4, ..TrainSettings::default() };
        assert_eq!([readings(22, &four), readings(5_000, &four)], [220, 8_000]);
        assert_eq!(readings(22, &TrainSettings::default()), 0);
    }

    #[test]
    fn questions_that_were_left_out_are_counted_once_each() {
        let fold =
            |scores: [[[f64; 2]; 2]; 5]| FoldMade { likelihoods: Vec::new(), scores: scores.map(Vec::from).to_vec() };
        let (right, wrong) = ([1.0, 1.0], [0.0, 0.5]);
        let folds = [
            fold([[wrong, right], [wrong, right], [wrong, right], [right, wrong], [wrong, wrong]]),
            fold([[wrong, wrong], [wrong, wrong], [wrong, wrong], [right, wrong], [wrong, wrong]]),
        ];
        let made = LeftOut::new(&folds, 0.75);
        assert_eq!((made.questions, made.right_before, made.right_after), (4, 1, 2));
        assert_eq!((made.fixed, made.broken, made.f1_before, made.f1_after), (2, 1, 62.5, 75.0));
        let unchanged = LeftOut::new(&folds, 0.0);
        assert_eq!((unchanged.fixed, unchanged.broken, unchanged.right_after), (0, 0, 1));
        assert_eq!(LeftOut::new(&[], 1.0), LeftOut::default());
    }

    #[test]
    fn all_folds_decide_together() {
        assert_eq!(share_by(&[]), 1.0, "nothing speaks against what was trained");
        let clear = |gain: f64| {
            let row = |share: u32| vec![gain * f64::from(share), gain * f64::from(share) + 0.1];
            FoldMade { likelihoods: (0..5).map(row).collect(), scores: Vec::new() }
        };
        assert_eq!(share_by(&[clear(1.0), clear(0.9)]), 1.0);
        assert_eq!(share_by(&[clear(-1.0), clear(-0.9)]), 0.0);
        // What one fold gains another loses.
        assert_eq!(share_by(&[clear(1.0), clear(-1.0)]), 0.0);
    }

    #[test]
    fn the_ends_are_the_two_models_and_the_middle_lies_between() {
        let config = Config::from_json(br#"{"model_type":"distilbert","dim":8,"n_layers":1,"n_heads":2,"hidden_dim":16,"vocab_size":20,"max_position_embeddings":16}"#).unwrap();
        let (mut base, mut tuned) = (Parameters::zeros(&config), Parameters::zeros(&config));
        base.values_mut().iter_mut().enumerate().for_each(|(i, value)| *value = 0.1 + i as f32);
        tuned.values_mut().iter_mut().enumerate().for_each(|(i, value)| *value = 0.3 - i as f32);
        assert_eq!(interpolate(&base, &tuned, 0.0).values(), base.values());
        assert_eq!(interpolate(&base, &tuned, 1.0).values(), tuned.values());
        let half = interpolate(&base, &tuned, 0.5);
        assert!(half.values().iter().all(|value| (value - 0.2).abs() < 1e-4), "{:?}", &half.values()[..4]);
    }

    #[test]
    fn what_is_as_good_as_the_best_wins_when_it_is_nearer_to_the_base() {
        // Clearly better with every step: the last.
        let clear = [vec![-3.0, -3.1, -2.9], vec![-2.0, -2.1, -1.9], vec![-1.0, -1.1, -0.9]];
        assert_eq!(smallest_within_one_standard_error(&clear), 2);
        // One question gains, another loses: no reason to leave the base.
        let unsure = [vec![-1.0, -1.0, -1.0], vec![-0.1, -1.8, -1.0]];
        assert_eq!(smallest_within_one_standard_error(&unsure), 0);
        assert_eq!(smallest_within_one_standard_error(&[]), 0);
    }
}
