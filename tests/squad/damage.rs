//! The offset doctor on damage of ten kinds, made from real answers: it names the kind, mends what can be mended, and leaves clean
//! files alone.

use std::path::PathBuf;

use spanwise::squad::check::{FindingKind, check, leaks};
use spanwise::squad::offsets::{byte_from_char, grapheme_from_char, slice, utf16_from_char};
use spanwise::squad::read::read;
use spanwise::squad::repair::mend;
use spanwise::squad::{Answer, Dataset, Document, Paragraph, Question};
use unicode_normalization::UnicodeNormalization;

use crate::support::{shared, shared_dataset};

/// Answers of each kind of damage.
const ANSWERS: usize = 2000;

/// Sets every way of counting apart: an emoji, a flag of two characters in one cluster, an accent, a dash.
const BEFORE: &str = "🚂🇵🇱 e\u{301} — ";

/// Context and first answer of every question of the files, the context with [`BEFORE`] in front.
fn answers(files: &[&str]) -> Option<Vec<(String, Answer)>> {
    let mut all = Vec::new();
    for file in files {
        let data = shared_dataset(&format!("data/{file}.json"))?;
        for (_, paragraph, question) in data.questions() {
            if let Some(answer) = question.answers.first() {
                let answer_start = answer.answer_start + BEFORE.chars().count();
                let answer = Answer { answer_start, ..answer.clone() };
                all.push((format!("{BEFORE}{}", paragraph.context), answer));
            }
        }
    }
    Some(all)
}

const LANGUAGES: [&str; 8] = ["de", "el", "es", "ro", "ru", "tr", "vi", "ar"];

/// Damages an answer in its context; `None` where this kind of damage changes nothing about it.
type Damage = fn(&str, &Answer, usize) -> Option<Answer>;

fn moved(answer: &Answer, answer_start: usize) -> Option<Answer> {
    (answer_start != answer.answer_start).then(|| Answer { answer_start, ..answer.clone() })
}

fn rewritten(answer: &Answer, text: String) -> Option<Answer> {
    (text != answer.text).then(|| Answer { text, ..answer.clone() })
}

/// Each kind with its damage, and whether it can be mended.
const DAMAGES: [(FindingKind, Damage, bool); 9] = [
    (
        FindingKind::OffsetUtf16,
        |context, answer, _| moved(answer, utf16_from_char(context, answer.answer_start)?),
        true,
    ),
    (FindingKind::OffsetBytes, |context, answer, _| moved(answer, byte_from_char(context, answer.answer_start)?), true),
    (
        FindingKind::OffsetGraphemes,
        |context, answer, _| moved(answer, grapheme_from_char(context, answer.answer_start)?),
        true,
    ),
    (FindingKind::OffsetShifted, |_, answer, i| moved(answer, answer.answer_start + [2, 3, 0][i % 3] - 1), true),
    (FindingKind::CaseDiffers, |_, answer, _| rewritten(answer, answer.text.to_uppercase()), true),
    (FindingKind::NormalisationDiffers, |_, answer, _| rewritten(answer, answer.text.nfd().collect()), true),
    (
        FindingKind::EdgeWhitespace,
        |context, answer, _| {
            let end = answer.answer_start + answer.text.chars().count();
            let is_space = slice(context, end, end + 1)?.starts_with(char::is_whitespace);
            is_space.then(|| Answer {
                text: slice(context, answer.answer_start, end + 1).unwrap().to_owned(),
                ..answer.clone()
            })
        },
        true,
    ),
    (FindingKind::EmptyAnswer, |_, answer, _| rewritten(answer, String::new()), false),
    (FindingKind::AnswerAbsent, |_, answer, _| rewritten(answer, format!("{} Qxzj", answer.text)), false),
];

fn dataset(answers: &[(String, Answer)]) -> Dataset {
    let paragraph = |(i, (context, answer)): (usize, &(String, Answer))| {
        let question = Question {
            id: i.to_string(),
            question: "?".to_owned(),
            answers: vec![answer.clone()],
            ..Question::default()
        };
        Paragraph { context: context.clone(), qas: vec![question], ..Paragraph::default() }
    };
    let paragraphs = answers.iter().enumerate().map(paragraph).collect();
    Dataset { data: vec![Document { paragraphs, ..Document::default() }], ..Dataset::default() }
}

#[test]
fn the_doctor_names_and_mends_ten_kinds_of_damage() {
    let files: Vec<String> = LANGUAGES.iter().map(|language| format!("offsets/xquad.{language}")).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let Some(clean) = answers(&files) else { return };
    for (kind, damage, is_mendable) in DAMAGES {
        let damaged = clean
            .iter()
            .enumerate()
            .filter_map(|(i, (context, answer))| Some((context.clone(), answer.clone(), damage(context, answer, i)?)));
        let damaged: Vec<(String, Answer, Answer)> = damaged.take(ANSWERS).collect();
        assert_eq!(damaged.len(), ANSWERS, "{kind:?}");
        let of = |answers: Vec<(String, Answer)>| dataset(&answers);
        let mut data = of(damaged.iter().map(|(context, _, damaged)| (context.clone(), damaged.clone())).collect());
        let named = check(&data).iter().filter(|finding| finding.kind == kind).count();
        let share = 100.0 * named as f64 / ANSWERS as f64;
        mend(&mut data);
        let mended =
            data.questions().zip(&damaged).filter(|((_, _, q), (_, clean, _))| q.answers.first() == Some(clean));
        let mended = 100.0 * mended.count() as f64 / ANSWERS as f64;
        println!("{kind:?}: {share:.1} % named, {mended:.1} % mended");
        assert!(share >= 99.0, "{kind:?}: {share} % are named right");
        assert!(!is_mendable || mended >= 99.0, "{kind:?}: {mended} % are mended");
    }
    // The tenth: ids used twice.
    let mut data = dataset(&clean[..ANSWERS]);
    let twice = &mut data.data[0].paragraphs;
    twice.iter_mut().enumerate().for_each(|(i, paragraph)| paragraph.qas[0].id = (i / 2).to_string());
    let named = check(&data).iter().filter(|finding| finding.kind == FindingKind::DuplicateId).count();
    assert_eq!(named, ANSWERS / 2);
    mend(&mut data);
    let ids: std::collections::HashSet<&str> = data.questions().map(|(_, _, q)| q.id.as_str()).collect();
    assert_eq!(ids.len(), ANSWERS);
}

/// Where a place can be read in several ways: UTF-16 units are tried first, then bytes, then grapheme clusters, and only then is the
/// answer looked for elsewhere, however near it stands.
#[test]
fn ties_go_to_the_count_that_is_tried_first() {
    const AT: usize = 60;
    // Two units more than characters, more bytes than units, and clusters of several characters.
    let before = "🚂🐢e\u{301}e\u{301}é";
    let count = before.chars().count();
    let moved = |other: usize| other.abs_diff(count);
    let counts = [
        (FindingKind::OffsetUtf16, AT - moved(before.encode_utf16().count())),
        (FindingKind::OffsetBytes, AT - moved(before.len())),
        (FindingKind::OffsetGraphemes, AT + moved(grapheme_from_char(before, count).unwrap())),
        // The nearest of all.
        (FindingKind::OffsetShifted, AT + 1),
    ];
    for present in 1u32..1 << counts.len() {
        let present: Vec<_> =
            counts.iter().enumerate().filter(|(i, _)| present >> i & 1 == 1).map(|(_, count)| *count).collect();
        let places: Vec<usize> = present.iter().map(|(_, place)| *place).collect();
        let rest = (count..2 * AT).map(|place| if places.contains(&place) { 'x' } else { '.' });
        let context: String = before.chars().chain(rest).collect();
        let answer = Answer { text: "x".to_owned(), answer_start: AT, ..Answer::default() };
        let mut data = dataset(&[(context, answer)]);
        let found = check(&data);
        assert_eq!(found.iter().map(|finding| finding.kind).collect::<Vec<_>>(), [present[0].0], "{present:?}");
        assert_eq!(mend(&mut data), 1);
        assert_eq!(data.data[0].paragraphs[0].qas[0].answers[0].answer_start, present[0].1, "{present:?}");
    }
}

/// Files of the shared folder that have datasets in them, without the one that is known to be damaged.
fn clean_files() -> Option<Vec<PathBuf>> {
    let folder = shared("data")?;
    let parts = ["dev", "domain", "offsets", "train"].map(|part| folder.join(part));
    let files = parts.iter().flat_map(|part| std::fs::read_dir(part).into_iter().flatten());
    let mut files: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        file.extension().is_some_and(|end| end == "json") && !file.ends_with("cmrc2018_trial.squad.json")
    });
    files.sort();
    Some(files)
}

#[test]
fn clean_files_are_left_alone() {
    let Some(files) = clean_files() else { return };
    // Twelve languages, two to train on, one more domain, two to measure on.
    assert!(files.len() >= 17, "{files:?}");
    let mut answers = 0;
    for file in files {
        let clean = read(&std::fs::read(&file).unwrap()).unwrap();
        let mut data = clean.clone();
        assert_eq!(mend(&mut data), 0, "{}", file.display());
        assert!(data == clean, "{} was changed", file.display());
        answers += clean.questions().map(|(_, _, question)| question.answers.len()).sum::<usize>();
    }
    println!("{answers} clean answers, none of them repaired");
}

/// A true case: five answers are counted in UTF-16 units, three have white space at an edge.
#[test]
fn the_trial_set_with_rare_ideographs_is_mended() {
    let Some(mut data) = shared_dataset("data/offsets/cmrc2018_trial.squad.json") else { return };
    let kinds = |kind| check(&data).iter().filter(|finding| finding.kind == kind).count();
    assert_eq!([FindingKind::OffsetUtf16, FindingKind::EdgeWhitespace].map(kinds), [5, 3]);
    assert_eq!(mend(&mut data), 8);
    assert!(check(&data).iter().all(|finding| finding.kind.is_note()), "{:?}", check(&data));
}

#[test]
fn a_text_in_both_parts_is_a_leak() {
    let Some(data) = shared_dataset("data/dev/squad-v2.0-part.json") else { return };
    let part =
        |documents: std::ops::Range<usize>| Dataset { data: data.data[documents].to_vec(), ..Dataset::default() };
    assert_eq!(leaks(&part(0..8), &part(8..16)), []);
    let found = leaks(&part(0..8), &part(7..16));
    assert_eq!(found.len(), data.data[7].paragraphs.len());
    assert_eq!((found[0].kind, found[0].path.as_str()), (FindingKind::SplitLeak, "data[0].paragraphs[0]"));
}
