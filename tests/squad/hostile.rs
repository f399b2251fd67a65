//! What is wrong with a file is said with its place, and nothing makes the reader panic.

use proptest::prelude::*;
use serde_json::{Value, json};
use spanwise::squad::check::check;
use spanwise::squad::read::{ReadError, read};
use spanwise::squad::write::to_json;
use spanwise::text::features::train_features;
use spanwise::text::tokenizer::Tokenizer;

use crate::support::tiny;

fn message(text: &str) -> String {
    read(text.as_bytes()).err().unwrap_or_else(|| panic!("it is read: {text}")).to_string()
}

/// Four documents, the last of which has a question with a fault.
fn with_question(question: &Value) -> String {
    let good = json!({"id": "g", "question": "q?", "answers": [{"text": "a", "answer_start": 0}]});
    let document = |qas: Value| json!({"title": "T", "paragraphs": [{"context": "a b c", "qas": qas}]});
    let whole = document(json!([good]));
    json!({"data": [whole, whole, whole, document(json!([good, good, question]))]}).to_string()
}

#[test]
fn errors_carry_the_exact_path() {
    let answer = |answer: Value| {
        with_question(&json!({"id": "x", "question": "q?", "answers": [{"text": "a", "answer_start": 0}, answer]}))
    };
    let at = "data[3].paragraphs[0].qas[2]";
    for (text, said) in [
        (
            answer(json!({"text": "a"})),
            format!("{at}.answers[1].answer_start: expected a whole number, 0 or more, found nothing"),
        ),
        (
            answer(json!({"text": "a", "answer_start": -1})),
            format!("{at}.answers[1].answer_start: expected a whole number, 0 or more, found -1"),
        ),
        (
            answer(json!({"text": "a", "answer_start": 1.5})),
            format!("{at}.answers[1].answer_start: expected a whole number, 0 or more, found 1.5"),
        ),
        (
            answer(json!({"text": "a", "answer_start": "0"})),
            format!("{at}.answers[1].answer_start: expected a whole number, 0 or more, found the text \"0\""),
        ),
        (answer(json!({"text": 5, "answer_start": 0})), format!("{at}.answers[1].text: expected a text, found 5")),
        (answer(json!({"answer_start": 0})), format!("{at}.answers[1].text: expected a text, found nothing")),
        (answer(json!("a")), format!("{at}.answers[1]: expected an object, found the text \"a\"")),
        (with_question(&json!({"id": "x", "answers": []})), format!("{at}.question: expected a text, found nothing")),
        (with_question(&json!({"id": [], "question": "q?"})), format!("{at}.id: expected a text, found a list")),
        (
            with_question(&json!({"question": "q?", "answers": "a"})),
            format!("{at}.answers: expected a list, found the text \"a\""),
        ),
        (
            with_question(&json!({"question": "q?", "is_impossible": "no"})),
            format!("{at}.is_impossible: expected true or false, found the text \"no\""),
        ),
        (
            with_question(&json!({"question": "q?", "answers": {"text": ["a"]}})),
            format!("{at}.answers.answer_start: expected a list, found nothing"),
        ),
        (
            with_question(&json!({"question": "q?", "answers": {"text": ["a"], "answer_start": []}})),
            format!("{at}.answers: expected as many texts as starts, found 1 and 0"),
        ),
        (
            with_question(&json!({"question": "q?", "answers": {"text": ["a", 2], "answer_start": [0, 0]}})),
            format!("{at}.answers.text[1]: expected a text, found 2"),
        ),
        (
            with_question(&json!({"question": "q?", "answers": {"text": ["a"], "answer_start": [null]}})),
            format!("{at}.answers.answer_start[0]: expected a whole number, 0 or more, found null"),
        ),
        (with_question(&json!(null)), format!("{at}: expected an object, found null")),
        (json!({"data": {"a": 1}}).to_string(), "data: expected a list, found an object".to_owned()),
        (
            json!({"data": [{"paragraphs": {}}]}).to_string(),
            "data[0].paragraphs: expected a list, found an object".to_owned(),
        ),
        (
            json!({"data": [{"paragraphs": []}, {"title": "T"}]}).to_string(),
            "data[1].paragraphs: expected a list, found nothing".to_owned(),
        ),
        (
            json!({"data": [{"paragraphs": [{"qas": []}]}]}).to_string(),
            "data[0].paragraphs[0].context: expected a text, found nothing".to_owned(),
        ),
        (
            json!([{"context": "a", "qas": []}, {"context": "a"}]).to_string(),
            "[1].qas: expected a list, found nothing".to_owned(),
        ),
        (
            json!([{"context": "a", "question": "q?"}, {"context": 1, "question": "q?"}]).to_string(),
            "[1].context: expected a text, found 1".to_owned(),
        ),
        (
            json!({"text": "ab", "label": [[0, 1, "x"], [1, 9, "x"]]}).to_string(),
            "[0].label[1]: expected a span inside the text, found 1 to 9 of 2".to_owned(),
        ),
        (
            json!({"text": "ab", "label": [[1, 0, "x"]]}).to_string(),
            "[0].label[0]: expected a span inside the text, found 1 to 0 of 2".to_owned(),
        ),
        (
            json!({"text": "ab", "label": [[0, 1]]}).to_string(),
            "[0].label[0]: expected a label after start and end, found nothing".to_owned(),
        ),
    ] {
        assert_eq!(message(&text), said);
    }
}

#[test]
fn files_that_are_no_dataset_are_refused_with_what_to_do() {
    assert_eq!(read(b"{\"data\": \"\xff\"}"), Err(ReadError::Utf8(10)));
    assert!(matches!(read(b""), Err(ReadError::Json(_))));
    assert!(matches!(read(b"PK\x03\x04 a zip"), Err(ReadError::Json(_))));
    assert!(matches!(read(b"id,question\n1,what\n"), Err(ReadError::Json(_))));
    let cut = r#"{"data": [{"title": "T", "paragraphs": [{"context": "a"#;
    assert!(matches!(read(cut.as_bytes()), Err(ReadError::Json(_))), "{}", message(cut));
    for text in ["5", "null", "\"text\"", "[1, 2]", "{}", "[[]]", r#"{"train": []}"#, r#"[{"text": "no label"}]"#] {
        let error = read(text.as_bytes()).unwrap_err();
        assert!(matches!(error, ReadError::Form { .. }), "{text}: {error}");
        assert!(error.to_string().contains("Known are SQuAD, its short form"), "{error}");
    }
    let lines = "{\"context\": \"a\", \"question\": \"q?\"}\n\n{\"context\": \"a\",\n";
    assert!(message(lines).starts_with("line 3 is no JSON"), "{}", message(lines));
    // Brackets without end must not exhaust the stack.
    assert!(matches!(read("[".repeat(200_000).as_bytes()), Err(ReadError::Json(_))));
}

/// A file without any known shape is named as a whole, not by a place that it does not have.
#[test]
fn a_single_object_of_no_known_form_is_called_the_file() {
    assert!(message("{}").starts_with("the file is no known form of dataset"), "{}", message("{}"));
    let row = message(r#"{"context": "a", "question": 5}"#);
    assert!(row.starts_with("[0].question: expected a text"), "{row}");
}

/// One change somewhere in a JSON value.
fn mutate(value: &mut Value, place: &mut usize, with: &Value) -> bool {
    if *place == 0 {
        *value = with.clone();
        return true;
    }
    *place -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| mutate(item, place, with)),
        Value::Object(map) => map.iter_mut().any(|(_, item)| mutate(item, place, with)),
        _ => false,
    }
}

fn forms() -> Vec<Value> {
    let rows = json!([{"id": "1", "title": "T", "context": "é🚂 b", "question": "q?", "answers": {"text": ["b"], "answer_start": [3]}}]);
    vec![
        serde_json::from_str(tiny::DATA).unwrap(),
        json!([{"context": "é🚂 b", "qas": [{"question": "q?", "answers": [{"text": "b", "answer_start": 3}]}]}]),
        json!({ "data": rows }),
        rows,
        json!([{"text": "é🚂 b", "label": [[3, 4, "q?"]]}, {"text": "é", "entities": []}]),
        json!([{"text": "é🚂 b", "entities": [{"label": "q?", "start_offset": 0, "end_offset": 2}]}]),
    ]
}

fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e300..1e300f64).prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[[0, 18_446_744_073_709_551_615u64, "x"]]])),
        Just(json!({"text": ["a"], "answer_start": [18_446_744_073_709_551_615u64]})),
        Just(json!({"text": "b", "answer_start": 4})),
    ]
}

/// Read, check, make features and write: none of them may panic, and what was read is read again the same.
fn everything(bytes: &[u8]) {
    let Ok(data) = read(bytes) else { return };
    check(&data);
    let tokenizer = Tokenizer::from_files(None, Some(tiny::vocab().as_bytes()), None).unwrap();
    train_features(&data, &tokenizer, 24, 8).unwrap();
    let again = read(to_json(&data).as_bytes()).unwrap_or_else(|error| panic!("what was written is refused: {error}"));
    assert_eq!(again.question_count(), data.question_count());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_values_never_panic(form in 0usize..6, changes in prop::collection::vec((0usize..40, odd_value()), 1..4)) {
        let mut value = forms()[form].clone();
        for (mut place, with) in changes {
            mutate(&mut value, &mut place, &with);
        }
        everything(value.to_string().as_bytes());
    }

    #[test]
    fn mutated_bytes_never_panic(form in 0usize..6, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5)) {
        let mut bytes = forms()[form].to_string().into_bytes();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        everything(&bytes);
    }
}
