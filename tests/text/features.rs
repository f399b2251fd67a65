//! Features against Hugging Face's (`features.py`, which made `features.txt`), and what must hold of all windows.

use std::collections::HashMap;
use std::fs;

use proptest::prelude::*;
use spanwise::squad::{Answer, Dataset, Document, Paragraph, Question};
use spanwise::text::features::{TrainFeature, train_features, windows};
use spanwise::text::tokenizer::Tokenizer;
use spanwise::train::{Plan, TrainSettings};

use crate::support::counter::fnv1a;
use crate::support::{file, shared, shared_dataset, tiny};

/// What `features.py` hashes: windows, ids, offsets, labels.
fn hash<'a>(features: impl Iterator<Item = &'a TrainFeature> + Clone) -> String {
    let mut words = vec![features.clone().count() as u32];
    for TrainFeature { window, start, end, .. } in features {
        words.push(window.ids.len() as u32);
        words.extend(window.ids.iter());
        words.extend(window.offsets.iter().flat_map(|at| at.map_or([u32::MAX; 2], |(start, end)| [start, end])));
        words.extend([start, end]);
    }
    let bytes: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
    format!("{:016x}", fnv1a(&bytes))
}

/// One golden line: the file, the question's number in it, the hash at each setting.
type Line = (String, usize, [String; 2]);

fn golden() -> Vec<Line> {
    let text = fs::read_to_string(file("text/features.txt")).unwrap();
    let line = |line: &str| {
        let parts: Vec<String> = line.split(' ').map(str::to_owned).collect();
        (parts[0].clone(), parts[1].parse().unwrap(), [parts[2].clone(), parts[3].clone()])
    };
    text.lines().map(line).collect()
}

/// The golden questions, each with its own copy of its paragraph.
fn chosen(lines: &[Line]) -> Option<Dataset> {
    let mut files: HashMap<&str, Dataset> = HashMap::new();
    let mut out = Dataset::default();
    for (name, number, _) in lines {
        if !files.contains_key(name.as_str()) {
            files.insert(name, shared_dataset(&format!("data/{name}"))?);
        }
        let (_, paragraph, question) = files[name.as_str()].questions().nth(*number).unwrap();
        let paragraph =
            Paragraph { context: paragraph.context.clone(), qas: vec![question.clone()], ..Paragraph::default() };
        out.data.push(Document { paragraphs: vec![paragraph], ..Document::default() });
    }
    Some(out)
}

/// What Hugging Face trains on where no window holds the whole first answer: windows without an answer. `None` where one holds it.
fn cut_everywhere(
    data: &Dataset,
    number: usize,
    tokenizer: &Tokenizer,
    sizes: (usize, usize),
) -> Option<Vec<TrainFeature>> {
    let (_, paragraph, question) = data.questions().nth(number).unwrap();
    let answer = question.answers.first()?;
    let characters = answer.answer_start..answer.answer_start + answer.text.chars().count();
    let made = windows(&question.question, &paragraph.context, number, tokenizer, sizes.0, sizes.1).ok()?;
    let is_cut = made.iter().all(|window| window.labels(characters.clone()) == (0, 0));
    let without = |window| TrainFeature { window, start: 0, end: 0, others: Box::default() };
    is_cut.then(|| made.into_iter().map(without).collect())
}

fn reference_tokenizer() -> Option<Tokenizer> {
    let json = fs::read(shared("models/minilm-qa-reference/tokenizer.json")?).unwrap();
    Some(Tokenizer::from_files(Some(&json), None, None).unwrap())
}

#[test]
fn features_of_a_thousand_questions_are_those_of_hugging_face() {
    let lines = golden();
    let (Some(tokenizer), Some(data)) = (reference_tokenizer(), chosen(&lines)) else { return };
    for (setting, (length, stride)) in [(384, 128), (64, 16)].into_iter().enumerate() {
        let made = train_features(&data, &tokenizer, length, stride).unwrap();
        let mut by_question: Vec<Vec<&TrainFeature>> = vec![Vec::new(); lines.len()];
        made.features.iter().for_each(|feature| by_question[feature.window.question].push(feature));
        let cut: Vec<_> = (0..lines.len()).map(|i| cut_everywhere(&data, i, &tokenizer, (length, stride))).collect();
        for (features, cut) in by_question.iter_mut().zip(&cut).filter_map(|(made, cut)| Some((made, cut.as_ref()?))) {
            // Here the next answer is trained on, or the question is left out.
            assert!(features.is_empty() || features.iter().any(|feature| !feature.is_negative()));
            *features = cut.iter().collect();
        }
        let mut compared = 0;
        for ((name, number, hashes), features) in lines.iter().zip(&by_question) {
            // Where Hugging Face's tokenizer gives up, there is nothing to compare with.
            if hashes[setting] != "-" {
                assert_eq!(
                    hash(features.iter().copied()),
                    hashes[setting],
                    "{name}, question {number}, {length}/{stride}"
                );
                compared += 1;
            }
        }
        let windows = made.features.len();
        println!("{length}/{stride}: {compared} questions, {windows} windows, {} left out", made.left_out.len());
        assert_eq!(compared, [1000, 967][setting]);
        assert_eq!(cut.iter().flatten().count(), [0, 35][setting]);
    }
}

fn tokenizer() -> Tokenizer {
    Tokenizer::from_files(None, Some(tiny::vocab().as_bytes()), None).unwrap()
}

/// The same with the three letters that a Hangul syllable is taken apart into: each is a token of that one character.
fn jamo_tokenizer() -> Tokenizer {
    let vocab = format!("{}\u{1100}\n##\u{1100}\n##\u{1175}\n##\u{11b7}\n", tiny::vocab());
    Tokenizer::from_files(None, Some(vocab.as_bytes()), None).unwrap()
}

fn one_question(context: &str, question: &str, answer: Option<(&str, usize)>) -> Dataset {
    let answers =
        answer.map(|(text, answer_start)| Answer { text: text.to_owned(), answer_start, ..Answer::default() });
    let question = Question {
        id: "q".to_owned(),
        question: question.to_owned(),
        is_impossible: answers.is_none().then_some(true),
        answers: answers.into_iter().collect(),
        ..Question::default()
    };
    let paragraph = Paragraph { context: context.to_owned(), qas: vec![question], ..Paragraph::default() };
    Dataset { data: vec![Document { paragraphs: vec![paragraph], ..Document::default() }], ..Dataset::default() }
}

/// `run_qa` labels such a start beyond the window's end.
#[test]
fn an_answer_in_the_last_token_of_a_window_is_labelled_there() {
    let made = train_features(&one_question("x y z w", "?", Some(("w", 6))), &tokenizer(), 32, 8).unwrap();
    let [feature] = made.features.as_slice() else { panic!("one window") };
    assert_eq!((feature.start, feature.end), (6, 6));
    assert_eq!(feature.window.offsets[6], Some((6, 7)));
}

#[test]
fn a_character_of_several_tokens_is_labelled_with_all_of_them() {
    let labelled = |context: &str, text: &str, start: usize| {
        let made = train_features(&one_question(context, "?", Some((text, start))), &jamo_tokenizer(), 32, 8).unwrap();
        let plan = Plan::new(&made, &TrainSettings::default(), &tiny::config(), false).unwrap();
        let [feature] = made.features.as_slice() else { panic!("one window") };
        (feature.start, feature.end, plan.longest_answer)
    };
    // [CLS] ? [SEP] and three tokens for each syllable.
    assert_eq!(labelled("김 won", "김", 0), (3, 5, 3));
    assert_eq!(labelled("a 김김 won", "김 won", 3), (7, 10, 4));
    assert_eq!(labelled("a 김김 won", "a 김", 0), (3, 6, 4));
    assert_eq!(labelled("a 김a김 won", "김a김", 2), (4, 10, 7));
}

#[test]
fn a_window_without_the_whole_answer_is_labelled_cls() {
    let context = "a b c d e f g h i j k l m n o p";
    let made = train_features(&one_question(context, "?", Some(("h i j", 14))), &tokenizer(), 12, 4).unwrap();
    let holding: Vec<bool> = made.features.iter().map(|feature| !feature.is_negative()).collect();
    // Eight tokens a window, four shared: a-h, e-l, i-p.
    assert_eq!(holding, [false, true, false]);
    let none = train_features(&one_question(context, "?", None), &tokenizer(), 12, 4).unwrap();
    assert!(none.features.len() == 3 && none.features.iter().all(TrainFeature::is_negative));
}

#[test]
fn what_cannot_be_trained_on_is_left_out_and_said() {
    let left_out = |data: &Dataset| {
        let made = train_features(data, &tokenizer(), 16, 4).unwrap();
        assert!(made.features.is_empty() && made.questions == 0);
        made.left_out.into_iter().map(|finding| finding.message).collect::<Vec<_>>().join("\n")
    };
    let message = left_out(&one_question("a b c", "?", Some(("c", 0))));
    assert_eq!(message, "data[0].paragraphs[0].qas[0].answers[0]: 'c' does not stand at character 0, but at 4. Use 4.");
    let message = left_out(&one_question("a b c", "one two three four five six", Some(("c", 4))));
    assert!(message.contains("leaves no room for the text in a window of 16"), "{message}");
    let long = "b c d e f g h i j k l m n";
    let message = left_out(&one_question(&format!("a {long} o p"), "?", Some((long, 2))));
    let path = "data[0].paragraphs[0].qas[0].answers[0]";
    let cut = "no window of 16 tokens with an overlap of 4 holds the whole answer. Raise doc_stride or max_seq_length.";
    assert_eq!(message, format!("{path}: {cut}"));
    let message = left_out(&one_question("a b c ", "?", Some(("c ", 4))));
    assert!(message.ends_with("Mark it without them."), "{message}");
    let mut open = one_question("a b c", "?", None);
    open.data[0].paragraphs[0].qas[0].is_impossible = None;
    assert!(left_out(&open).contains("has no answer yet"));
}

/// An answer that every window cuts makes way for the next: it would teach that there is none.
#[test]
fn an_answer_that_no_window_holds_is_left_out_alone() {
    let mut data = one_question("a b c d e f g h i j k l m n o p", "?", Some(("b c d e f g h i j k l m n", 2)));
    let answer = |text: &str, answer_start| Answer { text: text.to_owned(), answer_start, ..Answer::default() };
    data.data[0].paragraphs[0].qas[0].answers.extend([answer("c d", 4), answer("e", 8)]);
    let made = train_features(&data, &tokenizer(), 16, 4).unwrap();
    assert!(made.left_out.is_empty() && made.questions == 1);
    // [CLS] ? [SEP] a b c d e …
    assert_eq!((made.features[0].start, made.features[0].end, &*made.features[0].others), (5, 6, &[(7, 7)][..]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the sizes: no window is too long, every token of the context is in one, neighbours share the stride.
    #[test]
    fn windows_cover_the_context(
        context in "[a-f 🚂é]{0,120}",
        question in "[a-f]{0,3}",
        length in 8usize..48,
        stride in 0usize..40,
    ) {
        let tokenizer = tokenizer();
        let whole = tokenizer.encode(&context).unwrap();
        let Ok(made) = windows(&question, &context, 3, &tokenizer, length, stride) else {
            prop_assert!(tokenizer.encode(&question).unwrap().ids.len() + 3 >= length);
            return Ok(());
        };
        let mut seen = 0;
        for (i, window) in made.iter().enumerate() {
            prop_assert!(window.ids.len() <= length && window.ids.len() == window.offsets.len());
            prop_assert_eq!(window.question, 3);
            let part = window.context_tokens();
            let first = if i == 0 { 0 } else {
                let room = made[0].context_tokens().len();
                let shared = if stride < room { stride } else { room / 2 };
                seen - shared
            };
            let expected = whole.offsets[first..first + part.len()].iter().copied().map(Some);
            prop_assert!(window.offsets[part.clone()].iter().copied().eq(expected));
            prop_assert_eq!(&window.ids[part.clone()], &whole.ids[first..first + part.len()]);
            prop_assert!(first + part.len() > seen || whole.ids.is_empty(), "a window adds nothing");
            seen = first + part.len();
        }
        prop_assert_eq!(seen, whole.ids.len());
    }

    /// The labelled tokens hold the answer, and no token that it does not touch.
    #[test]
    fn labels_hold_the_answer(context in "[a-f 🚂é김]{1,80}", place in any::<prop::sample::Index>(), long in 1usize..12) {
        let characters: Vec<char> = context.chars().collect();
        let start = place.index(characters.len());
        let text: String = characters[start..].iter().take(long).collect();
        prop_assume!(!text.trim().is_empty() && text.trim() == text);
        let end = start + text.chars().count();
        let data = one_question(&context, "?", Some((&text, start)));
        let made = train_features(&data, &jamo_tokenizer(), 24, 12).unwrap();
        for feature in made.features.iter().filter(|feature| !feature.is_negative()) {
            let offset = |token: u32| feature.window.offsets[token as usize].unwrap();
            let (first, last) = (offset(feature.start), offset(feature.end));
            prop_assert!(first.0 as usize <= start && start < first.1 as usize, "{first:?} for {start}..{end}");
            prop_assert!((last.0 as usize) < end && end <= last.1 as usize, "{last:?} for {start}..{end}");
            let touches = |token: &usize| offset(*token as u32).0 < end as u32 && offset(*token as u32).1 > start as u32;
            let mut touched = feature.window.context_tokens().filter(touches);
            prop_assert_eq!(touched.next(), Some(feature.start as usize));
            prop_assert_eq!(touched.next_back().unwrap_or(feature.start as usize), feature.end as usize);
        }
    }
}
