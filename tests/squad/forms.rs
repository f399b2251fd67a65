//! Every accepted form, told apart by content; what Spanwise does not know survives.

use serde_json::{Value, json};
use spanwise::squad::read::read;
use spanwise::squad::write::to_json;
use spanwise::squad::{Dataset, Question};

fn dataset(text: &str) -> Dataset {
    read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn questions(data: &Dataset) -> Vec<&Question> {
    data.questions().map(|(_, _, question)| question).collect()
}

/// `(id, question, [(text, start)])`
type Brief<'a> = (&'a str, &'a str, Vec<(&'a str, usize)>);

/// Every question.
fn brief(data: &Dataset) -> Vec<Brief<'_>> {
    let brief = |question| {
        let Question { id, question, answers, .. }: &Question = question;
        let answers = answers.iter().map(|answer| (answer.text.as_str(), answer.answer_start)).collect();
        (id.as_str(), question.as_str(), answers)
    };
    questions(data).into_iter().map(brief).collect()
}

#[test]
fn squad_1_1() {
    let data = dataset(
        r#"{"version": "1.1", "data": [{"title": "T", "paragraphs": [{"context": "ab cd",
        "qas": [{"id": "x", "question": "q?", "answers": [{"text": "cd", "answer_start": 3}, {"text": "ab cd", "answer_start": 0}]}]}]}]}"#,
    );
    assert_eq!((data.version.as_deref(), data.data[0].title.as_str()), (Some("1.1"), "T"));
    assert_eq!(brief(&data), [("x", "q?", vec![("cd", 3), ("ab cd", 0)])]);
    assert_eq!(questions(&data)[0].is_impossible, None);
}

#[test]
fn squad_2_0() {
    let data = dataset(
        r#"{"version": "v2.0", "data": [{"title": "T", "paragraphs": [{"context": "ab cd", "qas": [
        {"id": "x", "question": "q?", "answers": [], "is_impossible": true, "plausible_answers": [{"text": "ab", "answer_start": 0}]},
        {"id": "y", "question": "r?", "answers": [{"text": "cd", "answer_start": 3}], "is_impossible": false}]}]}]}"#,
    );
    assert_eq!(brief(&data), [("x", "q?", vec![]), ("y", "r?", vec![("cd", 3)])]);
    assert_eq!(questions(&data).iter().map(|q| q.is_unanswerable()).collect::<Vec<_>>(), [true, false]);
    assert_eq!(questions(&data)[0].extra["plausible_answers"], json!([{"text": "ab", "answer_start": 0}]));
}

#[test]
fn the_short_form_gets_ids_that_nobody_has() {
    let data = dataset(
        r#"[{"context": "ab cd", "qas": [{"question": "q?", "answers": [{"text": "cd", "answer_start": 3}]},
        {"id": "question-1", "question": "r?", "answers": []}, {"id": null, "question": "s?"}]}]"#,
    );
    let ids: Vec<&str> = questions(&data).iter().map(|question| question.id.as_str()).collect();
    assert_eq!(ids, ["question-2", "question-1", "question-3"]);
}

/// A list, under `data`, and line by line: the same.
#[test]
fn hugging_face_rows() {
    let rows = [
        json!({"id": "1", "title": "T", "context": "ab cd", "question": "q?", "answers": {"text": ["cd", "ab"], "answer_start": [3, 0]}}),
        json!({"id": "2", "title": "T", "context": "other", "question": "r?", "answers": {"text": [], "answer_start": []}}),
        json!({"id": "3", "title": "T", "context": "ab cd", "question": "s?", "answers": {"text": ["ab"], "answer_start": [0]}}),
    ];
    let lines = rows.iter().map(Value::to_string).collect::<Vec<_>>();
    let forms = [
        Value::from(rows.to_vec()).to_string(),
        json!({"data": rows}).to_string(),
        lines.join("\n"),
        format!("\u{feff}{}\r\n\r\n", lines.join("\r\n")),
    ];
    for text in &forms {
        let data = dataset(text);
        assert_eq!(data.data.len(), 1);
        assert_eq!(data.data[0].paragraphs.len(), 2, "one paragraph for each context");
        assert_eq!(
            brief(&data),
            [("1", "q?", vec![("cd", 3), ("ab", 0)]), ("3", "s?", vec![("ab", 0)]), ("2", "r?", vec![])],
        );
        // Such rows have no flag: an empty list is how they say it.
        assert_eq!(questions(&data).iter().map(|q| q.is_unanswerable()).collect::<Vec<_>>(), [false, false, true]);
    }
    let one = dataset(&lines[0]);
    assert_eq!(brief(&one), [("1", "q?", vec![("cd", 3), ("ab", 0)])]);
}

#[test]
fn doccano_lines() {
    let tuples = r#"{"id": 7, "text": "é🚂 won 5-1", "label": [[7, 10, "What was the score?"], [3, 6, "What happened?"], [0, 1, "What was the score?"]], "Comments": []}
{"id": 8, "text": "nothing", "label": []}"#;
    let data = dataset(tuples);
    assert_eq!(
        brief(&data),
        [
            ("question-1", "What was the score?", vec![("5-1", 7), ("é", 0)]),
            ("question-2", "What happened?", vec![("won", 3)]),
        ]
    );
    assert_eq!(data.data[0].paragraphs.len(), 2);
    assert_eq!(data.data[0].paragraphs[0].extra["id"], json!(7));
    let entities = r#"{"text": "won 5-1", "entities": [{"id": 3, "label": "Score?", "start_offset": 4, "end_offset": 7}], "relations": []}"#;
    let data = dataset(entities);
    assert_eq!(brief(&data), [("question-1", "Score?", vec![("5-1", 4)])]);
    assert_eq!(questions(&data)[0].answers[0].extra["id"], json!(3));
}

/// What Haystack writes, and fields of nobody's: all of them come back.
#[test]
fn fields_that_are_not_known_survive() {
    let text = r#"{"version": "1", "author": {"name": "A"}, "data": [{"title": "T", "split": "dev", "paragraphs": [
        {"context": "ab cd", "document_id": 12, "qas": [{"id": "x", "question": "q?", "question_id": 5,
        "answers": [{"answer_id": 9, "document_id": 12, "question_id": 5, "text": "cd", "answer_start": 3,
        "answer_end": 5, "answer_category": null}], "is_impossible": false, "annotation_approver": null}]}]}]}"#;
    let before: Value = serde_json::from_str(text).unwrap();
    let after: Value = serde_json::from_str(&to_json(&dataset(text))).unwrap();
    assert_eq!(before, after);
    let again = dataset(&to_json(&dataset(text)));
    assert_eq!(again, dataset(text));
}

/// Columns beside `text` and `answer_start` belong to the answers, one value each.
#[test]
fn columns_that_are_not_known_survive() {
    let data = dataset(
        r#"[{"id": "1", "context": "ab cd", "question": "q?", "answers": {"text": ["cd", "ab"], "answer_start": [3, 0],
        "answer_end": [5, 2], "source": "hand"}, "difficulty": 3}]"#,
    );
    let question = questions(&data)[0];
    assert_eq!(question.extra["difficulty"], json!(3));
    assert_eq!(
        (&question.answers[0].extra["answer_end"], &question.answers[1].extra["answer_end"]),
        (&json!(5), &json!(2))
    );
    assert_eq!(question.answers[1].extra["source"], json!("hand"));
}

#[test]
fn small_liberties_are_taken_as_they_are_meant() {
    let data = dataset(
        r#"{"version": 1.1, "data": [{"paragraphs": [{"context": "ab", "qas": [{"id": 17, "question": "q?"}]}]}]}"#,
    );
    assert_eq!((data.version.as_deref(), data.data[0].title.as_str()), (Some("1.1"), ""));
    assert_eq!(brief(&data), [("17", "q?", vec![])]);
    assert_eq!(dataset(r#"{"data": []}"#).question_count(), 0);
    let bom = dataset("\u{feff}[{\"context\": \"ab\", \"qas\": []}]");
    assert_eq!(bom.data[0].paragraphs[0].context, "ab");
    let list = dataset(r#"[{"title": "T", "paragraphs": [{"context": "ab", "qas": []}]}]"#);
    assert_eq!(list.data[0].title, "T");
}
