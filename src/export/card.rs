//! The model card that goes into the zip: what the model is, what it was trained on in numbers, and how to load it. Nothing of
//! the documents themselves is in it.

use std::fmt::Write;

use crate::model::HeadOrigin;
use crate::train::{Schedule, TrainSettings};

/// The run that made the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// Questions that were trained on.
    pub questions: usize,
    /// Settings of the run.
    pub settings: TrainSettings,
    /// Steps made.
    pub steps: usize,
    /// Steps planned.
    pub steps_total: usize,
    /// Loss of the first step.
    pub first_loss: Option<f64>,
    /// Loss of the last step.
    pub last_loss: Option<f64>,
    /// How far folds let it go from the weights that it began with to those that it trained, 0 to 1; `None` where there were none.
    pub share: Option<f32>,
}

/// What was measured of the model, before and after training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Questions that were measured on.
    pub questions: usize,
    /// How many of them were trained on.
    pub seen_in_training: usize,
    /// Exact match and F1 of the model as it was loaded, 0 to 100.
    pub before: [f64; 2],
    /// Exact match and F1 of this model, 0 to 100.
    pub after: [f64; 2],
}

/// What the card says.
#[derive(Clone, Debug, PartialEq)]
pub struct CardFacts {
    /// Name of the model that training began from: an id of the Hugging Face hub, or just a name.
    pub base_model: String,
    /// The licence that its card names.
    pub licence: Option<String>,
    /// Codes of the languages that its card names.
    pub languages: Vec<String>,
    /// Number of parameters.
    pub parameters: usize,
    /// Whether the tokenizer lower-cases.
    pub lowercase: bool,
    /// Where the head comes from.
    pub head: HeadOrigin,
    /// The newest run; `None` where nothing was trained.
    pub training: Option<Training>,
    /// The newest evaluation of these weights.
    pub measured: Option<Measured>,
}

const LOADING: &str = r#"## Loading

```python
import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

folder = "."  # where this file is
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForQuestionAnswering.from_pretrained(folder)

question, context = "…", "…"
inputs = tokenizer(question, context, return_offsets_mapping=True, return_tensors="pt")
offsets = inputs.pop("offset_mapping")[0]
logits = model(**inputs)
scores = logits.start_logits[0][:, None] + logits.end_logits[0][None, :]
in_context = torch.tensor([part == 1 for part in inputs.sequence_ids(0)])
allowed = in_context[:, None] & in_context[None, :]
allowed &= torch.ones_like(scores, dtype=torch.bool).triu() & torch.ones_like(scores, dtype=torch.bool).tril(29)
start, end = divmod(int(scores.masked_fill(~allowed, -torch.inf).argmax()), scores.shape[1])
print(context[offsets[start][0] : offsets[end][1]])
```
"#;

/// The card, as Hugging Face reads it.
pub fn card(facts: &CardFacts) -> String {
    let sections =
        [about(facts), training(facts), evaluation(facts), USE.to_owned(), LOADING.to_owned(), licence(facts)];
    format!("{}\n{}", front_matter(facts), sections.join("\n"))
}

/// How answers are chosen, where they can be wrong.
const USE: &str = "\
## Use

Given a question and a text, the model gives a logit to each token of being the first of the answer, and one of being its last. The \
answer is the span inside the text whose two logits add up to the most, at most 30 tokens long. A text longer than the window is read \
in windows that overlap by 128 tokens, and the best span of all windows counts. A probability, where one is shown, is the softmax over \
the 20 best spans: it compares spans with each other and does not say how often the model is right.

The model only copies from the text. It has an answer to every question, also where the text has none, unless it was trained on \
questions without an answer and the score of `[CLS]` is compared.
";

/// The part that the hub reads. Values are quoted: the code of Norwegian is a truth value in YAML otherwise.
fn front_matter(facts: &CardFacts) -> String {
    let mut front = String::from("---\n");
    let mut line = |text: String| {
        front.push_str(&text);
        front.push('\n');
    };
    if !facts.languages.is_empty() {
        line("language:".to_owned());
        facts.languages.iter().for_each(|code| line(format!("- \"{}\"", plain(code))));
    }
    if let Some(licence) = &facts.licence {
        line(format!("license: \"{}\"", plain(licence)));
    }
    if is_hub_id(&facts.base_model) {
        line(format!("base_model: \"{}\"", facts.base_model));
    }
    for fixed in ["library_name: transformers", "pipeline_tag: question-answering", "tags:"] {
        line(fixed.to_owned());
    }
    for tag in ["distilbert", "extractive-question-answering", "spanwise"] {
        line(format!("- {tag}"));
    }
    line("---".to_owned());
    front
}

/// `owner/name`, as the hub writes it: a bare name would be linked to somebody else's model.
fn is_hub_id(name: &str) -> bool {
    let is_part = |part: &str| {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !part.is_empty() && part.chars().all(is_allowed)
    };
    name.split_once('/').is_some_and(|(owner, name)| is_part(owner) && is_part(name))
}

/// A name without what Markdown or YAML would read as its own.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_control() && !matches!(c, '`' | '"' | '\\' | '|')).collect()
}

fn about(facts: &CardFacts) -> String {
    let millions = facts.parameters as f64 / 1e6;
    let case = if facts.lowercase { "does not tell upper from lower case" } else { "tells upper from lower case" };
    let verb = if facts.training.is_some() { "fine-tuned from" } else { "as in" };
    format!(
        "# Question answering with DistilBERT\n\nDistilBERT for extractive question answering, {millions:.1} million parameters, \
         {verb} `{}`. Its tokenizer {case}. Written by Spanwise.\n",
        plain(&facts.base_model)
    )
}

fn licence(facts: &CardFacts) -> String {
    let named = facts.licence.as_deref().map_or_else(
        || "Its card names none: look it up before you pass these weights on".to_owned(),
        |licence| format!("Its card names `{}`", plain(licence)),
    );
    format!(
        "## Licence\n\nThe weights inherit the licence of `{}`. {named}. The texts that were trained on may set terms of their own.\n",
        plain(&facts.base_model)
    )
}

fn training(facts: &CardFacts) -> String {
    let Some(run) = &facts.training else {
        let nothing = match facts.head {
            HeadOrigin::Fresh { seed } => format!(
                "None. The question-answering head is freshly drawn (seed {seed}): its answers mean nothing yet."
            ),
            _ => "None here: these are the weights as they were loaded.".to_owned(),
        };
        return format!("## Training\n\n{nothing}\n");
    };
    let s = &run.settings;
    let ended = if run.steps < run.steps_total { ", stopped early" } else { "" };
    let mut text = format!(
        "## Training\n\nOn {} marked questions, inside a web page on the owner's computer; neither texts nor weights left it. \
         {} of {} steps were made{ended}.\n\n| setting | value |\n|---|---|\n",
        run.questions, run.steps, run.steps_total
    );
    for (name, value) in rows(s) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {name} | {value} |");
    }
    if let (Some(first), Some(last)) = (run.first_loss, run.last_loss) {
        let _ = writeln!(text, "\nLoss of the first step {first:.3}, of the last {last:.3}.");
    }
    if let Some(share) = run.share {
        let _ = writeln!(
            text,
            "\nThe run was made again without each of {} parts of the questions. As far as the questions left out showed it to help, the \
             weights lie {:.0} % of the way from those that the run began with to those that it trained.",
            s.folds,
            100.0 * share
        );
    }
    text
}

/// The settings under the names that `run_qa` gives them.
fn rows(s: &TrainSettings) -> Vec<(&'static str, String)> {
    let schedule = match s.schedule {
        Schedule::Linear => "linear",
        Schedule::Cosine => "cosine",
        Schedule::Constant => "constant",
    };
    let mut rows = vec![
        ("num_train_epochs", s.epochs.to_string()),
        ("learning_rate", s.learning_rate.to_string()),
        ("lr_scheduler_type", schedule.to_owned()),
        ("warmup_ratio", s.warmup_ratio.to_string()),
        ("per_device_train_batch_size", s.batch_size.to_string()),
        ("max_seq_length", s.max_seq_length.to_string()),
        ("doc_stride", s.doc_stride.to_string()),
        ("weight_decay", s.weight_decay.to_string()),
        ("max_grad_norm", s.max_grad_norm.to_string()),
        ("dropout", s.dropout.map_or_else(|| "the model's own".to_owned(), |dropout| dropout.to_string())),
        ("seed", s.seed.to_string()),
    ];
    if let Some(steps) = s.max_steps {
        rows.insert(1, ("max_steps", steps.to_string()));
    }
    if s.label_smoothing > 0.0 {
        rows.push(("label_smoothing_factor", s.label_smoothing.to_string()));
    }
    if s.trained.freeze_embeddings && s.trained.lora.is_none() {
        rows.push(("frozen", "embeddings".to_owned()));
    }
    if s.trained.freeze_layers > 0 {
        rows.push(("frozen layers, lowest first", s.trained.freeze_layers.to_string()));
    }
    if let Some(lora) = &s.trained.lora {
        let targets: Vec<&str> = lora.targets.iter().map(|target| target.name()).collect();
        let adapters =
            format!("rank {}, alpha {}, on {}; merged into the weights", lora.rank, lora.alpha, targets.join(", "));
        rows.push(("LoRA", adapters));
    }
    rows
}

fn evaluation(facts: &CardFacts) -> String {
    let Some(measured) = &facts.measured else {
        return "## Evaluation\n\nNone was made of these weights.\n".to_owned();
    };
    let ([em_before, f1_before], [em, f1]) = (measured.before, measured.after);
    let seen = match measured.seen_in_training {
        0 => "none of which was trained on".to_owned(),
        seen => format!("{seen} of which were trained on, so that the figures flatter"),
    };
    format!(
        "## Evaluation\n\nOn {} questions of the owner's, {seen}, by the rules of SQuAD's own script.\n\n\
         | | exact match | F1 |\n|---|---|---|\n| before training | {em_before:.1} | {f1_before:.1} |\n| this model | {em:.1} | {f1:.1} |\n",
        measured.questions
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> CardFacts {
        let training = Training {
            questions: 22,
            settings: TrainSettings { epochs: 7, ..TrainSettings::default() },
            steps: 20,
            steps_total: 21,
            first_loss: Some(5.81),
            last_loss: Some(0.38),
            share: Some(0.75),
        };
        CardFacts {
            base_model: "owner/name".to_owned(),
            licence: Some("apache-2.0".to_owned()),
            languages: vec!["en".to_owned(), "no".to_owned()],
            parameters: 22_600_000,
            lowercase: true,
            head: HeadOrigin::Trained,
            training: Some(training),
            measured: Some(Measured { questions: 10, seen_in_training: 0, before: [10.0, 21.25], after: [70.0, 81.0] }),
        }
    }

    fn holds(text: &str, parts: &[&str]) {
        for part in parts {
            assert!(text.contains(part), "{part} is missing in: {text}");
        }
    }

    #[test]
    fn says_what_was_trained_and_how_to_load_it() {
        let text = card(&facts());
        let front = "---\nlanguage:\n- \"en\"\n- \"no\"\nlicense: \"apache-2.0\"\nbase_model: \"owner/name\"\nlibrary_name: \
                     transformers\npipeline_tag: question-answering\ntags:\n- distilbert\n";
        assert!(text.starts_with(front), "{text}");
        holds(&text, &["22 marked questions", "20 of 21 steps were made, stopped early", "5.810", "0.380"]);
        holds(&text, &["| num_train_epochs | 7 |", "AutoModelForQuestionAnswering", "AutoTokenizer"]);
        holds(
            &text,
            &[
                "weights lie 75 % of the way",
                "| before training | 10.0 | 21.2 |",
                "| this model | 70.0 | 81.0 |",
                "none of which was trained on",
            ],
        );
        assert!(!text.contains("pipeline("), "transformers has no such pipeline any more");
    }

    #[test]
    fn the_front_matter_reads_back() {
        let text = card(&facts());
        assert_eq!(crate::model::card::languages(&text), ["en", "no"]);
        assert_eq!(crate::model::card::licence(&text).as_deref(), Some("apache-2.0"));
    }

    #[test]
    fn says_where_nothing_was_trained_or_measured() {
        let nothing = CardFacts { training: None, measured: None, licence: None, languages: Vec::new(), ..facts() };
        let fresh = card(&CardFacts { head: HeadOrigin::Fresh { seed: 5 }, ..nothing.clone() });
        holds(&fresh, &["freshly drawn (seed 5)", "None was made of these weights", "names none: look it up"]);
        holds(
            &card(&CardFacts { head: HeadOrigin::Checkpoint, ..nothing }),
            &["as they were loaded", "as in `owner/name`"],
        );
    }

    #[test]
    fn a_name_that_is_no_hub_id_is_only_named() {
        for name in ["your model", "MiniLM-L6", "a/b/c", "/b", "a/", "x\"\nlicense: mit"] {
            let text = card(&CardFacts { base_model: name.to_owned(), ..facts() });
            assert!(!text.contains("base_model:"), "{name} is linked");
            assert_eq!(text.matches("\nlicense:").count(), 1);
        }
    }
}
