use super::*;
use crate::answer::Span;
use crate::state::project::tests::project;

fn answered(text: &str, score: f32) -> Answered {
    let end = text.chars().count();
    let span =
        Span { text: text.to_owned(), start: 0, end, score, probability: 1.0, start_logit: score, end_logit: 0.0 };
    Answered { spans: vec![span], null_score_diff: 0.0, windows: 1 }
}

fn asking(question: &str) -> Asking {
    Asking { question: question.to_owned(), ..Asking::default() }
}

#[test]
fn looks_in_the_paragraph_until_something_is_typed() {
    let project = project(&[&[("the paragraph", 0)]]);
    let mut asking = asking("What?");
    assert_eq!(asking.source(&Project::default()), Source::Pasted);
    assert_eq!((asking.source(&project), asking.shown_context(&project)), (Source::Paragraph, "the paragraph"));
    asking.type_context(String::new());
    assert_eq!((asking.source(&project), asking.shown_context(&project)), (Source::Pasted, ""));
    asking.chosen = Some(Source::Everything);
    assert_eq!(asking.source(&project), Source::Everything);
    assert_eq!(asking.source(&Project::default()), Source::Pasted, "nothing is left to look in");
}

#[test]
fn says_what_is_missing() {
    let mut asking = asking(" ");
    asking.type_context("text".to_owned());
    assert_eq!(asking.ask(&Project::default()), None);
    assert_eq!(asking.error.as_deref(), Some(words::NO_QUESTION));
    asking.question = "What?".to_owned();
    asking.pasted = "\n".to_owned();
    assert_eq!(asking.ask(&Project::default()), None);
    assert_eq!(asking.error.as_deref(), Some(words::no_text(Source::Pasted)));
    asking.pasted = "text".to_owned();
    assert!(asking.ask(&Project::default()).is_some() && asking.error.is_none());
}

#[test]
fn many_texts_are_read_in_batches_and_pooled() {
    let long = "x".repeat(9_000);
    let project = project(&[&[(&long, 0), ("short", 0), (&long, 0), ("the end", 0)]]);
    let mut asking = asking("What?");
    asking.chosen = Some(Source::Everything);
    let id = asking.ask(&project).unwrap();
    let exchange = asking.exchange_mut(id).unwrap();
    assert_eq!(exchange.batch().len(), 2);
    exchange.receive(&[answered("x", 1.0), answered("short", 2.0)], &[], 10.0);
    assert_eq!((exchange.status.clone(), exchange.batch().len()), (Status::Reading(2), 2));
    assert!(!exchange.has_result());
    exchange.receive(&[answered("", 1.0), answered("end", 5.0)], &[], 20.0);
    assert_eq!((exchange.status.clone(), exchange.batch().len()), (Status::Answered, 0));
    let best = exchange.now.best().unwrap();
    assert_eq!(exchange.text(&best).unwrap().context.as_ref(), "the end");
    assert_eq!(exchange.texts.iter().flatten().count(), 3, "the text without an answer is forgotten");
    assert_eq!((exchange.elapsed_ms, exchange.read()), (20.0, 4));
}

#[test]
fn a_text_larger_than_a_batch_goes_alone() {
    let long = "x".repeat(BATCH_CHARS + 1);
    let project = project(&[&[(&long, 0), ("short", 0)]]);
    let mut asking = asking("What?");
    asking.chosen = Some(Source::Document);
    let id = asking.ask(&project).unwrap();
    assert_eq!(asking.exchange(id).unwrap().batch().len(), 1);
}

#[test]
fn a_new_question_ends_the_one_before_and_late_answers_are_dropped() {
    let project = project(&[&[("one", 0), ("two", 0)]]);
    let mut asking = asking("First?");
    asking.chosen = Some(Source::Everything);
    let first = asking.ask(&project).unwrap();
    asking.question = "Second?".to_owned();
    let second = asking.ask(&project).unwrap();
    assert_eq!(asking.shown, Some(second));
    let exchange = asking.exchange_mut(first).unwrap();
    assert_eq!(exchange.status, Status::Stopped(0));
    exchange.receive(&[answered("one", 1.0)], &[], 1.0);
    assert!(exchange.now.best().is_none() && !exchange.has_result() && exchange.batch().is_empty());
    let order: Vec<&str> = asking.exchanges.iter().map(|exchange| exchange.question.as_str()).collect();
    assert_eq!(order, ["Second?", "First?"]);
}

#[test]
fn a_pasted_text_can_be_asked_about_again() {
    let mut asking = asking("What?");
    asking.type_context("the text".to_owned());
    let first = asking.ask(&Project::default()).unwrap();
    asking.exchange_mut(first).unwrap().receive(&[answered("the", 1.0)], &[], 1.0);
    asking.type_context("another".to_owned());
    asking.question = "Other?".to_owned();
    let again = asking.ask_again(first, &Project::default()).unwrap();
    let exchange = asking.exchange(again).unwrap();
    assert_eq!((exchange.batch()[0].context.as_str(), exchange.question.as_str()), ("the text", "What?"));
    assert_eq!(asking.ask_again(99, &Project::default()), None);
}

#[test]
fn no_more_questions_are_kept_than_can_be_looked_at() {
    let mut asking = asking("What?");
    asking.type_context("text".to_owned());
    for _ in 0..KEPT + 5 {
        asking.ask(&Project::default());
    }
    assert_eq!(asking.exchanges.len(), KEPT);
    assert!(asking.shown().is_some());
    let last = asking.exchanges[0].id;
    asking.forget();
    assert!(asking.exchanges.is_empty() && asking.shown().is_none() && asking.pasted.is_empty());
    asking.question = "What?".to_owned();
    asking.type_context("text".to_owned());
    assert!(asking.ask(&Project::default()).unwrap() > last, "late answers find no question of another project");
}

#[test]
fn the_data_says_how_long_answers_are_and_whether_there_is_one() {
    let mut project = project(&[&[("one", 1)]]);
    let plan = Plan { longest_answer: 144, ..Plan::default() };
    assert_eq!(options(&project.dataset, None), DecodeOptions::default());
    assert_eq!(options(&project.dataset, Some(&plan)).max_answer_length, 144);
    project.set_no_answer(0, true);
    assert!(options(&project.dataset, None).allow_no_answer);
}
