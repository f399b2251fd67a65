//! Several datasets as one.

use std::collections::HashSet;

use super::read::fresh_id;
use super::schema::Dataset;

/// Adds the documents of another dataset. What the first says of itself stays; what only the other says is added. Ids that were made
/// when the files were read, and so stand for nothing, are made anew where both have them.
pub fn merge(into: &mut Dataset, mut other: Dataset) {
    let mut taken: HashSet<String> = into.questions().map(|(_, _, question)| question.id.clone()).collect();
    let mut next = taken.len() + 1;
    let paragraphs = other.data.iter_mut().flat_map(|document| &mut document.paragraphs);
    for question in paragraphs.flat_map(|paragraph| &mut paragraph.qas) {
        if question.id.starts_with("question-") && taken.contains(&question.id) {
            question.id = fresh_id(&taken, &mut next);
        }
        taken.insert(question.id.clone());
    }
    into.version = match (into.version.take(), other.version) {
        // A question without an answer may have come.
        (Some(first), Some(second)) => Some(first.max(second)),
        (first, second) => first.or(second),
    };
    into.data.append(&mut other.data);
    for (key, value) in other.extra {
        into.extra.entry(key).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::squad::read::read;

    #[test]
    fn made_ids_stay_unique_and_given_ones_stay() {
        let file = |id: &str, version: &str| {
            let json = format!(
                r#"{{"version": "{version}", "{id}": 1, "data": [{{"paragraphs": [{{"context": "c", "qas": [
                {{"question": "a?", "answers": []}}, {{"id": "{id}", "question": "b?", "answers": []}}]}}]}}]}}"#
            );
            read(json.as_bytes()).unwrap()
        };
        let mut merged = file("x", "1.1");
        merge(&mut merged, file("x", "v2.0"));
        merge(&mut merged, file("y", "1.1"));
        let ids: Vec<&str> = merged.questions().map(|(_, _, question)| question.id.as_str()).collect();
        assert_eq!(
            ids,
            ["question-1", "x", "question-3", "x", "question-4", "y"],
            "what a file says is checked, not changed"
        );
        assert_eq!((merged.version.as_deref(), merged.extra.len()), (Some("v2.0"), 2));
    }
}
