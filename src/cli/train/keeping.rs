//! Checkpoints beside the model: kept, and taken up again.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde_json::json;

use super::Desk;
use super::log::Log;
use crate::cli::CliError;
use crate::storage::file;
use crate::storage::slots::Slots;
use crate::train::Trainer;
use crate::train::checkpoint::{Header, ResumeError};
use crate::train::engine::Engine;

/// The two slots of checkpoints in the folder of `--out`.
const CHECKPOINTS: [&str; 2] = ["checkpoint-a.bin", "checkpoint-b.bin"];
/// Those of the best weights.
pub(super) const BEST: [&str; 2] = ["best-a.bin", "best-b.bin"];

impl Desk<'_> {
    /// The two slots beside the model, where the run keeps checkpoints or goes on from one.
    pub(super) fn checkpoints(&self) -> Result<Option<Slots<File>>, CliError> {
        let wanted = self.args.resume || self.args.checkpoint_every.is_some();
        wanted.then(|| slots(&self.args.out, CHECKPOINTS)).transpose()
    }

    /// What the newest good checkpoint says of its run, where one is to be taken up and there is one.
    pub(super) fn kept(&self, checkpoints: Option<&mut Slots<File>>) -> Result<Option<Log>, CliError> {
        let Some(content) = checkpoints.filter(|_| self.args.resume).and_then(Slots::read) else { return Ok(None) };
        let header = Header::peek(&mut BufReader::new(content)).map_err(|source| self.not_resumed(source))?;
        serde_json::from_value(header.notes).map(Some).map_err(|error| self.not_resumed(error.into()))
    }

    fn not_resumed(&self, source: ResumeError) -> CliError {
        CliError::Resume { path: self.args.out.clone(), source }
    }

    /// Goes on from the newest good checkpoint, whose log is this; a run that is asked to be longer than it was is made so.
    pub(super) fn take_up<E: Engine>(
        &self,
        mut log: Log,
        trainer: &mut Trainer<E>,
        checkpoints: Option<&mut Slots<File>>,
    ) -> Result<Log, CliError> {
        let failed = |source| self.not_resumed(source);
        let Some(content) = checkpoints.and_then(Slots::read) else {
            return Err(failed(std::io::Error::other("it was there a moment ago").into()));
        };
        trainer.take_up(&mut BufReader::new(content)).map_err(failed)?;
        if log.run.is_empty() {
            log.run = trainer.fingerprint();
        }
        let (step, before, wanted) = (log.steps.len(), trainer.steps_total(), self.settings.length());
        if trainer.settings().length() != wanted {
            trainer.lengthen(wanted);
            let total = trainer.steps_total();
            if total < before {
                return Err(CliError::Shorter { path: self.args.out.clone(), before, total });
            }
            log.extended_at = step;
            log.folds.clear();
        }
        log.length = Some(wanted);
        let total = trainer.steps_total();
        self.say(&json!({"event": "resumed", "step": step, "steps": total, "steps_before": before}));
        self.tell(&if total > before {
            format!("goes on after step {step}, to step {total} instead of {before}: the learning rate is planned anew over all of them")
        } else {
            format!("goes on after step {step}")
        });
        Ok(log)
    }

    /// Whether it is time for a checkpoint after so many steps.
    pub(super) fn is_time_to_keep(&self, steps: usize) -> bool {
        self.args.checkpoint_every.is_some_and(|every| steps.is_multiple_of(every.get()))
    }

    pub(super) fn keep<E: Engine>(
        &self,
        trainer: &Trainer<E>,
        log: &Log,
        checkpoints: Option<&mut Slots<File>>,
    ) -> Result<(), CliError> {
        let Some(slots) = checkpoints else { return Ok(()) };
        let written = slots.write(|out| trainer.save(json!(log), !self.args.weights_only, out));
        written.map_err(|source| CliError::Checkpoint { path: self.args.out.clone(), source })
    }
}

/// Opens two slots in a folder.
pub(super) fn slots(folder: &Path, names: [&str; 2]) -> Result<Slots<File>, CliError> {
    let open = |name: &str| {
        let path = folder.join(name);
        file::open(&path).map_err(|source| CliError::File { path, source })
    };
    Ok(Slots::open([open(names[0])?, open(names[1])?]))
}
