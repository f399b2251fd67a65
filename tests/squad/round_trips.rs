//! What is written reads back, and what was read is written again: whatever the texts, and whatever fields nobody knows.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use spanwise::squad::read::read;
use spanwise::squad::write::{Form, Style, to_json, write};
use spanwise::squad::{Answer, Dataset, Document, Paragraph, Question};
use spanwise::state::project::Project;

use super::texts::{chaos, text};

/// Names that the schema gives a meaning to, on any level.
const KNOWN: [&str; 11] = [
    "version",
    "data",
    "title",
    "paragraphs",
    "context",
    "qas",
    "id",
    "question",
    "answers",
    "is_impossible",
    "answer_start",
];

/// JSON of any shape.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no such numbers", |number| number.is_finite()).prop_map(Value::from),
        text(3).prop_map(Value::from),
        chaos(4).prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((text(2), inner), 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Fields that nobody knows, some of them with names that mean something elsewhere in the file. The same fields are in the same order
/// each time, as programs write them: a style of a file says no more.
fn extra(elsewhere: &'static [&'static str]) -> impl Strategy<Value = Map<String, Value>> {
    let name = prop_oneof![
        2 => text(2).prop_filter("it is known", |name| !KNOWN.contains(&name.as_str()) && name != "text"),
        1 => prop::sample::select(elsewhere).prop_map(str::to_owned),
    ];
    prop::collection::btree_map(name, value(), 0..3).prop_map(|fields| fields.into_iter().collect())
}

fn answer() -> impl Strategy<Value = Answer> {
    (text(4), 0usize..1_000_000, extra(&["answer_id", "answer_end", "context", "id"]))
        .prop_map(|(text, answer_start, extra)| Answer { text, answer_start, extra })
}

/// A question as SQuAD 1.1 has it, or with what 2.0 adds.
fn question(is_version_2: bool) -> impl Strategy<Value = Question> {
    let id = text(5).prop_filter("an empty id is made anew", |id| !id.is_empty());
    let plausible = prop::collection::vec(answer(), 0..2);
    let of = (id, text(8), prop::collection::vec(answer(), 0..3), any::<bool>(), plausible);
    (of, extra(&["question_id", "title", "context"])).prop_map(
        move |((id, question, answers, has_none, plausible), mut extra)| {
            let is_impossible = is_version_2.then_some(has_none);
            if is_version_2 && has_none {
                extra.insert("plausible_answers".to_owned(), json!(plausible));
            }
            let answers = if is_impossible == Some(true) { Vec::new() } else { answers };
            Question { id, question, answers, is_impossible, extra }
        },
    )
}

fn paragraph(is_version_2: bool) -> impl Strategy<Value = Paragraph> {
    let qas = prop::collection::vec(question(is_version_2), 0..3);
    (chaos(12), qas, extra(&["document_id", "title", "answers"])).prop_map(|(context, qas, extra)| Paragraph {
        context,
        qas,
        extra,
    })
}

fn document(is_version_2: bool) -> impl Strategy<Value = Document> {
    let paragraphs = prop::collection::vec(paragraph(is_version_2), 0..3);
    (text(6), paragraphs, extra(&["split", "id", "context"])).prop_map(|(title, paragraphs, extra)| Document {
        title,
        paragraphs,
        extra,
    })
}

/// SQuAD 1.1 or 2.0. A document at least: an empty list says nothing of its form.
fn dataset() -> impl Strategy<Value = Dataset> {
    any::<bool>().prop_flat_map(|is_version_2| {
        let version = prop::option::of(Just(if is_version_2 { "v2.0" } else { "1.1" }.to_owned()));
        (version, prop::collection::vec(document(is_version_2), 1..3), extra(&["author", "title", "id"]))
            .prop_map(|(version, data, extra)| Dataset { version, data, extra })
    })
}

/// The same JSON with the fields of every object in another order.
fn turned(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: Vec<(String, Value)> = fields.into_iter().map(|(name, value)| (name, turned(value))).collect();
            Value::Object(fields.into_iter().rev().collect())
        }
        Value::Array(items) => items.into_iter().map(turned).collect(),
        other => other,
    }
}

/// What was read of a file is written to the file's bytes.
fn expect_same_bytes(file: &str, dataset: &Dataset) -> Result<(), TestCaseError> {
    let style = Style::of(file, dataset);
    prop_assert!(style.is_some(), "no style gives {file}");
    prop_assert_eq!(write(dataset, Form::Squad, style.as_ref()), file);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_back_and_is_written_to_the_same_bytes(dataset in dataset()) {
        let written = to_json(&dataset);
        let back = read(written.as_bytes()).map_err(|error| TestCaseError::fail(format!("{error}\n{written}")))?;
        prop_assert_eq!(&back, &dataset);
        expect_same_bytes(&written, &back)?;
    }

    #[test]
    fn what_a_file_holds_is_in_what_is_written_of_it_whatever_the_order(dataset in dataset(), is_spread in any::<bool>()) {
        let file = turned(serde_json::to_value(&dataset).unwrap());
        let text = if is_spread { serde_json::to_string_pretty(&file) } else { serde_json::to_string(&file) }.unwrap();
        let back = read(text.as_bytes()).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(serde_json::from_str::<Value>(&to_json(&back)).unwrap(), file);
        expect_same_bytes(&text, &back)?;
    }

    #[test]
    fn the_export_of_a_project_changes_nothing_but_the_version(dataset in dataset()) {
        let project = Project { dataset, ..Project::default() };
        let back = read(project.export(Form::Squad).as_bytes()).unwrap();
        prop_assert!(back.version.is_some());
        prop_assert_eq!((&back.data, &back.extra), (&project.dataset.data, &project.dataset.extra));
    }
}
