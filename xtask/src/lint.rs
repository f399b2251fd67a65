//! Dependencies between the modules of `src/` point one way; this finds the ones that do not.
//!
//! It reads paths that begin at the crate's root (`crate::…`, and chains of `super::` that reach it), in `use` and
//! elsewhere. Comments and the contents of strings do not count.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The modules, from those that know nothing to those that know all. Modules of a line may see those of the lines above.
const ORDER: [&[&str]; 10] = [
    &["squad", "kernels", "browser"],
    &["metrics"],
    &["text"],
    // The model's data and its forward and backward passes are one thing in two folders.
    &["model", "nn"],
    &["answer"],
    &["train"],
    &["storage", "export"],
    &["protocol"],
    &["state"],
    &["worker", "app", "cli"],
];

/// Modules of one line that may see each other; the others of a line may not.
const TOGETHER: [&str; 2] = ["model", "nn"];

/// All arrows against the order below `src`, each as a line with file and line number.
///
/// # Errors
/// Where a file cannot be read.
pub fn check(src: &Path) -> Result<Vec<String>, Failure> {
    let mut files = Vec::new();
    list(src, &mut files)?;
    files.sort();
    let mut found = Vec::new();
    for path in files {
        let relative = path.strip_prefix(src).unwrap_or(&path).with_extension("");
        let parts: Vec<&str> = relative.iter().filter_map(|part| part.to_str()).collect();
        // The roots of the crates see everything.
        if matches!(parts.as_slice(), ["lib" | "main"] | ["bin", ..]) {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))?;
        found.extend(against(&parts, &text).map(|(line, why)| format!("{}:{line}: {why}", path.display())));
    }
    Ok(found)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error| Failure::file(folder, &error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// The arrows of one file, whose path has these parts, with their lines.
fn against(parts: &[&str], text: &str) -> impl Iterator<Item = (usize, String)> {
    let from = parts[0].to_owned();
    let depth = parts.iter().filter(|part| **part != "mod").count();
    targets(text, depth).into_iter().filter_map(move |(line, path)| Some((line, refusal(&from, &path)?)))
}

/// Why `from` may not name `path`, which begins with a module; `None` where it may.
fn refusal(from: &str, path: &str) -> Option<String> {
    let to = path.split("::").next().unwrap_or(path);
    let rank = |module: &str| ORDER.iter().position(|line| line.contains(&module));
    let Some(own) = rank(from) else { return Some(format!("the module {from} has no place in the order yet")) };
    // A name at the root that is no module of the order: an item of lib.rs.
    let other = rank(to)?;
    let together = TOGETHER.contains(&from) && TOGETHER.contains(&to);
    (to != from && other >= own && !together).then(|| format!("{from} must not see {path}"))
}

/// Paths from the crate's root, without the root itself, with the lines they stand in. `depth` is that of the file's module.
fn targets(text: &str, depth: usize) -> Vec<(usize, String)> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let start = at;
        at = match tokens[at].1.as_str() {
            // `crate` in `pub(crate)` is followed by no path.
            "crate" => at + 1,
            "super" => {
                let mut ups = 1;
                while word(&tokens, at + 1) == "::" && word(&tokens, at + 2) == "super" {
                    (ups, at) = (ups + 1, at + 2);
                }
                at += 1;
                if ups < depth {
                    continue;
                }
                at
            }
            _ => {
                at += 1;
                continue;
            }
        };
        let begins_a_path = start == 0 || word(&tokens, start - 1) != "::";
        if begins_a_path && word(&tokens, at) == "::" {
            at = follow(&tokens, at + 1, "", &mut found);
        }
    }
    found
}

/// Reads a path or a group of paths from `at` on; returns where it ends.
fn follow(tokens: &[(usize, String)], mut at: usize, prefix: &str, found: &mut Vec<(usize, String)>) -> usize {
    if word(tokens, at) == "{" {
        at += 1;
        while at < tokens.len() && word(tokens, at) != "}" {
            at = if word(tokens, at) == "," { at + 1 } else { follow(tokens, at, prefix, found) };
        }
        return at + 1;
    }
    let Some((line, name)) = tokens.get(at) else { return at };
    let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}::{name}") };
    if word(tokens, at + 1) == "::" && !matches!(word(tokens, at + 2), "<" | "") {
        return follow(tokens, at + 2, &path, found);
    }
    found.push((*line, path));
    at += 1;
    // `as Name` inside of a group.
    if word(tokens, at) == "as" { at + 2 } else { at }
}

fn word(tokens: &[(usize, String)], at: usize) -> &str {
    tokens.get(at).map_or("", |(_, word)| word)
}

/// Words, `::` and single signs, each with its line; without comments, strings and characters.
fn tokens(text: &str) -> Vec<(usize, String)> {
    let chars: Vec<char> = text.chars().collect();
    let next = |at: usize| chars.get(at).copied().unwrap_or('\0');
    let (mut tokens, mut at, mut line) = (Vec::new(), 0, 1);
    while at < chars.len() {
        let start = at;
        match chars[at] {
            '/' if next(at + 1) == '/' => at = end_of(&chars, at, |rest| rest[0] == '\n'),
            '/' if next(at + 1) == '*' => at = end_of(&chars, at + 2, |rest| rest.starts_with(&['*', '/'])) + 2,
            '"' => at = end_of_string(&chars, at),
            '\'' if next(at + 1) == '\\' => at = end_of(&chars, at + 3, |rest| rest[0] == '\'') + 1,
            '\'' if next(at + 2) == '\'' => at += 3,
            ':' if next(at + 1) == ':' => {
                tokens.push((line, "::".to_owned()));
                at += 2;
            }
            c if c == '_' || c.is_alphanumeric() => {
                at = end_of(&chars, at, |rest| rest[0] != '_' && !rest[0].is_alphanumeric());
                tokens.push((line, chars[start..at].iter().collect()));
            }
            c => {
                if !c.is_whitespace() {
                    tokens.push((line, c.to_string()));
                }
                at += 1;
            }
        }
        at = at.min(chars.len());
        line += chars[start..at].iter().filter(|c| **c == '\n').count();
    }
    tokens
}

fn end_of(chars: &[char], from: usize, ends: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len()).find(|at| ends(&chars[*at..])).unwrap_or(chars.len())
}

/// A string that begins at this quote: a raw one, by the signs before it, ends with as many `#` and has no escapes.
fn end_of_string(chars: &[char], quote: usize) -> usize {
    let hashes = chars[..quote].iter().rev().take_while(|c| **c == '#').count();
    if quote > hashes && chars[quote - hashes - 1] == 'r' {
        let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
        return end_of(chars, quote + 1, |rest| rest.starts_with(&close)) + close.len();
    }
    let mut at = quote + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

#[cfg(test)]
mod tests;
