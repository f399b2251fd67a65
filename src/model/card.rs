//! What a model's card says of its languages.

/// Codes of the `language` key in the YAML front matter of a Hugging Face card: a word, a list in brackets or a list of lines.
/// Empty where the card has none.
pub fn languages(readme: &str) -> Vec<String> {
    let mut lines = readme.trim_start_matches('\u{feff}').lines();
    if lines.next().map(str::trim_end) != Some("---") {
        return Vec::new();
    }
    let front: Vec<&str> = lines.take_while(|line| line.trim_end() != "---").collect();
    let Some(at) = front.iter().position(|line| line.starts_with("language:")) else { return Vec::new() };
    let value = front[at]["language:".len()..].trim();
    let codes: Vec<&str> = if value.is_empty() {
        front[at + 1..].iter().map_while(|line| line.trim_start().strip_prefix("- ")).collect()
    } else {
        value.trim_matches(['[', ']']).split(',').collect()
    };
    let clean = |code: &str| code.trim().trim_matches(['"', '\'']).to_owned();
    codes.into_iter().map(clean).filter(|code| !code.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::languages;

    #[test]
    fn reads_every_way_of_writing_them() {
        assert_eq!(languages("---\nlanguage: en\nlicense: mit\n---\n# A"), ["en"]);
        assert_eq!(languages("---\nlicense: mit\nlanguage: [en, \"pl\"]\n---\n"), ["en", "pl"]);
        assert_eq!(languages("---\nlanguage:\n- en\n  - 'de'\ntags:\n- x\n---\n"), ["en", "de"]);
        assert!(languages("---\nlicense: mit\n---\nlanguage: en").is_empty());
        assert!(languages("# No front matter\nlanguage: en").is_empty());
        assert!(languages("").is_empty());
    }
}
