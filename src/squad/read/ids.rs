//! Ids for questions that have none.

use std::collections::HashSet;

use crate::squad::schema::Dataset;

/// Gives every question without an id one that nobody else has.
pub fn make_ids(dataset: &mut Dataset) {
    let mut taken: HashSet<String> = dataset.questions().map(|(_, _, question)| question.id.clone()).collect();
    let mut next = 1;
    let questions = dataset.data.iter_mut().flat_map(|document| &mut document.paragraphs);
    for question in questions.flat_map(|paragraph| &mut paragraph.qas).filter(|question| question.id.is_empty()) {
        question.id = fresh_id(&taken, &mut next);
        taken.insert(question.id.clone());
    }
}

/// The next id of the form `question-N` that is not taken.
pub fn fresh_id(taken: &HashSet<String>, next: &mut usize) -> String {
    loop {
        let id = format!("question-{next}");
        *next += 1;
        if !taken.contains(&id) {
            return id;
        }
    }
}
