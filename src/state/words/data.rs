//! Words of the Data view.

use crate::protocol::HeadOrigin;
use crate::state::format::{bytes, counted, millions, whole};

/// What the view is for.
pub const LEAD: &str = "Bring texts, ask questions about them and mark the answers. Everything stays on this computer.";
/// About the dataset file.
pub const FILE_HINT: &str = "JSON in the format of SQuAD 1.1 or 2.0.";
/// About pasted text.
pub const PASTE_HINT: &str = "A blank line begins a new paragraph.";
/// How to mark answers.
pub const MARK_HINT: &str =
    "Select words and press Answer. With the keyboard: Home, arrows with Shift, then A or Enter.";
/// Where no text is there yet.
pub const NO_TEXT: &str = "No text yet: choose a file, paste a text or load the sample.";
/// Where a paragraph has no question yet.
pub const NO_QUESTIONS: &str = "No questions about this paragraph yet.";
/// Where nothing is selected.
pub const NOTHING_SELECTED: &str = "Nothing is marked: select the words of the answer in the text first.";
/// Where a selection begins or ends inside a character.
pub const HALF_CHARACTER: &str = "The selection cuts a character in two: select it whole.";
/// Where the field for pasting is empty.
pub const NOTHING_PASTED: &str = "There is no text to add: paste one first.";
/// Where all is well.
pub const NO_FINDINGS: &str = "Nothing to mend.";
/// About the model files.
pub const MODEL_FILES_HINT: &str =
    "config.json, model.safetensors and tokenizer.json or vocab.txt of a DistilBERT or BERT model, chosen together.";
/// About the hub.
pub const HUB_HINT: &str = "owner/name. Downloaded once, then kept in this browser.";
/// About the fresh head.
pub const FRESH_HINT: &str = "Draws the part that answers anew: a start from nothing, as in the article.";
/// Where the name of the hub model is missing.
pub const NO_HUB_MODEL: &str = "Write the model's name first, for instance distilbert/distilbert-base-uncased.";
/// Where there is no model.
pub const NO_MODEL: &str = "No model is loaded.";

/// The sample could not be fetched.
pub fn sample_failed(path: &str, why: &str) -> String {
    format!("The sample {path} could not be fetched ({why}). Check the connection and try again.")
}

/// What there is.
pub fn counts(documents: usize, paragraphs: usize, questions: usize) -> String {
    format!(
        "{}, {}, {}",
        counted(documents, "document", "documents"),
        counted(paragraphs, "paragraph", "paragraphs"),
        counted(questions, "question", "questions")
    )
}

/// Which lines of a long list are shown.
pub fn shown_rows(skipped: usize, shown: usize, total: usize) -> String {
    format!("Paragraphs {} to {} of {} are listed.", whole(skipped + 1), whole(skipped + shown), whole(total))
}

/// A number of questions.
pub fn questions(count: usize) -> String {
    counted(count, "question", "questions")
}

/// Which findings of many are shown.
pub fn more_findings(count: usize) -> String {
    format!("and {} more", whole(count))
}

/// Where the answers of the head come from.
pub fn head(origin: HeadOrigin) -> &'static str {
    match origin {
        HeadOrigin::Checkpoint => "answers questions",
        HeadOrigin::Fresh { .. } => "question-answering head freshly drawn: answers are nonsense until it is trained",
        HeadOrigin::Trained => "trained here",
    }
}

/// Size of a model.
pub fn size(parameters: usize, layers: usize) -> String {
    format!("{} parameters, {}", millions(parameters), counted(layers, "layer", "layers"))
}

/// How far loading is.
pub fn loading(name: &str, loaded: u64, total: Option<u64>) -> String {
    match total {
        Some(total) => format!("Loading {name}: {} of {}", bytes(loaded), bytes(total)),
        None => format!("Loading {name}: {}", bytes(loaded)),
    }
}

/// The languages that a model reads, as a list; `None` where its card names none.
pub fn languages(codes: &[String]) -> Option<String> {
    let names: Vec<&str> = codes.iter().map(|code| language(code)).collect();
    match names.as_slice() {
        [] => None,
        [one] => Some((*one).to_owned()),
        [first @ .., last] if names.len() <= 4 => Some(format!("{} and {last}", first.join(", "))),
        many => Some(format!("{} and {} more languages", many[..3].join(", "), whole(many.len() - 3))),
    }
}

/// A language's English name; its code where that is not known.
fn language(code: &str) -> &str {
    match code {
        "ar" => "Arabic",
        "cs" => "Czech",
        "da" => "Danish",
        "de" => "German",
        "el" => "Greek",
        "en" => "English",
        "es" => "Spanish",
        "fi" => "Finnish",
        "fr" => "French",
        "hi" => "Hindi",
        "hu" => "Hungarian",
        "it" => "Italian",
        "ja" => "Japanese",
        "ko" => "Korean",
        "multilingual" => "many languages",
        "nl" => "Dutch",
        "pl" => "Polish",
        "pt" => "Portuguese",
        "ro" => "Romanian",
        "ru" => "Russian",
        "sv" => "Swedish",
        "th" => "Thai",
        "tr" => "Turkish",
        "uk" => "Ukrainian",
        "vi" => "Vietnamese",
        "zh" => "Chinese",
        other => other,
    }
}

/// How well a model knows a text.
pub fn coverage(codes: &[String], unknown_share: f32) -> String {
    let reads = languages(codes).map_or_else(
        || "This model does not say which language it reads".to_owned(),
        |names| format!("This model reads {names}"),
    );
    let percent = (unknown_share * 100.0).round();
    if unknown_share <= 0.0 {
        format!("{reads}; it knows every word of this text")
    } else if percent < 1.0 {
        format!("{reads}; less than 1 % of this text is unknown to it")
    } else {
        format!("{reads}; {percent:.0} % of this text is unknown to it")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coverage_names_language_and_share() {
        assert_eq!(coverage(&["en".to_owned()], 0.31), "This model reads English; 31 % of this text is unknown to it");
        assert_eq!(
            languages(&["en".to_owned(), "pl".to_owned(), "xx".to_owned()]).as_deref(),
            Some("English, Polish and xx")
        );
    }
}
