//! The tokenizer: Hugging Face's `tokenizers`, from `tokenizer.json` or from `vocab.txt` alone.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

/// Files of a tokenizer, carried from the model that was read to the model that is written, byte by byte.
pub const TOKENIZER_FILES: [&str; 4] =
    ["tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"];

/// Why a tokenizer cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// Neither file is there.
    #[error("the model has no tokenizer: add tokenizer.json, or vocab.txt")]
    Missing,
    /// `tokenizer.json` cannot be read.
    #[error("tokenizer.json cannot be read: {0}. Take the file that belongs to the model")]
    Json(String),
    /// `vocab.txt` cannot be read.
    #[error("vocab.txt cannot be read: {0}. Take the file that belongs to the model")]
    Vocab(String),
    /// `tokenizer_config.json` cannot be read.
    #[error("tokenizer_config.json cannot be read: {0}. Take the file that belongs to the model, or leave it out")]
    Config(String),
    /// A token that every BERT has is missing.
    #[error("the tokenizer has no token {0}: it does not belong to a DistilBERT")]
    SpecialToken(&'static str),
    /// A text could not be tokenized.
    #[error("a text could not be tokenized: {0}")]
    Encode(String),
}

/// A text as tokens, without special tokens.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Encoding {
    /// Token ids.
    pub ids: Vec<u32>,
    /// Half-open ranges of characters (code points) of the text, one a token.
    pub offsets: Vec<(u32, u32)>,
}

/// How much of a text the vocabulary knows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// Share of words that hold an unknown piece, 0 to 1.
    pub unknown_share: f32,
    /// Mean number of pieces for a word.
    pub pieces_per_word: f32,
    /// Number of words.
    pub words: usize,
}

/// A tokenizer with the special tokens of BERT.
#[derive(Clone)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    lowercase: bool,
    /// Id of `[CLS]`.
    pub cls_id: u32,
    /// Id of `[SEP]`.
    pub sep_id: u32,
    /// Id of `[UNK]`.
    pub unk_id: u32,
}

impl Tokenizer {
    /// From the files of a model folder; `tokenizer.json` wins over `vocab.txt`, which needs no other file.
    ///
    /// # Errors
    /// Where a file cannot be read, both are missing, or a special token of BERT is.
    pub fn from_files(
        tokenizer_json: Option<&[u8]>,
        vocab_txt: Option<&[u8]>,
        tokenizer_config: Option<&[u8]>,
    ) -> Result<Self, TokenizerError> {
        let json = match (tokenizer_json, vocab_txt) {
            (Some(json), _) => json.to_vec(),
            (None, Some(vocab)) => from_vocab(vocab, tokenizer_config)?.to_string().into_bytes(),
            (None, None) => return Err(TokenizerError::Missing),
        };
        let unreadable = |error: tokenizers::Error| TokenizerError::Json(error.to_string());
        let mut inner = tokenizers::Tokenizer::from_bytes(&json).map_err(unreadable)?;
        // Exported tokenizers often carry a truncation and a padding of their own, which would cut contexts silently.
        inner.with_truncation(None).map_err(unreadable)?;
        inner.with_padding(None);
        let id = |token: &'static str| inner.token_to_id(token).ok_or(TokenizerError::SpecialToken(token));
        let (cls_id, sep_id, unk_id) = (id("[CLS]")?, id("[SEP]")?, id("[UNK]")?);
        let mut tokenizer = Self { inner, lowercase: false, cls_id, sep_id, unk_id };
        let (upper, lower) = (tokenizer.encode("A")?, tokenizer.encode("a")?);
        tokenizer.lowercase = upper.ids == lower.ids;
        Ok(tokenizer)
    }

    /// Tokens of a text, without special tokens.
    ///
    /// # Errors
    /// Where the tokenizer fails.
    pub fn encode(&self, text: &str) -> Result<Encoding, TokenizerError> {
        let encoding = self.inner.encode_char_offsets(text, false);
        let encoding = encoding.map_err(|error| TokenizerError::Encode(error.to_string()))?;
        let offsets = encoding.get_offsets().iter().map(|(start, end)| (*start as u32, *end as u32)).collect();
        Ok(Encoding { ids: encoding.get_ids().to_vec(), offsets })
    }

    /// Number of tokens of a text, without special tokens.
    ///
    /// # Errors
    /// Where the tokenizer fails.
    pub fn count(&self, text: &str) -> Result<usize, TokenizerError> {
        // Without offsets, which take a good part of the time.
        let encoding = self.inner.encode_fast(text, false);
        encoding.map(|encoding| encoding.len()).map_err(|error| TokenizerError::Encode(error.to_string()))
    }

    /// Whether upper and lower case are the same to this tokenizer.
    pub fn is_lowercase(&self) -> bool {
        self.lowercase
    }

    /// Number of tokens, added ones included.
    pub fn vocab_size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// How much of a text the vocabulary knows.
    ///
    /// # Errors
    /// Where the tokenizer fails.
    pub fn coverage(&self, text: &str) -> Result<Coverage, TokenizerError> {
        let encoding = self.inner.encode_char_offsets(text, false);
        let encoding = encoding.map_err(|error| TokenizerError::Encode(error.to_string()))?;
        let mut words = HashSet::new();
        let mut unknown = HashSet::new();
        for (id, word) in encoding.get_ids().iter().zip(encoding.get_word_ids()) {
            words.insert(word);
            if *id == self.unk_id {
                unknown.insert(word);
            }
        }
        let count = words.len().max(1) as f32;
        Ok(Coverage {
            unknown_share: unknown.len() as f32 / count,
            pieces_per_word: encoding.len() as f32 / count,
            words: words.len(),
        })
    }
}

/// The `tokenizer.json` that a `vocab.txt` stands for: BERT's normaliser, splitting and word pieces.
fn from_vocab(vocab: &[u8], config: Option<&[u8]>) -> Result<Value, TokenizerError> {
    let text = std::str::from_utf8(vocab).map_err(|error| TokenizerError::Vocab(error.to_string()))?;
    let tokens: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut ids = Map::new();
    for (id, token) in tokens.iter().enumerate() {
        if let Some(first) = ids.insert((*token).to_owned(), json!(id)) {
            let message =
                format!("line {} repeats the token '{token}' of line {}", id + 1, first.as_u64().unwrap_or(0) + 1);
            return Err(TokenizerError::Vocab(message));
        }
    }
    let config: Map<String, Value> = match config {
        Some(bytes) => serde_json::from_slice(bytes).map_err(|error| TokenizerError::Config(error.to_string()))?,
        None => Map::new(),
    };
    // Without a config the vocabulary tells: one that was made from lower-cased text has no capital letters of words.
    let cased = tokens.iter().filter(|token| token.len() > 1 && !token.starts_with('['));
    let cased = cased.clone().any(|token| token.chars().any(|c| c.is_ascii_uppercase()));
    let lowercase = config.get("do_lower_case").and_then(Value::as_bool).unwrap_or(!cased);
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
    let added: Vec<Value> = special
        .into_iter()
        .filter_map(|token| {
            let id = ids.get(token)?;
            Some(json!({"id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true}))
        })
        .collect();
    Ok(json!({
        "version": "1.0",
        "added_tokens": added,
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": true,
            "handle_chinese_chars": config.get("tokenize_chinese_chars").and_then(Value::as_bool).unwrap_or(true),
            "strip_accents": config.get("strip_accents").cloned().unwrap_or(Value::Null),
            "lowercase": lowercase,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": ids},
    }))
}
