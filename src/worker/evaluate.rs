//! Measuring in the worker: a few questions at a time, before and after.

use super::audible::Audible;
use super::model::{Loaded, brief};
use super::port::{Inbox, Port};
use crate::answer::scoring::score;
use crate::answer::{Answered, DecodeOptions, answer_what_fits};
use crate::browser::time::sleep_ms;
use crate::export::card::Measured;
use crate::metrics::Evaluation;
use crate::model::Model;
use crate::protocol::{Command, EvaluatedQuestion, Event};
use crate::squad::Dataset;
use crate::text::tokenizer::Tokenizer;

/// Questions answered between two looks at the inbox.
const CHUNK: usize = 8;

/// Scores, and the probability that the model gave each of its answers.
pub type Made = (Evaluation, Vec<Option<f32>>);

/// Measures the model as it was loaded and as it is now; `None` where that was stopped or failed.
pub async fn run(
    port: &Port,
    inbox: &mut Inbox,
    id: u32,
    loaded: &Loaded,
    dataset: &Dataset,
    options: &DecodeOptions,
) -> Option<Measured> {
    let is_trained = !loaded.model.parameters.is_shared_with(&loaded.base.parameters);
    let mut desk = Desk { port, inbox, id, loaded, dataset, options, done: 0, passes: 1 + usize::from(is_trained) };
    let measured = async {
        let after = desk.measure(&loaded.model).await?;
        // Nothing was trained: both are the same.
        let before = if is_trained { desk.measure(&loaded.base).await? } else { after.clone() };
        Ok::<_, String>((before, after))
    };
    match measured.await {
        Ok((before, after)) => {
            let (event, measured) = evaluated(loaded, dataset, before, after);
            port.last(id, event);
            Some(measured)
        }
        Err(message) => {
            port.last(id, Event::Failed { message });
            None
        }
    }
}

/// Answers and scores the questions of a dataset; after every few `between` is told how many are answered, and of how many. What it
/// fails with ends the measurement. Second come the probabilities of the answers; questions that leave no room for the text have none, and
/// count as not answered.
///
/// # Errors
/// Where a window cannot be read, or `between` fails.
pub async fn measure(
    model: &Audible<'_>,
    tokenizer: &Tokenizer,
    dataset: &Dataset,
    options: &DecodeOptions,
    mut between: impl AsyncFnMut(usize, usize) -> Result<(), String>,
) -> Result<Made, String> {
    let items: Vec<(&str, &str)> = (dataset.questions())
        .map(|(_, paragraph, question)| (question.question.as_str(), paragraph.context.as_str()))
        .collect();
    let mut answers = Vec::with_capacity(items.len());
    for chunk in items.chunks(CHUNK) {
        let made = answer_what_fits(model, tokenizer, chunk, options);
        answers.extend(made.map_err(|error| format!("{error}."))?);
        between(answers.len(), items.len()).await?;
    }
    let probability = |answered: &Answered| answered.spans.first().map(|span| span.probability);
    let probabilities =
        answers.iter().map(|answered| probability(answered).filter(|_| !answered.is_unread())).collect();
    Ok((score(dataset, &answers, options.allow_no_answer), probabilities))
}

struct Desk<'a> {
    port: &'a Port,
    inbox: &'a mut Inbox,
    id: u32,
    loaded: &'a Loaded,
    dataset: &'a Dataset,
    options: &'a DecodeOptions,
    done: usize,
    passes: usize,
}

impl Desk<'_> {
    async fn measure(&mut self, model: &Model) -> Result<Made, String> {
        let (loaded, dataset, options, before) = (self.loaded, self.dataset, self.options, self.done);
        let model = Audible { model, port: self.port };
        measure(&model, &loaded.tokenizer, dataset, options, async |done, total| {
            self.done = before + done;
            let total = Some((self.passes * total) as u64);
            let (what, unit) = ("answering questions".to_owned(), "questions".to_owned());
            self.port.reply(self.id, Event::Progress { what, loaded: self.done as u64, total, unit });
            self.serve_waiting().await
        })
        .await
    }

    async fn serve_waiting(&mut self) -> Result<(), String> {
        sleep_ms(0).await;
        let mut stopped = false;
        while let Some(incoming) = self.inbox.try_next() {
            if super::is_foreign(self.port, &incoming) {
                continue;
            }
            stopped |= matches!(incoming.command, Command::Stop);
            brief(self.port, incoming.id, incoming.command, self.loaded, &self.loaded.model);
        }
        if stopped { Err("The evaluation was stopped.".to_owned()) } else { Ok(()) }
    }
}

fn evaluated(
    loaded: &Loaded,
    dataset: &Dataset,
    (before, gave_before): Made,
    (after, gave_after): Made,
) -> (Event, Measured) {
    // In order, not by id: two questions may share one.
    let scores = before.questions.into_iter().zip(after.questions);
    let probabilities = gave_before.into_iter().zip(gave_after).map(|(before, after)| Some([before?, after?]));
    let questions: Vec<EvaluatedQuestion> = dataset
        .questions()
        .zip(scores.zip(probabilities))
        .map(|((_, paragraph, question), (((_, before), (_, after)), probabilities))| EvaluatedQuestion {
            id: question.id.clone(),
            question: question.question.clone(),
            gold: question.answers.iter().map(|answer| answer.text.clone()).collect(),
            before,
            after,
            seen_in_training: loaded.seen.contains(&(question.question.clone(), paragraph.context.clone())),
            probabilities,
        })
        .collect();
    let measured = Measured {
        questions: questions.len(),
        seen_in_training: questions.iter().filter(|question| question.seen_in_training).count(),
        before: [before.scores.exact_match, before.scores.f1],
        after: [after.scores.exact_match, after.scores.f1],
    };
    (Event::Evaluated { before: before.scores, after: after.scores, questions }, measured)
}
