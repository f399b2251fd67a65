//! How well the model can read the person's text, in one sentence.

use super::Project;

/// Characters that are enough to tell.
pub const SAMPLE_CHARS: usize = 20_000;

/// Share of unknown words above which the sentence is a warning.
const UNKNOWN_WARN: f32 = 0.05;

/// Pieces a word above which a text is foreign to the vocabulary: English in an English vocabulary takes about 1.3.
const PIECES_WARN: f32 = 2.2;

/// How much of a text the model's vocabulary knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    /// Share of words that hold an unknown piece, 0 to 1.
    pub unknown_share: f32,
    /// Mean number of pieces for a word.
    pub pieces_per_word: f32,
    /// Number of words.
    pub words: usize,
    /// Codes of the languages that the model reads.
    pub languages: Vec<String>,
}

impl Coverage {
    /// Whether the person should know before marking for an hour.
    pub fn is_warning(&self) -> bool {
        self.words > 0 && (self.unknown_share > UNKNOWN_WARN || self.pieces_per_word > PIECES_WARN)
    }

    /// One sentence, without its full stop.
    pub fn in_words(&self) -> String {
        let reads = match self.languages.as_slice() {
            [] => "This model does not say which language it reads".to_owned(),
            codes => format!("This model reads {}", list(codes.iter().map(|code| language(code)))),
        };
        if self.words == 0 {
            return reads;
        }
        let percent = self.unknown_share * 100.0;
        let unknown = match percent {
            p if p <= 0.0 => "every word of this text is known to it".to_owned(),
            p if p < 1.0 => "less than 1 % of this text is unknown to it".to_owned(),
            p => format!("{p:.0} % of this text is unknown to it"),
        };
        let in_pieces = if self.pieces_per_word > PIECES_WARN {
            format!(
                ", and it reads a word in {:.1} pieces, where 1.3 are usual: answers may be poor",
                self.pieces_per_word
            )
        } else {
            String::new()
        };
        format!("{reads}; {unknown}{in_pieces}")
    }
}

/// `English`, `English and Polish`, `English, German and Polish`.
fn list(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.collect();
    let last = names.pop().unwrap_or_default();
    if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) }
}

/// Name of a language's code; the code itself where it is not among the common ones.
pub fn language(code: &str) -> String {
    const NAMES: [(&str, &str); 32] = [
        ("ar", "Arabic"),
        ("bg", "Bulgarian"),
        ("bn", "Bengali"),
        ("cs", "Czech"),
        ("da", "Danish"),
        ("de", "German"),
        ("el", "Greek"),
        ("en", "English"),
        ("es", "Spanish"),
        ("et", "Estonian"),
        ("fa", "Persian"),
        ("fi", "Finnish"),
        ("fr", "French"),
        ("he", "Hebrew"),
        ("hi", "Hindi"),
        ("hu", "Hungarian"),
        ("id", "Indonesian"),
        ("it", "Italian"),
        ("ja", "Japanese"),
        ("ko", "Korean"),
        ("multilingual", "many languages"),
        ("nl", "Dutch"),
        ("no", "Norwegian"),
        ("pl", "Polish"),
        ("pt", "Portuguese"),
        ("ro", "Romanian"),
        ("ru", "Russian"),
        ("sv", "Swedish"),
        ("tr", "Turkish"),
        ("uk", "Ukrainian"),
        ("vi", "Vietnamese"),
        ("zh", "Chinese"),
    ];
    let name = NAMES.iter().find(|(known, _)| *known == code).map(|(_, name)| *name);
    name.unwrap_or(code).to_owned()
}

impl Project {
    /// The text's beginning, enough to tell how well a model reads it: a little of every document.
    pub fn text_sample(&self) -> String {
        let documents = self.dataset.data.len().max(1);
        let share = (SAMPLE_CHARS / documents).max(200);
        let mut out = String::new();
        let mut left = SAMPLE_CHARS;
        for document in &self.dataset.data {
            let text = document.paragraphs.iter().flat_map(|paragraph| paragraph.context.chars().chain(['\n']));
            let mut taken = 0;
            for c in text.take(share.min(left)) {
                out.push(c);
                taken += 1;
            }
            left -= taken;
            if left == 0 {
                break;
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::project;
    use super::*;

    fn coverage(unknown_share: f32, pieces_per_word: f32, languages: &[&str]) -> Coverage {
        let languages = languages.iter().map(|code| (*code).to_owned()).collect();
        Coverage { unknown_share, pieces_per_word, words: 100, languages }
    }

    #[test]
    fn the_sentence_says_language_and_share() {
        let polish = coverage(0.31, 1.5, &["en"]);
        assert_eq!(polish.in_words(), "This model reads English; 31 % of this text is unknown to it");
        assert!(polish.is_warning());
        let english = coverage(0.0, 1.2, &["en", "de", "pl"]);
        assert_eq!(
            english.in_words(),
            "This model reads English, German and Polish; every word of this text is known to it"
        );
        assert!(!english.is_warning());
        assert!(coverage(0.004, 1.2, &[]).in_words().ends_with("less than 1 % of this text is unknown to it"));
    }

    #[test]
    fn many_pieces_warn_even_where_nothing_is_unknown() {
        let pieces = coverage(0.0, 2.9, &["en"]);
        assert!(pieces.is_warning() && pieces.in_words().contains("2.9 pieces"));
    }

    #[test]
    fn the_sample_takes_from_every_document_and_ends() {
        let long = "a".repeat(30_000);
        let mut project = project(&[&[(&long, 0)], &[("b", 0)]]);
        let sample = project.text_sample();
        assert!(sample.contains('b') && sample.chars().count() <= SAMPLE_CHARS);
        project.dataset.data = vec![project.dataset.data[0].clone(); 300];
        assert_eq!(project.text_sample().chars().count(), SAMPLE_CHARS);
        assert_eq!(Project::default().text_sample(), "");
    }
}
