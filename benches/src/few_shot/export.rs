//! The tasks in a file, for a program that trains many of them at a time.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use spanwise::squad::Dataset;
use spanwise::squad::split::{SplitBy, folds};

use super::tasks::Task;

/// Folds that shares are chosen in.
const FOLDS: usize = 4;

/// Contexts once each, and the tasks, whose questions name them by their number: those that are marked with the fold that holds them back.
///
/// # Errors
/// Where the file cannot be written.
pub fn write(path: &Path, part: &str, tasks: impl Iterator<Item = Task>) -> Result<(), String> {
    let mut contexts = Contexts::default();
    let mut all = Vec::new();
    for task in tasks {
        let mut fold_of = HashMap::new();
        for (fold, (_, held_back)) in folds(&task.support, SplitBy::Paragraph, 42, FOLDS).into_iter().enumerate() {
            fold_of.extend(held_back.questions().map(|(_, _, question)| (question.id.clone(), fold)));
        }
        let mut support = contexts.questions(&task.support);
        for (question, (_, _, of)) in support.iter_mut().zip(task.support.questions()) {
            question["fold"] = json!(fold_of[&of.id]);
        }
        all.push(json!({"part": part, "domain": task.domain, "convention": task.convention.name(), "k": task.k,
            "seed": task.seed, "support": support, "test": contexts.questions(&task.test)}));
    }
    let text = json!({"contexts": contexts.all, "tasks": all}).to_string();
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

#[derive(Default)]
struct Contexts {
    all: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Contexts {
    fn questions(&mut self, dataset: &Dataset) -> Vec<Value> {
        let mut made = Vec::new();
        for (_, paragraph, question) in dataset.questions() {
            let next = self.all.len();
            let number = *self.numbers.entry(paragraph.context.clone()).or_insert(next);
            if number == next {
                self.all.push(paragraph.context.clone());
            }
            let answers: Vec<Value> =
                question.answers.iter().map(|answer| json!([answer.answer_start, answer.text])).collect();
            made.push(json!({"context": number, "question": question.question, "answers": answers}));
        }
        made
    }
}
