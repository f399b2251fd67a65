//! `spanwise check`.

use serde_json::json;

use super::args::CheckArgs;
use super::{CliError, read_dataset, read_dataset_with, read_file, write_dataset};
use crate::squad::Dataset;
use crate::squad::check::{Finding, check, leaks};
use crate::squad::repair::mend;
use crate::squad::write::Style;

pub(super) fn run(args: &CheckArgs) -> Result<(), CliError> {
    let mut dataset = read_dataset_with(&args.data, &args.columns)?;
    let mut findings = check(&dataset);
    if let Some(held_out) = &args.held_out {
        findings.extend(leaks(&dataset, &read_dataset(held_out)?));
    }
    let questions = dataset.question_count();
    let mut repaired = None;
    if let Some(out) = &args.repair {
        let style = style_of(args, &dataset)?;
        repaired = Some(mend(&mut dataset));
        write_dataset(out, &dataset, style.as_ref())?;
    }
    if args.json {
        let brief = |finding: &Finding| json!({"path": finding.path, "kind": finding.kind, "message": finding.message});
        let findings: Vec<_> = findings.iter().map(brief).collect();
        let mut report = json!({"questions": questions, "findings": findings});
        if let Some(repaired) = repaired {
            report["repaired"] = json!(repaired);
        }
        println!("{report}");
        return Ok(());
    }
    for finding in &findings {
        println!("{}", finding.message);
    }
    println!("{questions} questions, {} findings", findings.len());
    if let (Some(repaired), Some(out)) = (repaired, &args.repair) {
        println!("{repaired} repaired; the dataset is in {}", out.display());
    }
    Ok(())
}

/// How the file was written, so that what is not repaired stays byte for byte.
fn style_of(args: &CheckArgs, dataset: &Dataset) -> Result<Option<Style>, CliError> {
    let bytes = read_file(&args.data)?;
    Ok(std::str::from_utf8(&bytes).ok().and_then(|text| Style::of(text, dataset)))
}
