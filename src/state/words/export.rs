//! Words of the Export view.

/// How Hugging Face tools load what was downloaded.
pub const LOADING_CODE: &str = "from transformers import AutoModelForQuestionAnswering, AutoTokenizer

model = AutoModelForQuestionAnswering.from_pretrained(\"folder\")
tokenizer = AutoTokenizer.from_pretrained(\"folder\")";

/// What is in the zip.
pub const ZIP_HOLDS: &str = "One zip with model.safetensors, config.json, the tokenizer's files and a README.md that says how it was trained. Unpack it into a folder of its own.";
