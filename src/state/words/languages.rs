//! Names of languages.

/// The name of a language's code; the code itself where it is not known.
pub fn name(code: &str) -> &str {
    match code.split(['-', '_']).next().unwrap_or(code) {
        "en" => "English",
        "de" => "German",
        "fr" => "French",
        "es" => "Spanish",
        "it" => "Italian",
        "pl" => "Polish",
        "pt" => "Portuguese",
        "nl" => "Dutch",
        "multilingual" => "many languages",
        _ => code,
    }
}

/// `This model reads English; 31 % of this text is unknown to it.`
pub fn coverage(codes: &[String], unknown_share: f32, pieces_per_word: f32) -> String {
    let names: Vec<&str> = codes.iter().map(|code| name(code)).collect();
    let reads = match names.as_slice() {
        [] => "The model's card names no language".to_owned(),
        names => format!("This model reads {}", names.join(", ")),
    };
    let percent = (100.0 * unknown_share).round();
    let pieces = if pieces_per_word > 2.5 {
        format!(
            " It cuts a word into {pieces_per_word:.1} pieces on average, as it does with languages it was not made for."
        )
    } else {
        String::new()
    };
    format!("{reads}; {percent:.0} % of this text is unknown to it.{pieces}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_read_and_how_much_is_unknown() {
        let said = coverage(&["en".to_owned()], 0.31, 1.2);
        assert_eq!(said, "This model reads English; 31 % of this text is unknown to it.");
        assert!(coverage(&[], 0.0, 3.0).starts_with("The model's card names no language; 0 %"));
        assert_eq!(name("xx"), "xx");
    }
}
