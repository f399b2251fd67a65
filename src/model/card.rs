//! What a model's card says in its front matter, the YAML between two lines of dashes. The few forms that cards use are read;
//! everything else is passed over.

/// Codes of the `language` key: a word, a list in brackets (on one line or several) or a list of lines. Empty where the card has
/// none; what is no code is left out.
pub fn languages(readme: &str) -> Vec<String> {
    values(readme, "language").into_iter().filter(|code| is_code(code)).collect()
}

/// Names of the `datasets` key, for instance `squad` or `rajpurkar/squad_v2`. Empty where the card has none; what is no name is left out.
pub fn datasets(readme: &str) -> Vec<String> {
    let is_name = |name: &String| name.split('/').count() <= 2 && name.split('/').all(is_code);
    values(readme, "datasets").into_iter().filter(is_name).collect()
}

/// The `license` key, for instance `apache-2.0`.
pub fn licence(readme: &str) -> Option<String> {
    values(readme, "license").into_iter().find(|value| is_code(value))
}

/// Letters, digits, and what joins them: nothing that could break out of the front matter that it is written to.
fn is_code(value: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !value.is_empty() && value.len() <= 40 && value.chars().all(is_allowed)
}

/// Values of a key of the front matter.
fn values(readme: &str, key: &str) -> Vec<String> {
    let mut lines = readme.trim_start_matches('\u{feff}').lines();
    if lines.next().map(str::trim_end) != Some("---") {
        return Vec::new();
    }
    let front: Vec<&str> = lines.take_while(|line| line.trim_end() != "---").map(without_comment).collect();
    let found = front.iter().enumerate().find_map(|(at, line)| {
        let value = line.strip_prefix(key)?.trim_start().strip_prefix(':')?;
        Some((at, value.trim()))
    });
    let Some((at, value)) = found else { return Vec::new() };
    let rest = &front[at + 1..];
    match value.strip_prefix('[') {
        Some(first) => in_brackets(first, rest),
        None if value.is_empty() => {
            let items = rest.iter().filter(|line| !line.trim().is_empty());
            items.map_while(|line| line.trim_start().strip_prefix('-')).map(clean).collect()
        }
        None => vec![clean(value)],
    }
}

/// The items of a list in brackets that goes on until the closing one.
fn in_brackets(first: &str, rest: &[&str]) -> Vec<String> {
    let mut list = String::new();
    for line in std::iter::once(&first).chain(rest) {
        if let Some((last, _)) = line.split_once(']') {
            list.push_str(last);
            return list.split(',').map(clean).filter(|item| !item.is_empty()).collect();
        }
        list.push_str(line);
    }
    // Never closed: no list.
    Vec::new()
}

/// A line up to its comment; a `#` inside a word is none.
fn without_comment(line: &str) -> &str {
    match line.find(" #") {
        Some(at) => &line[..at],
        None if line.trim_start().starts_with('#') => "",
        None => line,
    }
}

fn clean(value: &str) -> String {
    value.trim().trim_matches(['"', '\'']).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_way_of_writing_them() {
        assert_eq!(languages("---\nlanguage: en\nlicense: mit\n---\n# A"), ["en"]);
        assert_eq!(languages("\u{feff}---\r\nlanguage: \"no\" # Norwegian\r\n---\r\n"), ["no"]);
        assert_eq!(languages("---\nlicense: mit\nlanguage: [en, \"pl\"]\n---\n"), ["en", "pl"]);
        assert_eq!(
            languages("---\nlanguage: [\n  en, # English\n  'zh-Hans',\n]\nlicense: mit\n---\n"),
            ["en", "zh-Hans"]
        );
        assert_eq!(languages("---\nlanguage:\n- en\n\n  - 'de'\n# no item\ntags:\n- x\n---\n"), ["en", "de"]);
        assert_eq!(languages("---\nlanguage :\n-  multilingual\n---\n"), ["multilingual"]);
    }

    #[test]
    fn what_is_not_there_or_no_code_is_left_out() {
        assert!(languages("---\nlicense: mit\n---\nlanguage: en").is_empty());
        assert!(languages("---\nlanguages: en\n  language: pl\n---\n").is_empty());
        assert!(languages("# No front matter\nlanguage: en").is_empty());
        assert!(languages("---\nlanguage: [en, pl\n---\n").is_empty());
        assert!(languages("---\nlanguage: {a: b}\n---\n").is_empty());
        assert!(languages("").is_empty());
    }

    #[test]
    fn datasets_are_names_with_or_without_an_owner() {
        assert_eq!(datasets("---\ndatasets:\n- squad\n- rajpurkar/squad_v2\n---\n"), ["squad", "rajpurkar/squad_v2"]);
        assert_eq!(datasets("---\ndatasets: squad\n---\n"), ["squad"]);
        assert!(datasets("---\ndatasets: [my notes, a/b/c, /]\n---\n").is_empty());
        assert!(datasets("---\nlicense: mit\n---\n").is_empty());
    }

    #[test]
    fn the_licence_is_a_word() {
        assert_eq!(licence("---\nlanguage: en\nlicense: apache-2.0\n---\n").as_deref(), Some("apache-2.0"));
        assert_eq!(licence("---\nlicense:\n- mit\n---\n").as_deref(), Some("mit"));
        assert_eq!(licence("---\nlicense: ask us\n---\n"), None);
        assert_eq!(licence("---\nlicense_name: mine\n---\n"), None);
    }
}
