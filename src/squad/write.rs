//! Datasets to JSON.

use super::schema::Dataset;

/// `SQuAD` JSON, indented by two; fields that Spanwise does not know are written as they were read.
pub fn to_json(dataset: &Dataset) -> String {
    // Maps with string keys, strings, numbers and JSON values: serialising them into a string cannot fail.
    serde_json::to_string_pretty(dataset).unwrap_or_default()
}
