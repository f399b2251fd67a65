//! `spanwise eval`.

use std::collections::HashMap;
use std::path::Path;

use candle_core::DType;
use serde_json::{Value, json};

use super::args::EvalArgs;
use super::{CliError, gpu, make_folder, progress, read_dataset, read_file, start_threads, write_file};
use crate::answer::scoring::score;
use crate::answer::{Answered, DecodeOptions, Reader, answer_what_fits};
use crate::export::predictions;
use crate::metrics::{Scores, evaluate, is_v2};
use crate::model::{HeadOrigin, folder};
use crate::nn::composed::Composed;
use crate::squad::{Dataset, Location};
use crate::text::tokenizer::Tokenizer;

/// Questions answered between two moves of the progress bar.
const CHUNK: usize = 32;

pub(super) fn run(args: &EvalArgs) -> Result<(), CliError> {
    start_threads(args.compute.threads)?;
    let dataset = read_dataset(&args.data)?;
    let scores = match (&args.predictions, &args.model) {
        (Some(path), _) => evaluate(&dataset, &read_predictions(path)?).scores,
        (None, Some(folder)) => {
            let (model, tokenizer) = folder::read(folder, 42)?;
            if matches!(model.head, HeadOrigin::Fresh { .. }) {
                eprintln!(
                    "note: this model's question-answering head is freshly drawn: its scores mean nothing before it is trained"
                );
            }
            let options = args.decode.options(is_v2(&dataset));
            let answers = match gpu(args.compute.device)? {
                None => answer_all(&model, &tokenizer, &dataset, &options, args.json)?,
                Some(device) => {
                    let composed = Composed::new(&model, &device, DType::F32)?;
                    answer_all(&composed, &tokenizer, &dataset, &options, args.json)?
                }
            };
            note_unread(&dataset, &answers);
            let scores = score(&dataset, &answers, options.allow_no_answer).scores;
            if let Some(out) = &args.out {
                write_results(out, &dataset, &answers, &scores, options.allow_no_answer)?;
            }
            scores
        }
        // clap asks for one of the two.
        (None, None) => Scores::default(),
    };
    if let (Some(out), Some(_)) = (&args.out, &args.predictions) {
        make_folder(out)?;
        write_file(&out.join("eval_results.json"), &predictions::eval_results(&scores, None))?;
    }
    if args.json {
        println!("{}", json!(scores));
    } else {
        println!("{}", sentence(&scores));
    }
    Ok(())
}

pub(super) fn sentence(scores: &Scores) -> String {
    format!("exact match {:.2}, F1 {:.2} on {} questions", scores.exact_match, scores.f1, scores.total)
}

fn read_predictions(path: &Path) -> Result<HashMap<String, String>, CliError> {
    let bytes = read_file(path)?;
    let failed = |message: String| CliError::Predictions { path: path.to_owned(), message };
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| failed(format!("no JSON: {error}")))?;
    let Value::Object(map) = value else {
        return Err(failed("expected one object, {\"id\": \"text\"}".to_owned()));
    };
    let text = |(id, value): (String, Value)| match value {
        Value::String(text) => Ok((id, text)),
        _ => Err(failed(format!("the prediction of '{id}' is no text"))),
    };
    map.into_iter().map(text).collect()
}

/// Answers to all questions, in the order of the dataset; one that leaves no room for the text is left unread.
pub(super) fn answer_all(
    model: &impl Reader,
    tokenizer: &Tokenizer,
    dataset: &Dataset,
    options: &DecodeOptions,
    json: bool,
) -> Result<Vec<Answered>, CliError> {
    let items: Vec<(&str, &str)> =
        dataset.questions().map(|(_, paragraph, q)| (q.question.as_str(), paragraph.context.as_str())).collect();
    let bar = progress(items.len(), "answering", json);
    let mut answers = Vec::with_capacity(items.len());
    for chunk in items.chunks(CHUNK) {
        answers.extend(answer_what_fits(model, tokenizer, chunk, options)?);
        bar.inc(chunk.len() as u64);
    }
    bar.finish_and_clear();
    Ok(answers)
}

/// Names the questions that were left unread.
pub(super) fn note_unread(dataset: &Dataset, answers: &[Answered]) {
    let mut answers = answers.iter();
    for (d, document) in dataset.data.iter().enumerate() {
        for (p, paragraph) in document.paragraphs.iter().enumerate() {
            for (q, (question, answered)) in paragraph.qas.iter().zip(&mut answers).enumerate() {
                if answered.is_unread() {
                    let (at, id) = (Location::paragraph(d, p).question(q), &question.id);
                    eprintln!(
                        "note: {at} (id '{id}'): the question leaves no room for the text in a window and counts as not answered: \
                         shorten it, or raise --max-seq-length"
                    );
                }
            }
        }
    }
}

fn write_results(
    out: &Path,
    dataset: &Dataset,
    answers: &[Answered],
    scores: &Scores,
    no_answer: bool,
) -> Result<(), CliError> {
    make_folder(out)?;
    let by_id = || dataset.questions().map(|(_, _, question)| question.id.as_str()).zip(answers);
    write_file(&out.join("predictions.json"), &predictions::predictions(by_id()))?;
    write_file(&out.join("nbest_predictions.json"), &predictions::nbest_predictions(by_id()))?;
    if no_answer {
        write_file(&out.join("null_odds.json"), &predictions::null_odds(by_id()))?;
    }
    write_file(&out.join("eval_results.json"), &predictions::eval_results(scores, None))
}
