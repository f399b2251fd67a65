//! `spanwise split`.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::SplitArgs;
use super::{CliError, read_dataset, write_dataset};
use crate::squad::Dataset;
use crate::squad::split::{folds, split};

pub(super) fn run(args: &SplitArgs) -> Result<(), CliError> {
    let dataset = read_dataset(&args.data)?;
    let by = args.by.into();
    let parts = if let Some(count) = args.folds {
        folds(&dataset, by, args.seed, count as usize)
    } else {
        let mut parts = split(&dataset, by, args.seed, &[1.0 - args.share, args.share]).into_iter();
        vec![(parts.next().unwrap_or_default(), parts.next().unwrap_or_default())]
    };
    // Nothing is written where a part would be of no use.
    if let Some(fold) =
        parts.iter().position(|(train, test)| [train, test].iter().any(|part| part.question_count() == 0))
    {
        let fold = args.folds.map_or_else(String::new, |_| format!(" in fold {}", fold + 1));
        return Err(CliError::TooFewToSplit { path: args.data.clone(), fold });
    }
    for (fold, (train, test)) in parts.iter().enumerate() {
        let numbered = |path: &Path| if args.folds.is_some() { of_fold(path, fold + 1) } else { path.to_owned() };
        write(&numbered(&args.out_train), train, args.json)?;
        write(&numbered(&args.out_test), test, args.json)?;
    }
    Ok(())
}

/// `train.json` of the second fold: `train-2.json`.
fn of_fold(path: &Path, fold: usize) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map(|extension| format!(".{}", extension.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem}-{fold}{extension}"))
}

fn write(path: &Path, part: &Dataset, as_json: bool) -> Result<(), CliError> {
    write_dataset(path, part, None)?;
    let paragraphs: usize = part.data.iter().map(|document| document.paragraphs.len()).sum();
    let questions = part.question_count();
    if as_json {
        println!("{}", json!({"file": path, "paragraphs": paragraphs, "questions": questions}));
    } else {
        println!("{}: {questions} questions about {paragraphs} paragraphs", path.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_folds_are_numbered() {
        assert_eq!(of_fold(Path::new("out/train.json"), 2), Path::new("out/train-2.json"));
        assert_eq!(of_fold(Path::new("train"), 1), Path::new("train-1"));
    }
}
