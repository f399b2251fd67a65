//! Splitting a dataset: whole paragraphs or whole documents, never questions alone, so that no text is on both sides.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::schema::{Dataset, Document};

/// What stays together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SplitBy {
    /// A paragraph; paragraphs of the same text stay together.
    #[default]
    Paragraph,
    /// A document; documents that share a text stay together.
    Document,
}

/// A place of a paragraph: its document and its index there.
pub type At = (usize, usize);

/// Puts every paragraph into one of `parts` by the shares of the questions that they are to have: `[0.8, 0.2]` for training and
/// test. The same dataset, seed and shares give the same parts. Returns as many datasets as there are shares, each with what the
/// dataset says of itself; a document of which no paragraph is in a part is left out of it.
pub fn split(dataset: &Dataset, by: SplitBy, seed: u64, shares: &[f64]) -> Vec<Dataset> {
    let part_of = assign(dataset, by, seed, shares);
    (0..shares.len()).map(|part| select(dataset, |at| part_of.get(&at) == Some(&part))).collect()
}

/// `count` pairs of training and test data; each paragraph is in exactly one test part.
pub fn folds(dataset: &Dataset, by: SplitBy, seed: u64, count: usize) -> Vec<(Dataset, Dataset)> {
    let part_of = assign(dataset, by, seed, &fold_shares(count));
    let one = |fold: usize| {
        let is_test = |at: At| part_of.get(&at) == Some(&fold);
        (select(dataset, |at| !is_test(at)), select(dataset, is_test))
    };
    (0..count).map(one).collect()
}

/// The shares that make so many folds: the parts of [`assign`] are then what each is tested on.
pub fn fold_shares(count: usize) -> Vec<f64> {
    vec![1.0 / count.max(1) as f64; count]
}

/// The part of every paragraph, by the shares of the questions that the parts are to have.
pub fn assign(dataset: &Dataset, by: SplitBy, seed: u64, shares: &[f64]) -> HashMap<At, usize> {
    let mut groups = groups(dataset, by);
    // A paragraph without a question counts a little, so that texts without any are shared out too.
    let weight = |group: &Vec<At>| -> f64 {
        let questions = group.iter().map(|(d, p)| dataset.data[*d].paragraphs[*p].qas.len()).sum::<usize>();
        questions as f64 + group.len() as f64 * 1e-6
    };
    groups.sort_by_cached_key(|group| draw(dataset, seed, group));
    // The heavy ones first, each to the part that lacks most: what is left over is then never more than the smallest group.
    let mut order: Vec<(f64, Vec<At>)> = groups.into_iter().map(|group| (weight(&group), group)).collect();
    let total: f64 = order.iter().map(|(weight, _)| weight).sum();
    let mut lacking: Vec<f64> = shares.iter().map(|share| share * total).collect();
    let heavy = lacking.iter().copied().fold(f64::INFINITY, f64::min);
    order.sort_by_key(|(weight, _)| *weight <= heavy / 4.0);
    let mut part_of = HashMap::new();
    for (weight, group) in order {
        let most = (0..lacking.len()).max_by(|a, b| lacking[*a].total_cmp(&lacking[*b]).then(b.cmp(a)));
        let Some(part) = most else { break };
        lacking[part] -= weight;
        part_of.extend(group.into_iter().map(|at| (at, part)));
    }
    part_of
}

/// Paragraphs that must stay together.
fn groups(dataset: &Dataset, by: SplitBy) -> Vec<Vec<At>> {
    let mut group_of_text: HashMap<&str, usize> = HashMap::new();
    // A tree of groups that were found to be one: each names one before it, or itself.
    let mut same: Vec<usize> = Vec::new();
    let mut places: Vec<(At, usize)> = Vec::new();
    for (d, document) in dataset.data.iter().enumerate() {
        let mut of_document = None;
        for (p, paragraph) in document.paragraphs.iter().enumerate() {
            let of_text = group_of_text.get(paragraph.context.as_str()).copied();
            let group = of_document.filter(|_| by == SplitBy::Document).or(of_text).unwrap_or_else(|| {
                same.push(same.len());
                same.len() - 1
            });
            if let Some(other) = of_text {
                let (a, b) = (root(&same, group), root(&same, other));
                same[a.max(b)] = a.min(b);
            }
            group_of_text.entry(&paragraph.context).or_insert(group);
            of_document = Some(group);
            places.push(((d, p), group));
        }
    }
    let mut groups: Vec<Vec<At>> = vec![Vec::new(); same.len()];
    for (at, group) in places {
        groups[root(&same, group)].push(at);
    }
    groups.retain(|group| !group.is_empty());
    groups
}

fn root(same: &[usize], mut group: usize) -> usize {
    while same[group] != group {
        group = same[group];
    }
    group
}

/// A number drawn for a group by seed, text and place: it stays the same when other texts come or go behind it.
fn draw(dataset: &Dataset, seed: u64, group: &[At]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    if let Some((d, p)) = group.first() {
        hash.update(dataset.data[*d].paragraphs[*p].context.as_bytes());
    }
    hash.finalize().into()
}

/// The dataset with the paragraphs that are wanted.
fn select(dataset: &Dataset, is_wanted: impl Fn(At) -> bool) -> Dataset {
    let document = |(d, document): (usize, &Document)| {
        let wanted = document.paragraphs.iter().enumerate().filter(|(p, _)| is_wanted((d, *p)));
        let paragraphs: Vec<_> = wanted.map(|(_, paragraph)| paragraph.clone()).collect();
        let kept = Document { title: document.title.clone(), paragraphs, extra: document.extra.clone() };
        (!kept.paragraphs.is_empty()).then_some(kept)
    };
    let data = dataset.data.iter().enumerate().filter_map(document).collect();
    Dataset { version: dataset.version.clone(), data, extra: dataset.extra.clone() }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::squad::{Paragraph, Question};

    /// Documents of paragraphs, each with the number of its text and of its questions.
    fn dataset(documents: &[Vec<(u8, usize)>]) -> Dataset {
        let mut next = 0;
        let mut question = || {
            next += 1;
            Question { id: next.to_string(), ..Question::default() }
        };
        let mut paragraph = |(text, count): &(u8, usize)| Paragraph {
            context: format!("text {text}"),
            qas: (0..*count).map(|_| question()).collect(),
            ..Paragraph::default()
        };
        let document = |(index, paragraphs): (usize, &Vec<(u8, usize)>)| Document {
            title: index.to_string(),
            paragraphs: paragraphs.iter().map(&mut paragraph).collect(),
            ..Document::default()
        };
        Dataset { data: documents.iter().enumerate().map(document).collect(), ..Dataset::default() }
    }

    fn texts(dataset: &Dataset) -> HashSet<&str> {
        dataset.data.iter().flat_map(|document| &document.paragraphs).map(|p| p.context.as_str()).collect()
    }

    fn titles(dataset: &Dataset) -> HashSet<&str> {
        dataset.data.iter().map(|document| document.title.as_str()).collect()
    }

    fn ids(dataset: &Dataset) -> Vec<&str> {
        dataset.questions().map(|(_, _, question)| question.id.as_str()).collect()
    }

    #[test]
    fn even_paragraphs_are_split_as_asked() {
        let documents: Vec<Vec<(u8, usize)>> = (0..10).map(|d| (0..10).map(|p| (d * 10 + p, 2)).collect()).collect();
        let whole = dataset(&documents);
        let counts =
            |by, seed| split(&whole, by, seed, &[0.8, 0.2]).iter().map(Dataset::question_count).collect::<Vec<_>>();
        assert_eq!(counts(SplitBy::Paragraph, 1), [160, 40]);
        assert_eq!(counts(SplitBy::Document, 1), [160, 40]);
        let test = |seed| split(&whole, SplitBy::Paragraph, seed, &[0.8, 0.2]).remove(1);
        assert_ne!(test(1), test(2), "another seed draws other paragraphs");
    }

    fn any_dataset() -> impl Strategy<Value = Vec<Vec<(u8, usize)>>> {
        prop::collection::vec(prop::collection::vec((0u8..40, 0usize..6), 0..8), 0..12)
    }

    fn any_by() -> impl Strategy<Value = SplitBy> {
        prop::sample::select(vec![SplitBy::Paragraph, SplitBy::Document])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn no_text_is_on_both_sides_and_nothing_is_lost(
            documents in any_dataset(), by in any_by(), seed in any::<u64>(), share in 0.05f64..0.95,
        ) {
            let whole = dataset(&documents);
            let parts = split(&whole, by, seed, &[1.0 - share, share]);
            prop_assert_eq!(&parts, &split(&whole, by, seed, &[1.0 - share, share]), "the same seed gives the same");
            prop_assert!(texts(&parts[0]).is_disjoint(&texts(&parts[1])));
            if by == SplitBy::Document {
                prop_assert!(titles(&parts[0]).is_disjoint(&titles(&parts[1])));
            }
            let mut both: Vec<&str> = [ids(&parts[0]), ids(&parts[1])].concat();
            let mut all = ids(&whole);
            both.sort_unstable();
            all.sort_unstable();
            prop_assert_eq!(both, all);
            // As close as groups allow: no further off than the largest group.
            let largest = groups(&whole, by).iter()
                .map(|group| group.iter().map(|(d, p)| whole.data[*d].paragraphs[*p].qas.len()).sum::<usize>())
                .max().unwrap_or(0);
            let wanted = share * whole.question_count() as f64;
            let off = (parts[1].question_count() as f64 - wanted).abs();
            prop_assert!(off <= largest as f64 + 0.01, "{} questions, {wanted} wanted, groups of at most {largest}", parts[1].question_count());
        }

        #[test]
        fn every_question_is_tested_in_one_fold(documents in any_dataset(), by in any_by(), seed in any::<u64>(), count in 2usize..6) {
            let whole = dataset(&documents);
            let folds = folds(&whole, by, seed, count);
            prop_assert_eq!(folds.len(), count);
            let mut tested: Vec<&str> = folds.iter().flat_map(|(_, test)| ids(test)).collect();
            let mut all = ids(&whole);
            tested.sort_unstable();
            all.sort_unstable();
            prop_assert_eq!(tested, all);
            for (train, test) in &folds {
                prop_assert!(texts(train).is_disjoint(&texts(test)));
                prop_assert_eq!(train.question_count() + test.question_count(), whole.question_count());
            }
        }
    }
}
