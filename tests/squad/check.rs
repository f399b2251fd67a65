//! Findings: on made cases, and on the shared files, clean and not.

use spanwise::squad::check::{Finding, FindingKind, check};
use spanwise::squad::offsets::{slice, utf16_from_char};
use spanwise::squad::read::read;

use crate::support::shared_dataset;

/// Findings about one answer in that context.
fn findings(context: &str, text: &str, start: usize) -> Vec<Finding> {
    let answers = serde_json::json!([{"text": text, "answer_start": start}]);
    let data = serde_json::json!([{"context": context, "qas": [{"id": "x", "question": "q?", "answers": answers}]}]);
    check(&read(data.to_string().as_bytes()).unwrap())
}

#[test]
fn each_way_of_counting_is_recognised() {
    let context = "🚂 e\u{301}e\u{301} won 5-1";
    // In characters the score stands at 11.
    assert_eq!(findings(context, "5-1", 11), []);
    for (start, kind, counted) in [
        (12, FindingKind::OffsetUtf16, "UTF-16 units"),
        (16, FindingKind::OffsetBytes, "bytes"),
        (9, FindingKind::OffsetGraphemes, "grapheme clusters"),
    ] {
        let found = findings(context, "5-1", start);
        assert_eq!(found.len(), 1, "{start}: {found:?}");
        assert_eq!((found[0].kind, found[0].path.as_str()), (kind, "data[0].paragraphs[0].qas[0].answers[0]"));
        assert!(found[0].message.contains(&format!("answer_start {start} counts {counted}")), "{}", found[0].message);
        assert!(found[0].message.ends_with("'5-1' stands at 11. Use 11."), "{}", found[0].message);
    }
}

#[test]
fn other_faults_are_told_apart() {
    let one = |context: &str, text: &str, start: usize| {
        let found = findings(context, text, start);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    };
    // The nearest of three.
    let shifted = one("won .. won .. won", "won", 6);
    assert_eq!(shifted.kind, FindingKind::OffsetShifted);
    assert!(shifted.message.contains("but at 7. Use 7."), "{}", shifted.message);
    assert_eq!(one("Lech won", "lech", 0).kind, FindingKind::CaseDiffers);
    assert_eq!(one("Lech won", "lost", 0).kind, FindingKind::AnswerAbsent);
    assert_eq!(one("Lech won", "", 0).kind, FindingKind::EmptyAnswer);
    assert_eq!(one("Lech won", "won", usize::MAX).kind, FindingKind::OffsetShifted);
    let edge = one("Lech won it", "won ", 5);
    assert_eq!(edge.kind, FindingKind::EdgeWhitespace);
    assert!(edge.message.contains("Mark 'won' alone."), "{}", edge.message);
}

#[test]
fn what_an_answer_looks_like_is_looked_at() {
    let kinds = |context: &str, text: &str, start: usize| -> Vec<FindingKind> {
        findings(context, text, start).iter().map(|finding| finding.kind).collect()
    };
    assert_eq!(kinds("Lech Poznań", "Poznan\u{301}", 5), [FindingKind::NormalisationDiffers]);
    assert_eq!(kinds("Lech won.", "Lech won.", 0), [FindingKind::WholeContext]);
    assert_eq!(kinds("Lech won it", "ech", 1), [FindingKind::InsideToken]);
    let long = "word ".repeat(60);
    assert_eq!(kinds(&format!("{long}end"), long.trim(), 0), [FindingKind::AnswerTooLong]);
    let longer = "word ".repeat(400);
    assert_eq!(kinds(&longer, "word", 0), [FindingKind::ContextTooLong]);
    assert_eq!(kinds("a  b", " ", 1), [FindingKind::EmptyAnswer]);
}

#[test]
fn questions_asked_twice_and_answers_that_do_not_go_together_are_found() {
    let data = |second: &str| {
        let text = r#"[{"context": "They won 5-1 on aggregate in Poznań in 1990.", "qas": [
            {"id": "1", "question": "What was the aggregate score?", "answers": [{"text": "5-1", "answer_start": 9}]},
            SECOND]}]"#;
        check(&read(text.replace("SECOND", second).as_bytes()).unwrap())
    };
    for (second, kind) in [
        (
            r#"{"id": "2", "question": "what was the aggregate score", "answers": [{"text": "5-1", "answer_start": 9}]}"#,
            Some(FindingKind::DuplicateQuestion),
        ),
        (
            r#"{"id": "2", "question": "What was the aggregate score?", "answers": [{"text": "1990", "answer_start": 39}]}"#,
            Some(FindingKind::ContradictoryAnswers),
        ),
        (
            r#"{"id": "2", "question": "What was the aggregate score?", "answers": [], "is_impossible": true}"#,
            Some(FindingKind::ContradictoryAnswers),
        ),
        (
            r#"{"id": "2", "question": "What was the score?", "answers": [{"text": "5-1 on aggregate", "answer_start": 9}]}"#,
            Some(FindingKind::InconsistentBoundary),
        ),
        (r#"{"id": "2", "question": "Where was it?", "answers": [{"text": "Poznań", "answer_start": 29}]}"#, None),
    ] {
        let found = data(second);
        assert_eq!(found.first().map(|finding| finding.kind), kind, "{second}: {found:?}");
        assert!(found.len() < 2, "{found:?}");
        assert!(found.iter().all(|finding| finding.path.starts_with("data[0].paragraphs[0].qas[1]")), "{found:?}");
    }
}

#[test]
fn questions_without_an_answer_and_ids_used_twice_are_found() {
    let data = read(
        br#"[{"context": "a b", "qas": [{"id": "x", "question": "q?", "answers": []},
        {"id": "y", "question": "q?", "answers": [], "is_impossible": true},
        {"id": "x", "question": "q?", "answers": [{"text": "a", "answer_start": 0}]}]}]"#,
    );
    let found = check(&data.unwrap());
    let brief: Vec<(FindingKind, &str)> = found.iter().map(|finding| (finding.kind, finding.path.as_str())).collect();
    assert_eq!(
        brief,
        [
            (FindingKind::EmptyAnswer, "data[0].paragraphs[0].qas[0]"),
            (FindingKind::DuplicateId, "data[0].paragraphs[0].qas[2]")
        ]
    );
}

/// A common letter at a wrong place in a long text: the search for the nearest must not take the square of the length.
#[test]
fn a_long_text_full_of_the_answer_is_checked_at_once() {
    let context = "é ".repeat(200_000);
    let started = std::time::Instant::now();
    let found = findings(&context, "é", 300_001);
    assert!(found.iter().any(|finding| finding.message.contains("but at 300000.")), "{found:?}");
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}

fn is_offset(finding: &Finding) -> bool {
    use FindingKind::{AnswerAbsent, CaseDiffers, OffsetBytes, OffsetGraphemes, OffsetShifted, OffsetUtf16};
    [OffsetUtf16, OffsetBytes, OffsetGraphemes, OffsetShifted, CaseDiffers, AnswerAbsent].contains(&finding.kind)
}

/// Every shared file whose offsets are said to be true.
#[test]
fn clean_files_give_no_offset_findings() {
    let languages = ["ar", "de", "el", "en", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh"];
    let xquad = languages.map(|language| (format!("data/offsets/xquad.{language}.json"), 1190));
    let others =
        [("train/new_wiki", 7938), ("train/amazon", 9885), ("domain/reddit", 9803), ("dev/squad-v2.0-part", 6078)];
    let others = others.map(|(name, count)| (format!("data/{name}.json"), count));
    for (name, count) in xquad.into_iter().chain(others) {
        let Some(data) = shared_dataset(&name) else { return };
        assert_eq!(data.question_count(), count, "{name}");
        let found: Vec<Finding> = check(&data).into_iter().filter(is_offset).collect();
        assert_eq!(found, [], "{name}");
        for (_, paragraph, question) in data.questions() {
            for answer in &question.answers {
                let end = answer.answer_start + answer.text.chars().count();
                assert_eq!(slice(&paragraph.context, answer.answer_start, end), Some(answer.text.as_str()), "{name}");
            }
        }
    }
}

/// SQuAD 1.1 was rebuilt with the first occurrence as the place of every answer: wrong for training, but there.
#[test]
fn rebuilt_offsets_point_at_their_text() {
    let Some(data) = shared_dataset("data/dev/squad-v1.1.json") else { return };
    assert_eq!(data.question_count(), 10_570);
    assert_eq!(check(&data).into_iter().filter(is_offset).collect::<Vec<_>>(), []);
}

/// The five answers of CMRC 2018's trial set whose places count UTF-16 units, and nothing else.
#[test]
fn the_five_utf_16_answers_of_cmrc_2018_are_found() {
    let Some(data) = shared_dataset("data/offsets/cmrc2018_trial.squad.json") else { return };
    assert_eq!(data.question_count(), 1002);
    let found: Vec<Finding> = check(&data).into_iter().filter(is_offset).collect();
    assert_eq!(found.len(), 5, "{found:#?}");
    let mut ids = Vec::new();
    for finding in &found {
        assert_eq!(finding.kind, FindingKind::OffsetUtf16, "{}", finding.message);
        let numbers: Vec<usize> =
            finding.path.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
        let [d, p, q, a] = numbers[..] else { panic!("{}", finding.path) };
        let paragraph = &data.data[d].paragraphs[p];
        let (question, answer) = (&paragraph.qas[q], &paragraph.qas[q].answers[a]);
        let place: usize = finding.message.rsplit("Use ").next().unwrap().trim_end_matches('.').parse().unwrap();
        assert_eq!(utf16_from_char(&paragraph.context, place), Some(answer.answer_start));
        let end = place + answer.text.chars().count();
        assert_eq!(slice(&paragraph.context, place, end), Some(answer.text.as_str()));
        ids.push(question.id.clone());
    }
    assert_eq!(ids, [0, 1, 2, 3, 4].map(|i| format!("TRIAL_210_QUERY_{i}")));
}
