//! Words of the Evaluate view.

use crate::state::evaluation::Changes;

/// Where questions of the training data are measured on.
pub const SEEN: &str =
    "These questions were trained on: they show what was learnt by heart, not how the model answers new ones.";

/// The result in words: `17 of 22 right, 12 before: 6 fixed, 1 broken`.
pub fn summary(changes: &Changes) -> String {
    let Changes { right, right_before, fixed, broken, total, .. } = changes;
    format!("{right} of {total} right, {right_before} before: {fixed} fixed, {broken} broken")
}

/// How far it is.
pub fn progress(loaded: u64, total: Option<u64>) -> String {
    match total {
        Some(total) => format!("{loaded} of {total} answers, before and after"),
        None => "Getting ready…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_up() {
        let changes = Changes { right: 17, right_before: 12, fixed: 6, broken: 1, seen: 0, total: 22 };
        assert_eq!(summary(&changes), "17 of 22 right, 12 before: 6 fixed, 1 broken");
    }
}
