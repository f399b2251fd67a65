//! How far the model goes from the one that the run began with to the one that it trained.

use std::fs::File;

use serde_json::json;

use super::log::Log;
use super::{Begin, Desk};
use crate::answer::scoring::score;
use crate::cli::eval::answer_all;
use crate::cli::{CliError, progress};
use crate::metrics::is_v2;
use crate::model::Model;
use crate::storage::slots::Slots;
use crate::train::blend::{FoldMade, LeftOut, SHARES, between, folds_of, settings_of_a_fold, share_by};
use crate::train::engine::Engine;
use crate::train::{Advance, Trainer};

impl Desk<'_> {
    /// The model between the one that the run began with and the one that it trained, as far along as folds say; `None` where there are none.
    pub(super) fn blend<E: Engine>(
        &self,
        base: &Model,
        begin: &Begin<'_, E>,
        trainer: &Trainer<E>,
        log: &mut Log,
        mut checkpoints: Option<&mut Slots<File>>,
    ) -> Result<Option<Model>, CliError> {
        let folds = folds_of(self.dataset, self.tokenizer, self.settings)?;
        if folds.is_empty() {
            if self.settings.folds > 0 {
                eprintln!(
                    "all marked questions are about one paragraph: nothing could be held back, and the model is as it was trained"
                );
            }
            return Ok(None);
        }
        let count = folds.len();
        for (index, fold) in folds.into_iter().enumerate().skip(log.folds.len()) {
            let mut run = begin(fold.features.clone(), &settings_of_a_fold(self.settings))?;
            let bar = progress(run.steps_total(), "fold", self.args.json);
            bar.set_message(format!("{} of {count}", index + 1));
            loop {
                match run.advance()? {
                    Advance::MicroBatch => {}
                    Advance::Step(report) => bar.set_position(report.step as u64),
                    Advance::Finished => break,
                }
            }
            bar.finish_and_clear();
            let tuned = run.engine().trained()?;
            drop(run);
            let mut made = FoldMade::default();
            for share in SHARES {
                let model = between(&base.parameters, &tuned, share);
                let options = self.decoding(is_v2(self.dataset));
                let answers = answer_all(&model, self.tokenizer, &fold.held_back, &options, true)?;
                made.add(fold.likelihoods(&model)?, &score(&fold.held_back, &answers, options.allow_no_answer));
            }
            log.folds.push(made);
            self.say(&json!({"event": "fold", "fold": index + 1, "folds": count}));
            // A call that only goes on from checkpoints writes none.
            if self.args.checkpoint_every.is_some() {
                self.keep(trainer, log, checkpoints.as_deref_mut())?;
            }
        }
        let share = share_by(&log.folds);
        let left_out = LeftOut::new(&log.folds, share);
        self.say(&json!({"event": "blended", "share": share, "left_out": left_out}));
        let LeftOut { questions, right_before, right_after, f1_before, f1_after, .. } = left_out;
        self.tell(&format!(
            "{count} folds: the model goes {:.0} % of the way to what was trained; of {questions} questions, each left out once, \
             {right_after} are right and were {right_before}, F1 {f1_after:.1} and was {f1_before:.1}",
            100.0 * share
        ));
        Ok(Some(between(&base.parameters, &trainer.engine().trained()?, share)))
    }
}
