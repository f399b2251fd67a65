//! `spanwise check`.

use serde_json::json;

use super::args::CheckArgs;
use super::{CliError, read_dataset};
use crate::squad::check::check;

pub(super) fn run(args: &CheckArgs) -> Result<(), CliError> {
    let dataset = read_dataset(&args.data)?;
    let findings = check(&dataset);
    let questions = dataset.question_count();
    if args.json {
        println!("{}", json!({"questions": questions, "findings": findings}));
        return Ok(());
    }
    for finding in &findings {
        println!("{}", finding.message);
    }
    println!("{questions} questions, {} findings", findings.len());
    Ok(())
}
