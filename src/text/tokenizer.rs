//! The tokenizer: Hugging Face's `tokenizers`, from `tokenizer.json` or `vocab.txt`.
