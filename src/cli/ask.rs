//! `spanwise ask`.

use candle_core::DType;
use serde_json::{Value, json};

use super::args::AskArgs;
use super::{CliError, gpu, read_file, start_threads};
use crate::answer::{Span, answer};
use crate::model::HeadOrigin;
use crate::model::folder;
use crate::nn::composed::Composed;

pub(super) fn run(args: &AskArgs) -> Result<(), CliError> {
    start_threads(args.compute.threads)?;
    let (model, tokenizer) = folder::read(&args.model, 42)?;
    if matches!(model.head, HeadOrigin::Fresh { .. }) {
        eprintln!("note: this model's question-answering head is freshly drawn: train it before you trust an answer");
    }
    let bytes = read_file(&args.context_file)?;
    let context = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let source =
            std::io::Error::new(std::io::ErrorKind::InvalidData, format!("no UTF-8 text: byte {at} is not valid"));
        CliError::File { path: args.context_file.clone(), source }
    })?;
    if context.trim().is_empty() {
        return Err(CliError::EmptyContext(args.context_file.clone()));
    }
    let (items, options) = ([(args.question.as_str(), context.as_str())], args.decode.options(false));
    let answered = match gpu(args.compute.device)? {
        None => answer(&model, &tokenizer, &items, &options)?,
        Some(device) => answer(&Composed::new(&model, &device, DType::F32)?, &tokenizer, &items, &options)?,
    };
    let spans: Vec<&Span> = answered.iter().flat_map(|answered| &answered.spans).take(args.top_k).collect();
    if args.json {
        println!("{}", spans.iter().map(|span| line(span)).collect::<Value>());
        return Ok(());
    }
    for span in spans {
        let text = if span.text.is_empty() { "(no answer in this text)" } else { &span.text };
        println!("{text}\t{}-{}\tscore {:.2}\tprobability {:.3}", span.start, span.end, span.score, span.probability);
    }
    Ok(())
}

fn line(span: &Span) -> Value {
    json!({"text": span.text, "start": span.start, "end": span.end, "score": span.score, "probability": span.probability})
}
