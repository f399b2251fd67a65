//! `spanwise convert`.

use super::CliError;
use super::args::ConvertArgs;
use crate::model::folder;

/// Seed of the head where the checkpoint has none; training with `--fresh-head` draws it anew with the run's.
const SEED: u64 = 42;

pub(super) fn run(args: &ConvertArgs) -> Result<(), CliError> {
    let (model, has_head) = folder::read_any(&args.from, SEED)?;
    folder::write(&args.to, &model, args.dtype.precision(), &args.from)?;
    let millions = model.parameters.layout().len() as f64 / 1e6;
    println!("{}: DistilBERT of {} layers, {millions:.1} million parameters", args.to.display(), model.config.n_layers);
    if !has_head {
        println!("Its question-answering head is freshly drawn (seed {SEED}): train it before you ask.");
    }
    Ok(())
}
