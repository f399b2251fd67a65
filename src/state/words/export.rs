//! Words of the Export view.

use crate::model::weights::Precision;
use crate::state::format::{bytes, counted};
use crate::state::project::tally::Counts;

/// Above the cards.
pub const LEAD: &str = "Everything here is made on this computer and goes to your downloads, nowhere else.";

/// What is in the zip.
pub const ZIP_HOLDS: &str = "One zip with model.safetensors, config.json, the tokenizer's files and a README.md that says how it was \
    trained. Unpack it into a folder of its own: Hugging Face transformers and every tool built on it load that folder, and so does \
    this page.";

/// Label of the choice how many bits a number has.
pub const PRECISION: &str = "Numbers of";

/// How many bits a number has.
pub fn precision(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "32 bits, as trained (F32)",
        Precision::F16 => "16 bits, half the size (F16)",
    }
}

/// How Hugging Face's tools load the folder, and answer with it.
pub const LOADING_CODE: &str = r#"from transformers import AutoModelForQuestionAnswering, AutoTokenizer

model = AutoModelForQuestionAnswering.from_pretrained("folder")
tokenizer = AutoTokenizer.from_pretrained("folder")

# README.md in the zip shows how to get from here to an answer."#;

/// How this project's own command line asks the folder.
pub const COMMAND_LINE_CODE: &str = r#"spanwise ask --model folder --context-file text.txt --question "Who won?""#;

/// While there is no model.
pub const WAITING_FOR_MODEL: &str = "Waiting for the model.";
/// While a run is active and the zip was asked for.
pub const WAITING_FOR_GAP: &str = "Waiting for a gap in the training.";
/// While the zip is made.
pub const PACKING: &str = "Putting the zip together.";
/// Before the zip is asked for in the middle of a run.
pub const WHILE_TRAINING: &str = "Training goes on: you get the weights as they are at that moment.";

/// What the dataset's file is.
pub const DATASET_HOLDS: &str = "Your documents, questions and answers as SQuAD JSON, what you hold back of them in its place; a held-out file \
    is not in it. Places count characters (code points), as Python does. It holds your text: mind whom you give it to.";

/// How the dataset is read elsewhere.
pub const DATASET_CODE: &str = r#"from datasets import load_dataset

articles = load_dataset("json", data_files="dataset.json", field="data", split="train")
print(articles[0]["paragraphs"][0]["context"])"#;

/// Name of the run log.
pub const RUN_LOG_FILE: &str = "spanwise-run.csv";

/// What the run log is.
pub const RUN_LOG_HOLDS: &str = "Step, epoch, loss, learning rate and gradient norm of the newest run, one line a step, as CSV. Any spreadsheet opens it.";

/// How the run log is read elsewhere.
pub const RUN_LOG_CODE: &str = r#"import pandas

pandas.read_csv("spanwise-run.csv").plot(x="step", y="loss")"#;

/// After a copy.
pub const COPIED: &str = "Copied.";
/// Where the browser keeps the clipboard from the page.
pub const NOT_COPIED: &str = "The browser does not let this page copy. Select the code and copy it yourself.";

/// Whether there is anything new in the weights.
pub fn trained(is_trained: bool) -> &'static str {
    if is_trained { "Trained here." } else { "Not trained here: the weights are those that were loaded." }
}

/// That the zip is there.
pub fn saved(file_name: &str, bytes_total: u64) -> String {
    format!("{file_name}, {}, is with your downloads.", bytes(bytes_total))
}

/// How much is in the dataset.
pub fn dataset(counts: Counts) -> String {
    if counts.paragraphs == 0 {
        return "There is no text yet. Begin in Data.".to_owned();
    }
    let paragraphs = counted(counts.paragraphs, "paragraph", "paragraphs");
    let questions = counted(counts.questions, "question", "questions");
    format!("{paragraphs}, {questions}, {} of them answered.", counts.answered)
}

/// How much is in the run log.
pub fn run_log(steps: usize) -> String {
    if steps == 0 { "There is no run yet.".to_owned() } else { format!("{}.", counted(steps, "step", "steps")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_much_there_is() {
        let counts = Counts { paragraphs: 1, questions: 22, answered: 20 };
        assert_eq!(dataset(counts), "1 paragraph, 22 questions, 20 of them answered.");
        assert_eq!(dataset(Counts::default()), "There is no text yet. Begin in Data.");
        assert_eq!(run_log(1), "1 step.");
        assert_eq!(saved("a.zip", 90_300_000), "a.zip, 90.3 MB, is with your downloads.");
    }
}
