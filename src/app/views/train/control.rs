//! What the parts of the Train view share: the form, what follows from it, and the commands of a run.

use std::time::Duration;

use gloo::storage::{LocalStorage as BrowserStorage, Storage};
use leptos::prelude::*;

use crate::app::desk::Desk;
use crate::app::training;
use crate::protocol::{Begin, Command, Event, HeadOrigin, Plan};
use crate::state::evaluation::Evaluation;
use crate::state::evaluation::measure::MeasureOn;
use crate::state::model::ModelState;
use crate::state::run::form::FormError;
use crate::state::run::history::PastRun;
use crate::state::run::obstacle::{Needs, obstacle};
use crate::state::run::planning::{fingerprint, fingerprint_text};
use crate::state::run::preset::marked_questions;
use crate::state::run::{Form, PaceKey, Pacing, PlanKey, Run, RunStatus};
use crate::train::TrainSettings;

/// Where the browser keeps the form between visits.
const STORED: &str = "spanwise.train";
/// Settings rest this long before the worker is asked for a plan.
const PLAN_DELAY: Duration = Duration::from_millis(300);
/// Runs that are drawn beside the newest at most: there is a line for each.
pub const COMPARED_MAX: usize = 3;
/// Longest sequence that is assumed until the model is there.
const USUAL_LONGEST: usize = 512;

/// What of the project matters for training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Data {
    /// Changes with the data.
    pub fingerprint: u64,
    /// Questions that can be trained on.
    pub marked: usize,
    /// Questions held back, to evaluate on.
    pub held_out: usize,
    /// Whether the article's settings are offered.
    pub is_sample: bool,
}

/// A copy is a handle to the same state.
#[derive(Clone, Copy)]
pub struct Control {
    /// The page's state.
    pub desk: Desk,
    /// The settings as they are typed.
    pub form: RwSignal<Form>,
    /// What there is to train on.
    pub data: Memo<Data>,
    /// The settings, checked.
    pub settings: Memo<Result<TrainSettings, FormError>>,
    /// Whether a run is going on.
    pub is_active: Memo<bool>,
    /// Why no run can be started.
    pub obstacle: Memo<Option<String>>,
    /// What the worker's plan depends on; `None` where there can be none.
    pub plan_key: Memo<Option<PlanKey>>,
    /// What the pace of a run depends on; `None` where there can be none.
    pub pace_key: Memo<Option<PaceKey>>,
    /// Runs that are drawn beside the newest.
    pub compared_ids: RwSignal<Vec<String>>,
}

impl Control {
    /// Reads the form that the browser kept, and begins to follow data and model.
    pub fn new(desk: Desk) -> Self {
        // A form that cannot be read is one of another version: the presets are as good.
        let form = RwSignal::new(BrowserStorage::get::<Form>(STORED).unwrap_or_default());
        let data = Memo::new(move |_| {
            desk.project.with(|project| Data {
                fingerprint: fingerprint(&project.dataset),
                marked: marked_questions(&project.dataset),
                held_out: MeasureOn::HeldOut.counts(project).0,
                is_sample: project.is_sample,
            })
        });
        let settings = Memo::new(move |_| {
            let longest = desk.model.with(|model| model.info().map(|info| info.max_position_embeddings));
            form.with(|form| form.settings(longest.unwrap_or(USUAL_LONGEST)))
        });
        let is_active = Memo::new(move |_| desk.run.with(Run::is_active));
        let is_evaluating = Memo::new(move |_| desk.evaluation.with(Evaluation::is_active));
        let plan_key = Memo::new(move |_| {
            let data = data.get();
            let settings = settings.get().ok().filter(|_| data.marked > 0)?;
            desk.model.with(|model| model.info().map(|info| PlanKey::new(data.fingerprint, info, &settings)))
        });
        let pace_key = Memo::new(move |_| {
            let settings = settings.get().ok()?;
            desk.model.with(|model| model.info().map(|info| PaceKey::new(info.parameters, &settings)))
        });
        let plan_failure = Memo::new(move |_| {
            let key = plan_key.get()?;
            desk.run.with(|run| run.planning.failure(&key).map(str::to_owned))
        });
        let wrong = move || settings.with(|settings| settings.as_ref().err().cloned());
        let obstacle = Memo::new(move |_| {
            let wrong = wrong();
            let (Data { marked, held_out, .. }, is_evaluating) = (data.get(), is_evaluating.get());
            let watch = settings.with(|settings| settings.as_ref().map(|settings| settings.watch).unwrap_or_default());
            let plan = plan_failure.get();
            let plan = plan.as_deref();
            desk.worker.with(|worker| {
                desk.model.with(|model| {
                    let settings = wrong.as_ref();
                    obstacle(Needs { worker, model, marked, held_out, watch, is_evaluating, settings, plan })
                })
            })
        });
        let compared_ids = RwSignal::new(Vec::new());
        let control = Self { desk, form, data, settings, is_active, obstacle, plan_key, pace_key, compared_ids };
        control.keep_form();
        control.keep_plan(is_evaluating);
        control.keep_pace(is_evaluating);
        control
    }

    /// Proposes a preset by the data, and keeps the form in the browser.
    fn keep_form(self) {
        Effect::new(move |_| {
            let Data { marked, is_sample, .. } = self.data.get();
            let mut followed = self.form.get_untracked();
            followed.follow(marked, is_sample);
            if followed != self.form.get_untracked() {
                self.form.set(followed);
            }
        });
        Effect::new(move |_| {
            // A browser that stores nothing forgets the settings with the page: no reason to complain.
            let _ = self.form.with(|form| BrowserStorage::set(STORED, form));
        });
    }

    /// Asks the worker for a plan when what it depends on has changed and the worker has nothing else to do.
    fn keep_plan(self, is_evaluating: Memo<bool>) {
        let run = self.desk.run;
        Effect::new(move |_| {
            let Some(key) = self.plan_key.get() else {
                return;
            };
            let is_busy = self.is_active.get() || is_evaluating.get();
            if is_busy || run.with_untracked(|run| run.planning.is_about(&key)) {
                return;
            }
            if let Ok(timer) = set_timeout_with_handle(move || self.ask_plan(key), PLAN_DELAY) {
                on_cleanup(move || timer.clear());
            }
        });
    }

    fn ask_plan(self, key: PlanKey) {
        let Ok(settings) = self.settings.get_untracked() else {
            return;
        };
        let run = self.desk.run;
        run.update(|run| run.planning = crate::state::run::Planning::Asked(key.clone()));
        let dataset = self.desk.project.with_untracked(|project| project.dataset.clone());
        self.desk.ask_model(Command::Plan { dataset, settings }, &[], move |event, _, _| {
            let answer = match event {
                Event::Planned(plan) => Ok(plan),
                Event::Failed { message } => Err(message),
                _ => return,
            };
            run.update(|run| run.planning.answer(&key, answer));
        });
    }

    /// Asks the worker how fast a run would be, once it is planned and the worker has nothing else to do.
    fn keep_pace(self, is_evaluating: Memo<bool>) {
        let run = self.desk.run;
        let is_planned = Memo::new(move |_| self.plan().is_some());
        Effect::new(move |_| {
            let Some(key) = self.pace_key.get().filter(|_| is_planned.get()) else { return };
            let is_busy = self.is_active.get() || is_evaluating.get();
            if is_busy || run.with_untracked(|run| run.pacing.is_about(&key)) {
                return;
            }
            if let Ok(timer) = set_timeout_with_handle(move || self.ask_pace(key), PLAN_DELAY) {
                on_cleanup(move || timer.clear());
            }
        });
    }

    fn ask_pace(self, key: PaceKey) {
        let Ok(settings) = self.settings.get_untracked() else { return };
        let run = self.desk.run;
        run.update(|run| run.pacing = Pacing::Asked(key.clone()));
        let dataset = self.desk.project.with_untracked(|project| project.dataset.clone());
        self.desk.ask_model(Command::MeasurePace { dataset, settings }, &[], move |event, _, _| {
            let answer = match event {
                Event::PaceMeasured(pace) => Some(pace),
                Event::Failed { .. } => None,
                _ => return,
            };
            run.update(|run| run.pacing.answer(&key, answer));
        });
    }

    /// The plan for the settings as they stand.
    pub fn plan(self) -> Option<Plan> {
        let (key, settings) = (self.plan_key.get()?, self.settings.get().ok()?);
        self.desk.run.with(|run| run.planning.plan(&key, &settings))
    }

    /// The runs that are drawn beside the newest, in the order in which they were chosen.
    pub fn compared(self) -> Memo<Vec<PastRun>> {
        Memo::new(move |_| {
            let ids = self.compared_ids.get();
            self.desk.runs.with(|runs| ids.iter().filter_map(|id| runs.get(id).cloned()).collect())
        })
    }

    /// Whether the head is drawn anew before the run.
    pub fn draws_head(self) -> bool {
        let is_fresh =
            |model: &ModelState| model.info().is_none_or(|info| matches!(info.head, HeadOrigin::Fresh { .. }));
        self.form.with(|form| form.preset.needs_fresh_head()) && !self.desk.model.with(is_fresh)
    }

    /// Starts a run, where one can be started.
    pub fn start(self) {
        let (desk, data) = (self.desk, self.data.get_untracked());
        let (Ok(settings), None, false) =
            (self.settings.get_untracked(), self.obstacle.get_untracked(), self.is_active.get_untracked())
        else {
            return;
        };
        let fresh_head = match desk.model.with_untracked(|model| model.info().map(|info| info.head)) {
            _ if untrack(|| self.draws_head()) => Some(settings.seed),
            Some(HeadOrigin::Fresh { seed }) => Some(seed),
            _ => None,
        };
        desk.run.update(|run| {
            run.start(settings, self.parameters());
            run.id = js_sys::Date::now().to_string();
            run.data = fingerprint_text(data.fingerprint);
            run.fresh_head = fresh_head;
        });
        training::begin(desk, Begin::Anew, self.keep_every());
    }

    fn parameters(self) -> usize {
        self.desk.model.with_untracked(|model| model.info().map_or(0, |info| info.parameters))
    }

    fn keep_every(self) -> usize {
        self.form.with_untracked(Form::keep_every)
    }

    /// Lets the run wait after the micro-batch that is computed, a checkpoint kept.
    pub fn pause(self) {
        self.desk.run.update(Run::ask_to_pause);
        if self.desk.run.with_untracked(|run| run.pausing) {
            self.desk.ask_model(Command::Pause, &[], |_, _, _| {});
        }
    }

    /// Lets a run that waits go on, or takes up the one that the browser keeps.
    pub fn resume(self) {
        let desk = self.desk;
        if desk.run.with_untracked(|run| run.status == RunStatus::Paused) {
            desk.ask_model(Command::GoOn, &[], |_, _, _| {});
        } else {
            training::take_up(desk, self.keep_every());
        }
    }

    /// Why the kept run cannot go on; `None` where it can, or where none is kept.
    pub fn kept_mismatch(self) -> Option<String> {
        let data = fingerprint_text(self.data.get().fingerprint);
        let model = self.desk.model.with(|model| model.info().map(|info| info.name.clone()));
        self.desk.run.with(|run| Run::mismatch(run.kept.as_ref()?, model.as_deref(), &data))
    }

    /// Drops the kept run.
    pub fn forget(self) {
        let run = self.desk.run;
        self.desk.ask_model(Command::Forget, &[], move |event, _, _| {
            if let Event::Kept { run: kept } = event {
                run.update(|run| run.kept = kept);
            }
        });
    }

    /// Makes the run that ended longer by the epochs that are set.
    pub fn train_more(self) {
        let (desk, Ok(settings)) = (self.desk, self.settings.get_untracked()) else { return };
        let can = desk.run.with_untracked(Run::can_train_more) && self.obstacle.with_untracked(Option::is_none);
        if can {
            desk.run.update(|run| run.ask_for_more(settings.epochs));
            training::begin(desk, Begin::More(settings.epochs), self.keep_every());
        }
    }

    /// Ends the run after the micro-batch that is computed, and keeps what was trained.
    pub fn stop(self) {
        let was_stopping = self.desk.run.with_untracked(|run| run.stopping);
        self.desk.run.update(Run::ask_to_stop);
        if self.is_active.get_untracked() && !was_stopping {
            self.desk.ask_model(Command::Stop, &[], |_, _, _| {});
        }
    }
}
