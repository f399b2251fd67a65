//! What is kept of a run while it goes on: checkpoints, and the weights of its best measurement.

use std::io::{self, BufReader, Write};

use web_time::{Duration, Instant};

use super::{Desk, Running};
use crate::model::{Model, Parameters};
use crate::protocol::Event;
use crate::storage::opfs::OpfsFile;
use crate::storage::slots::Slots;
use crate::train::{best, kept};
use crate::worker::audible::AudibleWrite;

/// Longest time between two checkpoints, however many steps are to lie between them.
const KEEP_AFTER: Duration = Duration::from_mins(5);

impl Desk<'_> {
    /// Keeps the weights of the best measurement so far.
    pub(super) fn keep_best(self, running: &mut Running, model: &Model) {
        let (step, values) = (running.trainer.steps(), model.parameters.values());
        let Running { run, best: Some(slots), .. } = running else { return };
        let written = self.write(slots, |out| best::write(&run.id, step, values, out));
        self.reply(Event::BestKept { step, failure: written.err().map(|error| storage_failure(&error)) });
    }

    /// Keeps a checkpoint, where the run is kept and has made steps since the newest.
    pub(super) fn keep(self, running: &mut Running) {
        let step = running.trainer.steps();
        let Running { trainer, run, start, slots: Some(slots), newest, with_moments, .. } = running else { return };
        if step == newest.0 {
            return;
        }
        let start = start.as_ref().map(Parameters::values);
        let written = self.write(slots, |out| kept::write(trainer, run, start, *with_moments, out));
        let failure = written.err().map(|error| storage_failure(&error));
        *newest = (if failure.is_none() { step } else { newest.0 }, Instant::now());
        self.reply(Event::Checkpoint { step, failure });
    }

    /// Writes into a slot, heard while it writes; how long the browser takes until all of it is safe nobody can say.
    fn write(
        self,
        slots: &mut Slots<OpfsFile>,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        self.port.event(Event::Quiet);
        slots.write(|out| {
            write(&mut AudibleWrite::new(out, self.port))?;
            self.port.event(Event::Quiet);
            Ok(())
        })
    }
}

impl Running {
    /// The model of the best measurement, where the run ends with that, it is not the last, and its weights are kept.
    pub(super) fn read_best(&mut self) -> Option<Model> {
        let step = self.run.best_step();
        let content = self.best.as_mut().filter(|_| step != self.trainer.steps())?.read()?;
        let mut model = self.trainer.model().clone();
        let read = best::read(&self.run.id, step, &mut BufReader::new(content), model.parameters.values_mut());
        read.is_ok_and(|is_it| is_it).then_some(model)
    }

    /// Whether it is time for a checkpoint.
    pub(super) fn is_due(&self) -> bool {
        let (step, at) = self.newest;
        let steps = self.trainer.steps();
        (self.every > 0 && steps >= step.saturating_add(self.every)) || at.elapsed() >= KEEP_AFTER
    }
}

/// Why something could not be kept.
fn storage_failure(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => "the browser gives this page no more storage".to_owned(),
        _ => error.to_string(),
    }
}
