//! What many tasks say together.

use std::collections::BTreeMap;

use spanwise::train::sampler::Draws;

use super::tasks::SITE;

/// Rounds of the bootstrap.
const ROUNDS: usize = 2000;

/// One task's change: for each test question the recipe's score less the base's, in points of F1.
pub struct Change {
    /// Where the task comes from.
    pub domain: String,
    /// One value a question.
    pub by_question: Vec<f64>,
}

/// Changes of F1 over tasks, in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Mean over tasks.
    pub mean: f64,
    /// Its interval, 95 %, from a bootstrap over domains, tasks and questions.
    pub interval: [f64; 2],
    /// Fifth percentile over tasks.
    pub fifth: f64,
    /// Share of tasks that lose more than a point.
    pub harmed: f64,
}

/// Sums up; `None` without a task.
pub fn summarise(changes: &[Change], seed: u64) -> Option<Summary> {
    let mut means: Vec<f64> = changes.iter().map(|change| mean(&change.by_question)).collect();
    let all = mean(&means);
    let harmed = means.iter().filter(|change| **change < -1.0).count() as f64 / means.len().max(1) as f64;
    means.sort_by(f64::total_cmp);
    let mut domains: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    changes.iter().for_each(|change| domains.entry(&change.domain).or_default().push(change));
    let domains: Vec<Vec<&Change>> = domains.into_values().collect();
    let mut draws = Draws::new(seed, SITE, 0);
    let mut rounds: Vec<f64> = (0..ROUNDS).map(|_| resampled(&domains, &mut draws)).collect();
    rounds.sort_by(f64::total_cmp);
    let interval = [percentile(&rounds, 0.025)?, percentile(&rounds, 0.975)?];
    Some(Summary { mean: all, interval, fifth: percentile(&means, 0.05)?, harmed })
}

/// The mean over tasks with domains, tasks and questions drawn anew, with replacement.
fn resampled(domains: &[Vec<&Change>], draws: &mut Draws) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for _ in 0..domains.len() {
        let tasks = &domains[draws.below(domains.len())];
        for _ in 0..tasks.len() {
            let questions = &tasks[draws.below(tasks.len())].by_question;
            let drawn: f64 = (0..questions.len()).map(|_| questions[draws.below(questions.len())]).sum();
            sum += drawn / questions.len().max(1) as f64;
            count += 1.0;
        }
    }
    sum / f64::max(count, 1.0)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Of sorted values.
fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    sorted.get(((sorted.len().checked_sub(1)? as f64) * share).round() as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(domain: &str, by_question: &[f64]) -> Change {
        Change { domain: domain.to_owned(), by_question: by_question.to_vec() }
    }

    #[test]
    fn equal_changes_have_no_spread() {
        let changes = [change("a", &[2.0, 2.0]), change("b", &[2.0])];
        let summary = summarise(&changes, 1).unwrap();
        assert_eq!(summary, Summary { mean: 2.0, interval: [2.0, 2.0], fifth: 2.0, harmed: 0.0 });
        assert_eq!(summarise(&[], 1), None);
    }

    #[test]
    fn harm_is_counted_and_the_interval_holds_the_mean() {
        let changes: Vec<Change> =
            (0..20).map(|i| change(["a", "b"][i % 2], &[f64::from(i as u32) - 5.0, f64::from(i as u32)])).collect();
        let summary = summarise(&changes, 1).unwrap();
        assert!((summary.mean - 7.0).abs() < 1e-9);
        assert_eq!(summary.harmed, 0.1, "tasks 0 and 1 lose 2.5 and 1.5 points");
        assert!(summary.interval[0] < 7.0 && summary.interval[1] > 7.0 && summary.fifth < 0.0);
    }
}
