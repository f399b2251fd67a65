//! Words of the Data view.

use serde_json::Value;

use crate::protocol::{HeadOrigin, ModelInfo};
use crate::squad::Paragraph;
use crate::squad::check::FindingKind;
use crate::squad::read::{HEADING, PAGE};
use crate::squad::write::Form;
use crate::state::format::{bytes, counted, millions, whole};
use crate::state::model::ModelState;
use crate::state::project::coverage::language;
use crate::state::project::edits::Marked;
use crate::state::project::holding::Drawn;
use crate::state::project::lengths::Unit;
use crate::state::project::tally::Counts;
use crate::state::project::texts::{Edited, Unsaved};

/// Under the heading of a first visit.
pub const START: &str = "Begin in one of three ways. The model is loading meanwhile; you can read and mark at once.";
/// Describes the file input.
pub const FILE_HINT: &str = "Questions: SQuAD 1.1 or 2.0, Hugging Face rows, JSON lines, CSV, Label Studio, doccano. Texts: Word, PDF, Markdown, plain text. Several at once, or dropped anywhere here, too.";
/// Ends of the names of files that can be read.
pub const FILE_KINDS: &str =
    ".json,.jsonl,.ndjson,.csv,.tsv,.txt,.md,.markdown,.docx,.pdf,application/json,text/plain,text/csv,text/markdown";
/// Describes the text box for pasted text.
pub const PASTE_HINT: &str = "Blank lines begin a new paragraph. Pasted JSON is read as a dataset.";
/// Describes the sample.
pub const SAMPLE_HINT: &str =
    "A football club's European matches: 22 questions to train on, and 10 held back to measure on.";
/// Describes the file input for models.
pub const MODEL_FILES_HINT: &str =
    "Choose together: model.safetensors, config.json, and tokenizer.json or vocab.txt. DistilBERT, cased or uncased.";
/// Describes the button that draws the head anew.
pub const FRESH_HEAD_HINT: &str =
    "Draws the last layer, which points at answers, anew: answers are nonsense until you train. The article starts so.";
/// Asks before training is thrown away.
pub const FRESH_HEAD_CONFIRM: &str = "This model was trained in this page. Draw the head anew and lose that training? Download the weights first to keep them.";
/// Asks before another model takes the place of one that was trained here.
pub const LOAD_CONFIRM: &str =
    "This model was trained in this page. Load another in its place? Download the weights first to keep them.";
/// The article's own model, proposed in the hub form.
pub const HUB_MODEL: &str = "distilbert/distilbert-base-cased";
/// Describes the hub form.
pub const HUB_HINT: &str =
    "The one thing here that goes over the network: the model's files are fetched, and then kept in this browser.";
/// In the Text region's help.
pub const TEXT_HINT: &str =
    "Select with the mouse, or with arrow keys, Ctrl by word and Shift to select. A or Enter makes it the answer.";
/// Where a paragraph has no question.
pub const NO_QUESTION: &str = "No question about this text yet. Add one, or select words and press Answer.";
/// Where no text is shown.
pub const NO_TEXT: &str = "This dataset has no text yet. Add some below.";
/// Where a search finds nothing.
pub const NOTHING_FOUND: &str = "Nothing has these words. Search for others, or empty the field.";
/// Name of a dataset that was pasted.
pub const PASTED: &str = "Pasted dataset";
/// After Cancel.
pub const CANCELLED: &str = "Reading was cancelled. Your dataset is as it was.";
/// Where a document has nothing to read.
pub const NO_TEXT_IN_FILE: &str =
    "There is no text in it. A scanned document holds pictures of text: have its text recognised first";
/// Describes the dialog that asks for columns.
pub const COLUMNS_HINT: &str = "Their names do not say it. Only the text is needed; where no column has the answer's place, it is looked for in the text.";
/// What a column can hold, in the order of `Columns::ROLES`.
pub const COLUMN_ROLES: [&str; 7] =
    ["Text", "Question", "Answer", "First character of the answer", "Title", "Id", "Whether there is no answer"];
/// Where no column holds it.
pub const NO_COLUMN: &str = "no column";

/// Heading of the dialog that asks for columns.
pub fn columns_title(name: &str) -> String {
    format!("What do the columns of “{name}” hold?")
}

/// Above the first rows of a table.
pub fn first_rows(shown: usize, count: usize) -> String {
    format!("The first {} of {}", whole(shown), counted(count, "row", "rows"))
}

/// Where in its document a paragraph stands: under which headings, or on which page.
pub fn origin(paragraph: &Paragraph) -> Option<String> {
    let heading = paragraph.extra.get(HEADING).and_then(Value::as_str).map(str::to_owned);
    heading.or_else(|| paragraph.extra.get(PAGE).and_then(Value::as_u64).map(|page| format!("Page {page}")))
}

/// What a dataset can be written as.
pub fn form(form: Form) -> &'static str {
    match form {
        Form::Squad => "SQuAD",
        Form::Squad1 => "SQuAD 1.1",
        Form::Rows => "JSON lines",
        Form::Table => "CSV",
    }
}

/// What is special about a form.
pub fn form_gloss(form: Form) -> &'static str {
    match form {
        Form::Squad => {
            "As the file was that it came from; what you did not change stays byte for byte. What you hold back of it is in it."
        }
        Form::Squad1 => "Only questions that have an answer.",
        Form::Rows => "Hugging Face rows, one question a line.",
        Form::Table => "One answer a row.",
    }
}

/// Where nothing was pasted.
pub const NOTHING_PASTED: &str = "There is nothing to add yet: paste or type text into the field first.";
/// Where a project is only read.
pub const READ_ONLY: &str = "This project is only read here: nothing in it can be changed.";
/// What a failed reading left behind.
pub const KEPT_AS_IT_WAS: &str = "Your dataset is as it was. Repair the file and choose it again, or choose another.";

/// Where nothing is selected to ask about.
pub const NOTHING_TO_ASK: &str = "Nothing is selected. Select the words in the text that you want to ask about first.";
/// Describes the field in which a text is edited.
pub const DRAFT_HINT: &str = "Answers follow where their words stay. Ctrl + Enter saves, Escape cancels.";
/// Describes the dialog that holds questions back.
pub const HOLD_HINT: &str =
    "What is held back is not trained on, so that Evaluate can measure honestly. Texts are never on both sides.";
/// Where no part can be held back.
pub const CANNOT_HOLD: &str =
    "This leaves one side without a question. Choose another share, fewer folds, or hold back by paragraph.";
/// Beside the number of a fold: what folds are for.
pub const FOLDS_HINT: &str = "Folds are parts of the same size. Hold back one after the other, train and measure each time: every question is measured once. What was drawn before goes back first.";
/// Marks a row of what is held back.
pub const HELD_BACK_TAG: &str = "held back";
/// Behind what is said of such a row.
pub const HELD_BACK_ROW: &str = ", held back: not trained on";
/// Above a text that is held back.
pub const HELD_BACK_TEXT: &str =
    "Held back: Evaluate measures on this text, and nothing here is trained on. It is only read.";
/// Where somebody would change a text that is held back.
pub const HELD_BACK_LOCKED: &str =
    "This text is held back and only read. “Hold back a part…” has a button that trains on it again.";

/// What became of the answers of an edited text.
pub fn edited(edited: Edited) -> String {
    let Edited { moved, flagged } = edited;
    let moved = match moved {
        0 => String::new(),
        moved => format!(" {} moved along.", counted(moved, "answer", "answers")),
    };
    let flagged = match flagged {
        0 => String::new(),
        1 => " The words of 1 answer are gone: it is listed below.".to_owned(),
        flagged => format!(" The words of {} answers are gone: they are listed below.", whole(flagged)),
    };
    format!("The text is changed.{moved}{flagged} Undo takes it back.")
}

/// What lengths are counted in.
pub fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Words => "words",
        Unit::Tokens => "tokens",
    }
}

/// The same at the head of a column.
pub fn unit_heading(unit: Unit) -> &'static str {
    match unit {
        Unit::Words => "Words",
        Unit::Tokens => "Tokens",
    }
}

/// Under the lengths that are shown, counted in `unit`: what that is, and how far the count is that goes on, in per cent.
pub fn lengths(unit: Option<Unit>, model: Option<&str>, percent: Option<usize>) -> String {
    let counting = percent.map(|percent| format!("Counting lengths: {percent} %."));
    let gloss = match (unit, model) {
        (None, _) => None,
        (Some(Unit::Tokens), Some(model)) => Some(format!(
            "Lengths are in tokens, the pieces in which {model} reads; it reads a text in windows of 384 of them, question included."
        )),
        (Some(Unit::Tokens), None) => Some("Lengths are in tokens, the pieces in which a model reads.".to_owned()),
        (Some(Unit::Words), None) => {
            Some("Lengths are in words until a model is there, then in its tokens.".to_owned())
        }
        (Some(Unit::Words), Some(_)) => {
            Some("Lengths are in words; a word is about 1.3 tokens of an English model.".to_owned())
        }
    };
    [gloss, counting].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What holding back gives.
pub fn drawn(drawn: Drawn) -> String {
    let held_back = counted(drawn.held_back, "question", "questions");
    format!("{held_back} held back, {} to train on.", whole(drawn.training))
}

/// What became of a selection.
pub fn marked(marked: Marked) -> Option<&'static str> {
    match marked {
        Marked::Added => None,
        Marked::WithNewQuestion => Some("A new question has this answer. Now say what it asks."),
        Marked::AlreadyThere => Some("This question has that answer already."),
        Marked::Nothing => Some("Nothing is selected. Select the answer's words in the text first."),
        Marked::HeldBack => Some(HELD_BACK_LOCKED),
    }
}

/// After a dataset was read.
pub fn read(name: &str, counts: Counts, replaced: bool) -> String {
    let questions = counted(counts.questions, "question", "questions");
    let paragraphs = counted(counts.paragraphs, "paragraph", "paragraphs");
    let undo = if replaced { " What was here before is one Undo away." } else { "" };
    format!("Read {questions} about {paragraphs} from {name}.{undo}")
}

/// Where another project was opened while a file was read.
pub fn opened_another(name: &str) -> String {
    format!(
        "Another project was opened while “{name}” was read, so nothing was added. Open the project that it belongs to, and choose it again."
    )
}

/// After text was added.
pub fn added(paragraphs: usize) -> String {
    format!("Added {}.", counted(paragraphs, "paragraph", "paragraphs"))
}

/// What could not be read.
pub fn not_read(name: &str) -> String {
    format!("“{name}” could not be read.")
}

/// Heading of the findings: what is wrong, what is worth knowing, what is left to do.
pub fn findings([wrong, notes, unfinished]: [usize; 3]) -> String {
    let parts = [
        (wrong, counted(wrong, "thing to repair", "things to repair")),
        (notes, counted(notes, "note", "notes")),
        (unfinished, format!("{} no answer yet", counted(unfinished, "question has", "questions have"))),
    ];
    let said: Vec<String> = parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words).collect();
    said.join("; ")
}

/// Mends one finding.
pub const REPAIR: &str = "Repair";

/// Why an edited text was not taken over.
pub fn unsaved(why: Unsaved) -> &'static str {
    match why {
        Unsaved::ReadOnly => {
            "Not saved: this project is only read here. Your words stay in the field: copy them, or work on the project here and save again."
        }
        Unsaved::Gone => {
            "Not saved: the text that you edited was changed or deleted meanwhile. Your words stay in the field: copy them, then press Cancel."
        }
    }
}

/// After a repair.
pub fn repaired(count: usize) -> String {
    format!("{} repaired. Undo takes it back.", counted(count, "finding", "findings"))
}

/// Mends all findings of a kind: `Repair 12 offsets in UTF-16 units`.
pub fn repair_all(kind: FindingKind, count: usize) -> String {
    let what = match kind {
        FindingKind::OffsetUtf16 => "offsets in UTF-16 units",
        FindingKind::OffsetBytes => "offsets in bytes",
        FindingKind::OffsetGraphemes => "offsets in grapheme clusters",
        FindingKind::OffsetShifted => "shifted offsets",
        FindingKind::NormalisationDiffers => "answers composed otherwise",
        FindingKind::CaseDiffers => "answers in other case",
        FindingKind::AnswerAbsent => "answers that are not in the text: delete them",
        FindingKind::EmptyAnswer => "empty answers: delete them",
        FindingKind::EdgeWhitespace => "answers with white space at an edge",
        FindingKind::InsideToken => "answers inside words: widen them",
        FindingKind::DuplicateId => "ids used twice",
        FindingKind::DuplicateQuestion => "questions asked twice: delete the later ones",
        _ => "findings",
    };
    format!("Repair {} {what}", whole(count))
}

/// The model in a line: `MiniLM-L6 · English · 22.6 M parameters · 6 layers of 384`.
pub fn model_line(info: &ModelInfo) -> String {
    let ModelInfo { name, parameters, n_layers, dim, .. } = info;
    format!("{name} · {} · {} parameters · {n_layers} layers of {dim}", languages(info), millions(*parameters))
}

/// Languages that a model reads.
pub fn languages(info: &ModelInfo) -> String {
    if info.languages.is_empty() {
        return "language not stated".to_owned();
    }
    info.languages.iter().map(|code| language(code)).collect::<Vec<_>>().join(", ")
}

/// What a model was trained on: as far as its card says, and in this page.
pub fn trained_on(info: &ModelInfo) -> String {
    let named = info.datasets.join(", ");
    match (named.is_empty(), info.head) {
        (true, HeadOrigin::Trained) => "your questions; its card names nothing else".to_owned(),
        (false, HeadOrigin::Trained) => format!("{named}, then your questions"),
        (true, _) => "not stated".to_owned(),
        (false, _) => named,
    }
}

/// Whether the model can answer.
pub fn head(head: HeadOrigin) -> &'static str {
    match head {
        HeadOrigin::Checkpoint => "answers questions (from the checkpoint)",
        HeadOrigin::Fresh { .. } => "freshly drawn: answers are nonsense until trained",
        HeadOrigin::Trained => "trained here",
    }
}

/// How far loading is: `9.0 MB of 45.0 MB, 20 %`.
pub fn loading(loaded: u64, total: Option<u64>) -> String {
    match total {
        Some(total) if total > 0 => {
            format!("{} of {}, {} %", bytes(loaded), bytes(total), loaded.min(total) * 100 / total)
        }
        _ if loaded > 0 => format!("{} so far", bytes(loaded)),
        _ => "starting".to_owned(),
    }
}

/// The model in a sentence or two, for its card.
pub fn model_state(state: &ModelState) -> String {
    match state {
        ModelState::Missing => "No model yet.".to_owned(),
        ModelState::Loading { name, loaded, total } => format!("{name}: loading, {}", loading(*loaded, *total)),
        ModelState::Ready(info) | ModelState::Kept { info, .. } => {
            format!("{} · {}", model_line(info), head(info.head))
        }
        ModelState::Failed { .. } => "No model: the last one could not be loaded.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::model::tests::info;

    #[test]
    fn findings_are_counted_in_words() {
        assert_eq!(findings([1, 0, 0]), "1 thing to repair");
        assert_eq!(findings([0, 0, 2]), "2 questions have no answer yet");
        assert_eq!(findings([3, 2, 1]), "3 things to repair; 2 notes; 1 question has no answer yet");
        assert_eq!(repair_all(FindingKind::OffsetUtf16, 1200), "Repair 1,200 offsets in UTF-16 units");
    }

    #[test]
    fn lengths_say_what_they_are_counted_in_and_how_far_the_count_is() {
        assert_eq!(lengths(None, None, Some(12)), "Counting lengths: 12 %.");
        assert!(lengths(Some(Unit::Tokens), Some("MiniLM-L6"), None).contains("in which MiniLM-L6 reads"));
        let words = lengths(Some(Unit::Words), None, Some(3));
        assert!(words.starts_with("Lengths are in words until a model is there") && words.ends_with("3 %."), "{words}");
    }

    #[test]
    fn what_a_model_was_trained_on_is_said_as_far_as_it_is_known() {
        let of = |datasets: &[&str], head| {
            let datasets = datasets.iter().map(|name| (*name).to_owned()).collect();
            trained_on(&ModelInfo { datasets, head, ..info() })
        };
        assert_eq!(of(&["squad", "adversarial_qa"], HeadOrigin::Checkpoint), "squad, adversarial_qa");
        assert_eq!(of(&["squad"], HeadOrigin::Trained), "squad, then your questions");
        assert_eq!(of(&[], HeadOrigin::Checkpoint), "not stated");
        assert_eq!(of(&[], HeadOrigin::Trained), "your questions; its card names nothing else");
    }

    #[test]
    fn loading_is_said_in_bytes_and_percent() {
        assert_eq!(loading(9_000_000, Some(45_000_000)), "9.0 MB of 45.0 MB, 20 %");
        assert_eq!(loading(50, Some(40)), "50 B of 40 B, 100 %");
        assert_eq!((loading(0, Some(0)), loading(2_000, None)), ("starting".to_owned(), "2.0 kB so far".to_owned()));
    }

    #[test]
    fn a_dataset_read_says_its_size() {
        assert_eq!(read("a.json", Counts::default(), false), "Read 0 questions about 0 paragraphs from a.json.");
        assert!(read("a.json", Counts::default(), true).ends_with("one Undo away."));
    }
}
