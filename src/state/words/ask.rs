//! Words of the Ask view.

use crate::answer::Span;
use crate::model::HeadOrigin;
use crate::state::asking::{Exchange, Found, Kept, Source, Status, Text};
use crate::state::format::{counted, duration_ms, whole};
use crate::state::model::ModelState;
use crate::state::project::examples::Outcome;
use crate::state::project::spans::excerpt;

/// Where no question was typed.
pub const NO_QUESTION: &str = "There is no question yet. Type one into Question.";

/// In the place of an answer before the first.
pub const NOTHING_YET: &str = "Type a question and press Ask: the answer appears here, marked in its text.";

/// Below an answer of a model that is another by now.
pub const STALE: &str = "The model has changed since it answered. Ask again to hear it as it is now.";

/// In the place of an answer that was ended before one was found.
pub const STOPPED: &str = "Stopped before an answer was found.";

/// Above the question.
pub const LEAD: &str = "The model answers by pointing at words of the text. It needs no training for a first answer.";

/// Describes the field for the text.
pub const CONTEXT_HINT: &str = "Typing here asks about what you typed. Long texts are read in overlapping windows.";

/// Below the verdicts.
pub const VERDICT_HINT: &str = "Either makes this question a training example in Data, which Undo there takes back.";

/// Describes the field that an answer is marked in.
pub const MARK_HINT: &str = "Select the right answer with the mouse, or with Shift and the arrow keys.";

/// Where nothing is selected.
pub const NOTHING_SELECTED: &str = "Nothing is selected. Select the right answer in the text above.";

/// Where there is no text to look in.
pub fn no_text(source: Source) -> &'static str {
    match source {
        Source::Pasted => "There is no text to look in yet. Type or paste one into Context.",
        _ => "There is no text to look in here. Choose a paragraph in Data, or paste a text into Context.",
    }
}

/// A source, as its button says.
pub fn source(source: Source) -> &'static str {
    match source {
        Source::Pasted => "Pasted text",
        Source::Paragraph => "This paragraph",
        Source::Document => "This document",
        Source::Everything => "Everything",
    }
}

/// In the empty field for the text.
pub fn placeholder(source: Source, texts: usize) -> String {
    match source {
        Source::Document | Source::Everything => {
            format!("{} will be read.", counted(texts, "paragraph", "paragraphs"))
        }
        _ => "Paste the text that holds the answer.".to_owned(),
    }
}

/// Where nothing in the text answers.
pub const NO_ANSWER: &str = "No answer in this text.";

/// Where a head was never trained.
pub const FRESH_HEAD: &str =
    "The question-answering head of this model is freshly drawn: its answers mean nothing until it has been trained.";

/// Beside the number of an answer.
pub const PROBABILITY: &str = "probability among the best spans";

/// `characters 217–220`.
pub fn place(span: &Span) -> String {
    format!("characters {}–{}", span.start, span.end)
}

/// Where an answer stands: title and paragraph where many texts were read, and the characters.
pub fn full_place(text: Option<&Text>, span: &Span, texts: usize) -> String {
    match text.and_then(|text| text.place.map(|place| (text, place))).filter(|_| texts > 1) {
        Some((text, at)) => format!("{}, paragraph {} · {}", text.title, at.paragraph + 1, place(span)),
        None => place(span),
    }
}

/// Score, place and time of the best answer.
pub fn numbers(exchange: &Exchange, found: &Found) -> String {
    let texts = exchange.texts.len();
    let place = full_place(exchange.text(found), &found.span, texts);
    format!("{place} · score {:.1} · {}", found.span.score, took(exchange))
}

/// How long it took, and how much was read for it.
pub fn took(exchange: &Exchange) -> String {
    let time = duration_ms(exchange.elapsed_ms);
    match (exchange.texts.len(), &exchange.status) {
        (1, _) if exchange.now.windows < 2 => time,
        (1, _) => format!("{time}, {} windows", exchange.now.windows),
        (texts, Status::Stopped(read)) => format!("{time}, {} of {} paragraphs", whole(*read), whole(texts)),
        (texts, _) => format!("{time}, {} paragraphs", whole(texts)),
    }
}

/// What the model says as it was loaded.
pub fn base(base: Option<&str>, is_same: bool) -> String {
    match base {
        _ if is_same => "Base model says the same.".to_owned(),
        Some(text) => format!("Base model says: “{text}”"),
        None => "Base model says: no answer in this text.".to_owned(),
    }
}

/// Where no text has an answer: so many were read.
pub fn no_answer(texts: usize) -> String {
    if texts > 1 { format!("No answer in these {} paragraphs.", whole(texts)) } else { NO_ANSWER.to_owned() }
}

/// That a question is a training example now, or why it is none.
pub fn kept(kept: &Kept) -> String {
    match (kept.outcome, kept.answer.as_str()) {
        (Outcome::New, "") => "Kept as a training example: this text has no answer.".to_owned(),
        (Outcome::New, answer) => format!("Kept as a training example: “{answer}”."),
        (Outcome::AlreadyThere, _) => "Your questions have this example already.".to_owned(),
        (Outcome::HeldBack, _) => {
            "Not kept: this text is held back, and training on it would flatter what Evaluate measures.".to_owned()
        }
        (Outcome::Nothing, _) => "Not kept: this project is open in another tab, and only read here.".to_owned(),
    }
}

/// What became of a question, in the list of those asked.
pub fn outcome(exchange: &Exchange) -> String {
    match (&exchange.status, exchange.now.best()) {
        (Status::Reading(_), _) => "being read".to_owned(),
        (Status::Failed(_), _) => "not answered".to_owned(),
        (_, Some(found)) => excerpt(&found.span.text, 60),
        (Status::Stopped(_), None) => "stopped".to_owned(),
        (Status::Answered, None) => "no answer".to_owned(),
    }
}

/// `87 %`, and never a certainty that no model has.
pub fn percent(probability: f32) -> String {
    match 100.0 * probability {
        p if p < 1.0 => "under 1 %".to_owned(),
        p if p > 99.0 => "over 99 %".to_owned(),
        p => format!("{p:.0} %"),
    }
}

/// What a question that was asked waits for, or how far it is.
pub fn waiting(model: &ModelState, is_training: bool, read: usize, texts: usize) -> String {
    match model {
        ModelState::Loading { loaded, total: Some(total), .. } if *total > 0 => {
            format!(
                "Waiting for the model, {} %. The answer comes as soon as it is here.",
                loaded.min(total) * 100 / total
            )
        }
        ModelState::Loading { .. } => "Waiting for the model. The answer comes as soon as it is here.".to_owned(),
        _ if texts > 1 => {
            let training = if is_training { ", in the gaps of the training" } else { "" };
            format!("Reading{training}: {} of {}.", whole(read), counted(texts, "paragraph", "paragraphs"))
        }
        _ if is_training => "The model is being trained: your question waits for the next gap.".to_owned(),
        _ => "Reading the text.".to_owned(),
    }
}

/// Whether the head of the model was never trained.
pub fn is_fresh(model: &ModelState) -> bool {
    model.info().is_some_and(|info| matches!(info.head, HeadOrigin::Fresh { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_rounded_to_what_is_known() {
        assert_eq!([percent(0.001), percent(0.874), percent(0.9999)], ["under 1 %", "87 %", "over 99 %"]);
    }

    #[test]
    fn says_what_is_waited_for() {
        let loading = |loaded, total| ModelState::Loading { name: String::new(), loaded, total };
        assert!(waiting(&loading(45, Some(100)), true, 0, 1).starts_with("Waiting for the model, 45 %."));
        assert!(waiting(&loading(45, None), false, 0, 1).starts_with("Waiting for the model."));
        let ready = ModelState::Missing;
        assert!(waiting(&ready, true, 0, 1).contains("next gap"));
        assert_eq!(waiting(&ready, false, 48, 1312), "Reading: 48 of 1,312 paragraphs.");
        assert_eq!(waiting(&ready, false, 0, 1), "Reading the text.");
    }

    #[test]
    fn the_base_model_is_compared_plainly() {
        assert_eq!(base(Some("3-0"), false), "Base model says: “3-0”");
        assert_eq!(base(None, false), "Base model says: no answer in this text.");
        assert_eq!(base(Some("3-0"), true), "Base model says the same.");
    }

    #[test]
    fn a_kept_question_is_said_to_be_kept() {
        let of = |answer: &str, outcome| kept(&Kept { answer: answer.to_owned(), outcome });
        assert_eq!(of("5-1", Outcome::New), "Kept as a training example: “5-1”.");
        assert!(of("", Outcome::New).ends_with("no answer.") && of("5-1", Outcome::AlreadyThere).contains("already"));
        assert!(of("", Outcome::HeldBack).contains("held back") && of("5-1", Outcome::Nothing).contains("another tab"));
    }
}
