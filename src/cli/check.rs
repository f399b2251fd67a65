//! `spanwise check`.

use serde_json::json;

use super::args::CheckArgs;
use super::{CliError, read_dataset, write_file};
use crate::squad::check::{Finding, check, leaks};
use crate::squad::repair::mend;
use crate::squad::write::to_json;

pub(super) fn run(args: &CheckArgs) -> Result<(), CliError> {
    let mut dataset = read_dataset(&args.data)?;
    let mut findings = check(&dataset);
    if let Some(held_out) = &args.held_out {
        findings.extend(leaks(&dataset, &read_dataset(held_out)?));
    }
    let questions = dataset.question_count();
    let mut repaired = None;
    if let Some(out) = &args.repair {
        repaired = Some(mend(&mut dataset));
        write_file(out, &to_json(&dataset))?;
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
