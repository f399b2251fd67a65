//! The model card that goes into the zip: what the model is, what it was trained on in numbers, and how to load it. Nothing of
//! the documents themselves is in it.

use crate::protocol::HeadOrigin;
use crate::train::TrainSettings;

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
}

/// What the card says.
#[derive(Clone, Debug, PartialEq)]
pub struct CardFacts {
    /// Name of the model that training began from.
    pub base_model: String,
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
}

const LOADING: &str = r#"```python
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
    let mut front = String::from("---\n");
    if !facts.languages.is_empty() {
        front.push_str("language:\n");
        facts.languages.iter().for_each(|code| front.push_str(&format!("- {code}\n")));
    }
    front.push_str(
        "library_name: transformers\npipeline_tag: question-answering\ntags:\n- distilbert\n- spanwise\n---\n",
    );
    let millions = facts.parameters as f64 / 1e6;
    let case = if facts.lowercase { "does not tell upper from lower case" } else { "tells upper from lower case" };
    let about = format!(
        "# Question answering, fine-tuned with Spanwise\n\nDistilBERT for extractive question answering with {millions:.1} million parameters, \
         begun from `{}`. Its tokenizer {case}. The licence is that of the model it was begun from, together with that of the texts it was trained on.\n",
        facts.base_model
    );
    format!(
        "{front}\n{about}\n## Training\n\n{}\n## Loading\n\n{LOADING}\nAn answer is the span whose start and end logit add up to the most, at most 30 tokens long; longer texts are read in overlapping windows.\n",
        training(facts)
    )
}

fn training(facts: &CardFacts) -> String {
    let Some(run) = &facts.training else {
        return match facts.head {
            HeadOrigin::Fresh { seed } => {
                format!(
                    "None. The question-answering head is freshly drawn (seed {seed}): its answers mean nothing yet.\n"
                )
            }
            _ => "None here: these are the weights as they were loaded.\n".to_owned(),
        };
    };
    let s = &run.settings;
    let mut text = format!(
        "Trained on the owner's computer, in a web page, on {} marked questions: {} of {} steps of {} windows, at most {} tokens each.\n\n",
        run.questions, run.steps, run.steps_total, s.batch_size, s.max_seq_length
    );
    text.push_str("| setting | value |\n|---|---|\n");
    let dropout = s.dropout.map_or_else(|| "the model's own".to_owned(), |dropout| dropout.to_string());
    let rows = [
        ("learning_rate", s.learning_rate.to_string()),
        ("epochs", s.epochs.to_string()),
        ("warmup_ratio", s.warmup_ratio.to_string()),
        ("weight_decay", s.weight_decay.to_string()),
        ("max_grad_norm", s.max_grad_norm.to_string()),
        ("dropout", dropout),
        ("doc_stride", s.doc_stride.to_string()),
        ("seed", s.seed.to_string()),
    ];
    rows.iter().for_each(|(name, value)| text.push_str(&format!("| {name} | {value} |\n")));
    if let (Some(first), Some(last)) = (run.first_loss, run.last_loss) {
        text.push_str(&format!("\nLoss of the first step {first:.3}, of the last {last:.3}.\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_was_trained_and_how_to_load_it() {
        let settings = TrainSettings { epochs: 7, ..TrainSettings::default() };
        let training = Training {
            questions: 22,
            settings,
            steps: 20,
            steps_total: 21,
            first_loss: Some(5.81),
            last_loss: Some(0.38),
        };
        let facts = CardFacts {
            base_model: "owner/name".to_owned(),
            languages: vec!["en".to_owned()],
            parameters: 22_600_000,
            lowercase: true,
            head: HeadOrigin::Trained,
            training: Some(training),
        };
        let text = card(&facts);
        assert!(text.starts_with("---\nlanguage:\n- en\n"));
        for part in [
            "22 marked questions",
            "20 of 21 steps",
            "5.810",
            "0.380",
            "| epochs | 7 |",
            "AutoModelForQuestionAnswering",
        ] {
            assert!(text.contains(part), "{part} is missing in: {text}");
        }
        assert!(!text.contains("pipeline("));
        let fresh = CardFacts { head: HeadOrigin::Fresh { seed: 5 }, training: None, ..facts };
        assert!(card(&fresh).contains("freshly drawn (seed 5)"));
    }
}
