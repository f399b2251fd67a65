//! After the last step: the same run without each part of the data in turn, to find out how far to go from the model as it was.

use super::{Desk, Ended, Order, Running, sentence};
use crate::answer::DecodeOptions;
use crate::metrics::is_v2;
use crate::protocol::{Event, Folding};
use crate::train::blend::{Fold, FoldMade, LeftOut, SHARES, between, folds_of, settings_of_a_fold, share_by};
use crate::train::{Advance, Ending, TrainSettings, Trainer};
use crate::worker::audible::Audible;
use crate::worker::evaluate::measure;
use crate::worker::model::Loaded;
use crate::worker::port::Inbox;

impl Desk<'_> {
    /// Trains the folds that are missing, and leaves the model that they speak for.
    pub(super) async fn blend(
        self,
        inbox: &mut Inbox,
        loaded: &Loaded,
        running: &mut Running,
        order: &Order,
    ) -> Result<Ending, Ended> {
        let failed = |message: String| Ended { ending: Ending::Stopped, error: Some(message) };
        let settings = running.run.settings.clone();
        self.port.event(Event::Quiet);
        let folds = folds_of(&order.dataset, &loaded.tokenizer, &settings);
        let folds = folds.map_err(|error| failed(sentence(&error.to_string())))?;
        let count = folds.len();
        for (index, fold) in folds.into_iter().enumerate().skip(running.run.folds.len()) {
            let made = self.fold(inbox, loaded, running, &fold, (index + 1, count)).await.map_err(failed)?;
            let Some(made) = made else { return Ok(Ending::Stopped) };
            running.run.folds.push(made);
            // Its steps are those of the newest checkpoint, what it says is not.
            running.newest.0 = usize::MAX;
            self.keep(running);
        }
        let share = share_by(&running.run.folds);
        let base = running.start.as_ref().unwrap_or(&loaded.base.parameters);
        running.blended = Some(between(base, running.trainer.model(), share));
        if running.run.share != Some(share) {
            running.run.share = Some(share);
            running.newest.0 = usize::MAX;
            self.keep(running);
        }
        self.reply(Event::Blended { share, folds: count, left_out: LeftOut::new(&running.run.folds, share) });
        Ok(Ending::Complete)
    }

    /// One fold; `None` where it was stopped.
    async fn fold(
        self,
        inbox: &mut Inbox,
        loaded: &Loaded,
        running: &mut Running,
        fold: &Fold,
        (number, count): (usize, usize),
    ) -> Result<Option<FoldMade>, String> {
        let mut base = loaded.base.clone();
        if let Some(start) = &running.start {
            base.parameters = start.clone();
        }
        let settings = settings_of_a_fold(&running.run.settings);
        let said = |error: crate::train::TrainError| format!("{error}.");
        let mut trainer = Trainer::new(base.clone(), fold.features.clone(), &settings).map_err(said)?;
        loop {
            match trainer.advance().map_err(said)? {
                Advance::Finished => break,
                Advance::MicroBatch => {}
                Advance::Step(report) => self.reply(Event::Folding(Folding {
                    fold: number,
                    folds: count,
                    step: report.step,
                    steps_total: report.steps_total,
                    elapsed_ms: running.elapsed_ms() + report.elapsed_ms,
                })),
            }
            if self.look(inbox, loaded, running).await {
                return Ok(None);
            }
        }
        running.run.folds_ms += trainer.busy_ms();
        let tuned = trainer.into_model();
        let TrainSettings { max_seq_length, doc_stride, .. } = settings;
        let default = DecodeOptions::default();
        let options = DecodeOptions {
            max_seq_length,
            doc_stride,
            max_answer_length: default.max_answer_length.max(running.run.plan.longest_answer),
            allow_no_answer: is_v2(&fold.held_back),
            ..default
        };
        let mut made = FoldMade::default();
        for share in SHARES {
            let model = between(&base.parameters, &tuned, share);
            let mut stop = false;
            let model = Audible { model: &model, port: self.port };
            let measured = measure(&model, &loaded.tokenizer, &fold.held_back, &options, async |_, _| {
                stop = self.look(inbox, loaded, running).await;
                if stop { Err(String::new()) } else { Ok(()) }
            });
            let evaluation = match measured.await {
                Ok((evaluation, _)) => evaluation,
                Err(_) if stop => return Ok(None),
                Err(message) => return Err(message),
            };
            let mut likelihoods = Vec::new();
            for part in fold.likelihoods_in_parts(&model) {
                likelihoods.extend(part.map_err(|error| format!("{error}."))?);
                if self.look(inbox, loaded, running).await {
                    return Ok(None);
                }
            }
            made.add(likelihoods, &evaluation);
        }
        Ok(Some(made))
    }
}
