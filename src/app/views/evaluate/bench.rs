//! What the parts of the Evaluate view share, and the commands of an evaluation.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::File;

use crate::app::desk::Desk;
use crate::app::reader::{self, FileRead, Unread};
use crate::protocol::{Command, FileToRead};
use crate::squad::check::Finding;
use crate::state::evaluation::measure::options;
use crate::state::evaluation::{Evaluation, MeasureOn, Status, Subject};
use crate::state::project::HeldOut;
use crate::state::run::Run;
use crate::state::run::obstacle::model_obstacle;
use crate::state::words::data::{READ_ONLY, opened_another};
use crate::state::words::evaluate as words;

/// Longest sequence that is assumed where the model does not say.
const USUAL_LONGEST: usize = 512;

/// The held-out file that was chosen.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum FileState {
    /// None.
    #[default]
    Missing,
    /// Being read; its name.
    Reading(String),
    /// Read, with what is wrong with it.
    Read(Vec<Finding>),
    /// Could not be read.
    Failed(String),
}

/// A copy is a handle to the same state.
#[derive(Clone, Copy)]
pub struct Bench {
    /// The page's state.
    pub desk: Desk,
    /// What is measured on.
    pub on: RwSignal<MeasureOn>,
    /// The held-out file.
    pub file: RwSignal<FileState>,
    /// Whether an evaluation is going on.
    pub is_active: Memo<bool>,
    /// Why none can be started.
    pub obstacle: Memo<Option<String>>,
}

impl Bench {
    /// Proposes what was measured on last, or the held-out questions where there are some.
    pub fn new(desk: Desk) -> Self {
        let last = desk.evaluation.with_untracked(|evaluation| match evaluation.status {
            Status::Idle => None,
            _ => Some(evaluation.subject.on),
        });
        let has_held_out = desk.project.with_untracked(|project| project.held_out.is_some());
        let proposed = if has_held_out { MeasureOn::HeldOut } else { MeasureOn::Training };
        let on = RwSignal::new(last.unwrap_or(proposed));
        let is_training = Memo::new(move |_| desk.run.with(Run::is_active));
        let known = Memo::new(move |_| desk.project.with(|project| on.get().counts(project).0));
        let obstacle = Memo::new(move |_| {
            let model = desk.worker.with(|worker| desk.model.with(|model| model_obstacle(worker, model)));
            model
                .or_else(|| is_training.get().then(|| words::TRAINING.to_owned()))
                .or_else(|| (known.get() == 0).then(|| words::NO_QUESTIONS.to_owned()))
        });
        let is_active = Memo::new(move |_| desk.evaluation.with(Evaluation::is_active));
        Self { desk, on, file: RwSignal::new(FileState::default()), is_active, obstacle }
    }

    /// Starts an evaluation, where one can be started.
    pub fn start(self) {
        if self.is_active.get_untracked() || self.obstacle.with_untracked(Option::is_some) {
            return;
        }
        let desk = self.desk;
        let on = self.on.get_untracked();
        let measurable = desk.project.with_untracked(|project| on.measurable(project));
        let longest_answer = desk.run.with_untracked(|run| run.plan.as_ref().map_or(0, |plan| plan.longest_answer));
        let longest = desk.model.with_untracked(|model| model.info().map(|info| info.max_position_embeddings));
        let longest = longest.unwrap_or(USUAL_LONGEST);
        let weights = untrack(|| desk.weights());
        let subject = Subject { on, name: measurable.name, total: measurable.total, weights };
        let evaluation = desk.evaluation;
        evaluation.update(|evaluation| evaluation.start(subject));
        let options = options(&measurable.dataset, longest_answer, longest);
        let command = Command::Evaluate { dataset: measurable.dataset, options };
        desk.ask_model(command, &[], move |event, _, last| {
            evaluation.update(|evaluation| evaluation.apply(event, last));
        });
    }

    /// Ends the evaluation after the question that is answered.
    pub fn stop(self) {
        if self.is_active.get_untracked() {
            self.desk.evaluation.update(Evaluation::ask_to_stop);
            self.desk.ask_model(Command::Stop, &[], |_, _, _| {});
        }
    }

    /// Reads a held-out file; those of a file before make way once it is read, and what was drawn goes back to the training data.
    pub fn read(self, file: File) {
        let Self { desk, on, file: state, .. } = self;
        let name = file.name();
        state.set(FileState::Reading(name.clone()));
        let to_read = FileToRead { name: name.clone(), columns: None };
        spawn_local(async move {
            let project = desk.opened().await;
            let done = match reader::read(desk, vec![to_read], &[file.into()], |_, _| {}).await {
                Ok(FileRead { is_text: true, .. }) => FileState::Failed(words::NO_QUESTIONS.to_owned()),
                Ok(_) if desk.opened().await != project => FileState::Failed(opened_another(&name)),
                // Held back here alone, it would be gone with the page.
                Ok(_) if desk.project.with_untracked(|project| project.is_read_only) => {
                    FileState::Failed(READ_ONLY.to_owned())
                }
                Ok(FileRead { dataset, findings, .. }) => {
                    desk.project.update(|project| project.hold_out(HeldOut { name, dataset }));
                    // The view may be gone by now; the questions stay.
                    let _ = on.try_set(MeasureOn::HeldOut);
                    FileState::Read(findings)
                }
                Err(Unread::Failed(message)) => FileState::Failed(message),
                Err(Unread::Columns { preview, .. }) => FileState::Failed(words::unclear_columns(&preview.headers)),
            };
            let _ = state.try_set(done);
        });
    }

    /// Whether the newest result is of a model that is another by now.
    pub fn is_stale(self) -> bool {
        let revision = self.desk.revision.get();
        self.desk.evaluation.with(|evaluation| {
            evaluation.report.as_ref().is_some_and(|report| report.subject.weights.revision != revision)
        })
    }
}
