//! A tokenizer from `vocab.txt` alone is the one of `tokenizer.json`, cased and uncased.

use std::fs;

use spanwise::text::tokenizer::{Tokenizer, TokenizerError};

use crate::support::{file, shared, shared_dataset, tiny};

/// Texts of every language and kind that the shared data has.
fn texts() -> Option<Vec<String>> {
    let mut texts = Vec::new();
    let languages = ["ar", "de", "el", "en", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh"];
    let files = languages.map(|language| format!("data/offsets/xquad.{language}.json"));
    let others = ["data/train/new_wiki.json", "data/domain/reddit.json", "data/offsets/cmrc2018_trial.squad.json"];
    for name in files.iter().map(String::as_str).chain(others) {
        let data = shared_dataset(name)?;
        let documents = data.data.iter().flat_map(|document| document.paragraphs.iter().take(1));
        texts.extend(documents.take(12).map(|paragraph| paragraph.context.clone()));
        texts.extend(data.questions().step_by(211).map(|(_, _, question)| question.question.clone()));
    }
    Some(texts)
}

fn same(one: &Tokenizer, other: &Tokenizer, texts: &[String]) {
    assert_eq!((one.cls_id, one.sep_id, one.unk_id), (other.cls_id, other.sep_id, other.unk_id));
    assert_eq!((one.is_lowercase(), one.vocab_size()), (other.is_lowercase(), other.vocab_size()));
    for text in texts {
        assert_eq!(one.encode(text).unwrap(), other.encode(text).unwrap(), "{text}");
        assert_eq!(one.count(text).unwrap(), other.encode(text).unwrap().ids.len(), "{text}");
    }
}

#[test]
fn the_uncased_vocabulary_alone_is_enough() {
    let (Some(folder), Some(texts)) = (shared("models/minilm-qa-reference"), texts()) else { return };
    let [json, vocab, config] =
        ["tokenizer.json", "vocab.txt", "tokenizer_config.json"].map(|name| fs::read(folder.join(name)).unwrap());
    let whole = Tokenizer::from_files(Some(&json), None, None).unwrap();
    assert!(whole.is_lowercase());
    same(&whole, &Tokenizer::from_files(None, Some(&vocab), Some(&config)).unwrap(), &texts);
    same(&whole, &Tokenizer::from_files(None, Some(&vocab), None).unwrap(), &texts);
}

/// `cased.py` made the folder with transformers.
#[test]
fn the_cased_vocabulary_alone_is_enough() {
    let Some(texts) = texts() else { return };
    let [json, vocab, config] = ["tokenizer.json", "vocab.txt", "tokenizer_config.json"]
        .map(|name| fs::read(file("text/cased").join(name)).unwrap());
    let whole = Tokenizer::from_files(Some(&json), None, None).unwrap();
    assert!(!whole.is_lowercase());
    same(&whole, &Tokenizer::from_files(None, Some(&vocab), Some(&config)).unwrap(), &texts);
    same(&whole, &Tokenizer::from_files(None, Some(&vocab), None).unwrap(), &texts);
}

#[test]
fn line_ends_of_windows_change_nothing() {
    let unix = tiny::vocab();
    let windows = unix.replace('\n', "\r\n");
    let [one, other] =
        [&unix, &windows].map(|vocab| Tokenizer::from_files(None, Some(vocab.as_bytes()), None).unwrap());
    same(&one, &other, &["what was the score at home 🚂".to_owned()]);
}

#[test]
fn offsets_count_characters() {
    let tokenizer = Tokenizer::from_files(None, Some(tiny::vocab().as_bytes()), None).unwrap();
    let encoding = tokenizer.encode("🚂🚂 É won\u{301}").unwrap();
    // Accents go, as BERT's uncased vocabulary wants it; the letters keep the places they had.
    assert_eq!(encoding.offsets.first(), Some(&(0, 2)));
    assert_eq!(&encoding.offsets[1..], [(3, 4), (5, 8)]);
}

/// Exported tokenizers carry a truncation and a padding of their own, which would cut a context silently.
#[test]
fn truncation_and_padding_of_the_file_are_cleared() {
    let json = fs::read_to_string(file("text/cased/tokenizer.json")).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&json).unwrap();
    value["truncation"] =
        serde_json::json!({"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0});
    value["padding"] = serde_json::json!({"strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": null,
        "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"});
    let [plain, cut] =
        [json, value.to_string()].map(|json| Tokenizer::from_files(Some(json.as_bytes()), None, None).unwrap());
    same(&plain, &cut, &["The home leg was won".repeat(9), "The".to_owned()]);
}

#[test]
fn damaged_files_are_refused_with_what_to_do() {
    let refused = |json: Option<&str>, vocab: Option<&[u8]>, config: Option<&str>| {
        let read = Tokenizer::from_files(json.map(str::as_bytes), vocab, config.map(str::as_bytes));
        read.err().expect("it is accepted")
    };
    assert!(matches!(refused(None, None, None), TokenizerError::Missing));
    assert!(matches!(refused(Some("{"), None, None), TokenizerError::Json(_)));
    assert!(matches!(refused(None, Some(b"[CLS]\n\xff\n"), None), TokenizerError::Vocab(_)));
    assert!(matches!(refused(None, Some(b"[PAD]\n[UNK]\n[CLS]\na\n"), None), TokenizerError::SpecialToken("[SEP]")));
    assert!(matches!(refused(None, Some(tiny::vocab().as_bytes()), Some("no")), TokenizerError::Config(_)));
    let message = refused(None, Some(b"[UNK]\n[CLS]\n[SEP]\n[CLS]\n"), None).to_string();
    assert!(message.contains("line 4 repeats the token '[CLS]' of line 2"), "{message}");
}

#[test]
fn coverage_tells_how_much_the_vocabulary_knows() {
    let tokenizer = Tokenizer::from_files(None, Some(tiny::vocab().as_bytes()), None).unwrap();
    let coverage = tokenizer.coverage("what was 東京 abc").unwrap();
    // Ideographs are words by themselves.
    assert_eq!((coverage.words, coverage.unknown_share), (5, 0.4));
    assert!((coverage.pieces_per_word - 7.0 / 5.0).abs() < 1e-6);
    assert_eq!(tokenizer.coverage("").unwrap().words, 0);
}
