//! `--config run.toml`: what could be given as flags, in a file. A flag that is given too wins.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args as _, Command};
use toml::{Table, Value};

use super::CliError;
use super::args::TrainArgs;

/// Puts what the file of `--config` says before the flags of `train`; arguments without such a file come back as they are.
///
/// # Errors
/// Where the file cannot be read, or says something that is no flag.
pub(super) fn expand(mut arguments: Vec<OsString>) -> Result<Vec<OsString>, CliError> {
    if arguments.get(1).is_none_or(|command| command != "train") {
        return Ok(arguments);
    }
    let Some(path) = named(&arguments[2..]) else { return Ok(arguments) };
    let text = std::fs::read_to_string(&path).map_err(|source| CliError::File { path: path.clone(), source })?;
    let wrong = |message: String| CliError::Config { path: path.clone(), message };
    let mut flags = flags(&text).map_err(wrong)?;
    // A flag that may be given several times would have what both say.
    flags.retain(|flag| !arguments.iter().any(|argument| name(&argument.to_string_lossy()) == name(flag)));
    arguments.splice(2..2, flags.into_iter().map(OsString::from));
    Ok(arguments)
}

/// The name of `--name=value`.
fn name(flag: &str) -> &str {
    flag.split_once('=').map_or(flag, |(name, _)| name)
}

/// The file that `--config` names.
fn named(arguments: &[OsString]) -> Option<PathBuf> {
    let at = arguments.iter().rposition(|argument| argument.to_string_lossy().starts_with("--config"))?;
    match arguments[at].to_string_lossy().strip_prefix("--config") {
        Some("") => arguments.get(at + 1).map(PathBuf::from),
        Some(rest) => rest.strip_prefix('=').map(PathBuf::from),
        None => None,
    }
}

/// The flags that a file stands for.
fn flags(text: &str) -> Result<Vec<String>, String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    let known = TrainArgs::augment_args(Command::new("train"));
    let mut flags = Vec::new();
    for (key, value) in &table {
        let name = key.replace('_', "-");
        let argument = known.get_arguments().find(|argument| argument.get_long() == Some(&name));
        let Some(argument) = argument.filter(|_| name != "config") else {
            return Err(format!(
                "`{key}` is no setting. `spanwise train --help` lists them: --learning-rate is `learning_rate` here"
            ));
        };
        let takes_value = argument.get_action().takes_values();
        match value {
            Value::Boolean(is_on) if !takes_value => flags.extend(is_on.then(|| format!("--{name}"))),
            _ if !takes_value => return Err(format!("`{key}` is {value}: give true or false")),
            // Paths may hold a comma: where none divides, each is a flag.
            Value::Array(values) if argument.get_value_delimiter().is_none() => {
                for value in values {
                    flags.push(format!("--{name}={}", plain(key, value)?));
                }
            }
            _ => flags.push(format!("--{name}={}", plain(key, value)?)),
        }
    }
    Ok(flags)
}

fn plain(key: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        Value::Array(values) => {
            let values: Result<Vec<String>, String> = values.iter().map(|value| plain(key, value)).collect();
            Ok(values?.join(","))
        }
        _ => Err(format!("`{key}` is {value}: give a number, a text in quotes, or a list")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_flags_would() {
        let text = "epochs = 9\nlearning_rate = 3e-5\nschedule = 'cosine'\nfresh-head = true\nresume = false\nlora_targets = ['q_lin', 'k_lin']\ndata = ['a,b.json', 'c.json']";
        let mut flags = flags(text).unwrap();
        flags.sort();
        let expected = [
            "--data=a,b.json",
            "--data=c.json",
            "--epochs=9",
            "--fresh-head",
            "--learning-rate=0.00003",
            "--lora-targets=q_lin,k_lin",
            "--schedule=cosine",
        ];
        assert_eq!(flags, expected);
    }

    #[test]
    fn what_is_no_flag_is_named() {
        for (text, said) in [
            ("epoch = 9", "`epoch` is no setting"),
            ("config = 'other.toml'", "`config` is no setting"),
            ("fresh_head = 1", "give true or false"),
            ("epochs = true", "give a number"),
            ("epochs = ", "TOML parse error"),
        ] {
            let message = flags(text).unwrap_err();
            assert!(message.contains(said), "{text}: {message}");
        }
    }
}
