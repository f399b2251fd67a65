//! What every view shares: the state as signals, and the two workers.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::client::{Client, runnable_builds};
use super::runs;
use super::training::{self, Training};
use crate::browser::time::sleep_ms;
use crate::protocol::{Begin, Command, Event, ModelInfo, ModelSource};
use crate::state::asking::Asking;
use crate::state::evaluation::Evaluation;
use crate::state::model::{ModelState, Weights, WorkerState};
use crate::state::project::Project;
use crate::state::project::texts::{Draft, Edited, Unsaved};
use crate::state::route::Route;
use crate::state::run::Run;
use crate::state::run::history::History;
use crate::state::shelf::{Access, Shelf};

/// Workers that may die before a model is loaded.
const LOSSES_MAX: usize = 3;

/// The state of the page and the ways to change it. A copy is a handle to the same state.
#[derive(Clone, Copy)]
pub struct Desk {
    /// The view that is shown.
    pub route: RwSignal<Route>,
    /// The model role's worker.
    pub worker: RwSignal<WorkerState>,
    /// The model.
    pub model: RwSignal<ModelState>,
    /// Documents, questions, answers.
    pub project: RwSignal<Project>,
    /// A text of the project as it is being edited; `None` while none is.
    pub draft: RwSignal<Option<Draft>>,
    /// The projects of this browser.
    pub shelf: RwSignal<Shelf>,
    /// The newest fine-tuning run.
    pub run: RwSignal<Run>,
    /// Runs that ended.
    pub runs: RwSignal<History>,
    /// Questions asked.
    pub asking: RwSignal<Asking>,
    /// The newest evaluation.
    pub evaluation: RwSignal<Evaluation>,
    /// How often the model has become another in this visit.
    pub revision: RwSignal<usize>,
    /// What the run that is going on needs.
    pub training: StoredValue<Option<Training>, LocalStorage>,
    /// Where the model came from, with its files.
    source: StoredValue<Option<(ModelSource, Vec<JsValue>)>, LocalStorage>,
    /// The model that the worker has, also while another is on its way.
    held: StoredValue<Option<ModelInfo>>,
    /// Workers that died since a model was loaded.
    losses: StoredValue<usize>,
    model_worker: StoredValue<Client, LocalStorage>,
    data_worker: StoredValue<Client, LocalStorage>,
}

impl Desk {
    /// Starts the workers and begins to load the default model.
    pub fn start() -> Self {
        let worker = RwSignal::new(WorkerState::default());
        let model_worker = Client::start("model", runnable_builds(), move |state| worker.set(state));
        let data_worker = Client::start("data", vec!["reader"], |_| {});
        let desk = Self {
            route: RwSignal::new(Route::default()),
            worker,
            model: RwSignal::new(ModelState::default()),
            project: RwSignal::new(Project::default()),
            draft: RwSignal::new(None),
            shelf: RwSignal::new(Shelf::default()),
            run: RwSignal::new(Run::default()),
            runs: RwSignal::new(runs::load()),
            asking: RwSignal::new(Asking::default()),
            evaluation: RwSignal::new(Evaluation::default()),
            revision: RwSignal::new(0),
            training: StoredValue::new_local(None),
            source: StoredValue::new_local(None),
            held: StoredValue::new(None),
            losses: StoredValue::new(0),
            model_worker: StoredValue::new_local(model_worker),
            data_worker: StoredValue::new_local(data_worker),
        };
        desk.model_worker.with_value(|worker| worker.replace_lost(move |why| desk.lose_worker(why)));
        desk.data_worker.with_value(|worker| worker.replace_lost(|_| {}));
        desk.load_model(ModelSource::Folder { url: "./models/default/".to_owned(), name: "MiniLM-L6".to_owned() }, &[]);
        desk
    }

    /// The desk that the app provides to its views.
    pub fn get() -> Self {
        expect_context()
    }

    /// The project that is open, once it is.
    pub async fn opened(&self) -> String {
        while self.shelf.with_untracked(|shelf| shelf.access == Access::Opening) {
            sleep_ms(20).await;
        }
        self.shelf.with_untracked(|shelf| shelf.open.clone())
    }

    /// Takes the edited text over, if one is, and closes it.
    ///
    /// # Errors
    /// Where it can no longer be taken over: then it stays as it is.
    pub fn save_draft(&self) -> Result<Option<Edited>, Unsaved> {
        let Some(draft) = self.draft.get_untracked() else { return Ok(None) };
        let edited = self.project.try_update(|project| project.save_draft(&draft)).unwrap_or(Ok(None))?;
        self.draft.set(None);
        Ok(edited)
    }

    /// Sends a command to the model role; `on_event` hears its replies: event, attachments, whether it is the last.
    pub fn ask_model(
        &self,
        command: Command,
        attachments: &[JsValue],
        on_event: impl FnMut(Event, Vec<JsValue>, bool) + 'static,
    ) {
        self.model_worker.with_value(|worker| worker.send(command, attachments, on_event));
    }

    /// The worker has another model now, or other weights in it.
    pub fn take_model(&self, info: ModelInfo) {
        self.held.set_value(Some(info.clone()));
        self.revision.update(|revision| *revision += 1);
        self.model.set(ModelState::Ready(info));
    }

    /// The weights that answer now.
    pub fn weights(&self) -> Weights {
        let is_changing = self.run.with(|run| run.is_active() && !run.steps.is_empty());
        let is_trained = is_changing || self.model.with(ModelState::is_trained);
        Weights { revision: self.revision.get(), is_trained }
    }

    /// Asks the person before a model that was trained here makes way; there is nothing to ask where none was.
    pub fn may_lose_training(&self, question: &str) -> bool {
        !self.model.with_untracked(ModelState::is_trained) || window().confirm_with_message(question).unwrap_or(true)
    }

    /// Forgets what was asked and measured in a project that another takes the place of.
    pub fn leave_project(&self) {
        self.asking.update(Asking::forget);
        if self.evaluation.with_untracked(Evaluation::is_active) {
            self.ask_model(Command::Stop, &[], |_, _, _| {});
        }
        self.evaluation.update(Evaluation::forget);
    }

    /// Whether the model's worker died and the next is not ready yet.
    pub fn is_restarting(&self) -> bool {
        self.model_worker.with_value(Client::is_restarting)
    }

    /// Milliseconds since the model's worker was heard.
    pub fn silence_ms(&self) -> f64 {
        self.model_worker.with_value(Client::silence_ms)
    }

    /// Whether it said that it would be silent, and nothing since.
    pub fn is_quiet(&self) -> bool {
        self.model_worker.with_value(Client::is_quiet)
    }

    /// Counts its silence from now on.
    pub fn listen_anew(&self) {
        self.model_worker.with_value(Client::listen_anew);
    }

    /// Ends the model's worker, which gives no sign of life.
    pub fn end_worker(&self, why: &str) {
        self.model_worker.with_value(|worker| worker.end(why));
    }

    /// The model's worker died, and another is being started: loads the model again, and goes on with the run.
    fn lose_worker(self, why: &str) {
        let micro_batch = self.run.with_untracked(|run| run.plan.as_ref().map_or(0, |plan| plan.micro_batch_tokens));
        self.run.update(|run| run.lose_worker(why, micro_batch));
        self.held.set_value(None);
        self.losses.update_value(|losses| *losses += 1);
        if self.losses.get_value() > LOSSES_MAX {
            let message = format!("The worker stopped working ({why}), again and again. Reload the page.");
            self.run.update(|run| run.apply(&Event::Failed { message: message.clone() }));
            self.worker.set(WorkerState::Failed { message });
            return;
        }
        if let Some((source, files)) = self.source.get_value() {
            self.load_model(source, &files);
        }
    }

    /// Sends a command to the data role, which answers even while a model is trained.
    pub fn ask_data(
        &self,
        command: Command,
        attachments: &[JsValue],
        on_event: impl FnMut(Event, Vec<JsValue>, bool) + 'static,
    ) {
        self.data_worker.with_value(|worker| worker.send(command, attachments, on_event));
    }

    /// Ends the data role's worker with what it does and the memory that it holds; another takes its place.
    pub fn replace_reader(&self) {
        self.data_worker.with_value(|worker| worker.end("reading was stopped"));
    }

    /// Loads another model; files go as attachments.
    pub fn load_model(&self, source: ModelSource, files: &[JsValue]) {
        let name = match &source {
            ModelSource::Folder { name, .. } => name.clone(),
            ModelSource::Files { .. } => "your model".to_owned(),
            ModelSource::Hub { id, .. } => id.clone(),
        };
        let was_lost = self.is_restarting();
        let (desk, from) = (*self, (source.clone(), files.to_vec()));
        self.model.set(ModelState::Loading { name: name.clone(), loaded: 0, total: None });
        let model = self.model;
        self.ask_model(Command::LoadModel { source }, files, move |event, _, _| match event {
            Event::Progress { loaded, total, .. } => {
                model.set(ModelState::Loading { name: name.clone(), loaded, total });
            }
            Event::ModelLoaded { info } => {
                desk.source.set_value(Some(from.clone()));
                desk.losses.set_value(0);
                desk.take_model(info);
                if desk.run.with_untracked(Run::is_active) {
                    training::draw_head(desk, Begin::GoOn);
                } else {
                    training::ask_kept(desk, was_lost);
                }
            }
            // The worker keeps the model that it had; the view that asked shows why.
            Event::Failed { message } => {
                if let Some(info) = desk.held.get_value() {
                    model.set(ModelState::Kept { info, message });
                    return;
                }
                // A run whose worker died waits for nothing any more.
                if desk.run.with_untracked(Run::is_active) {
                    training::apply(desk, &Event::Failed { message: message.clone() });
                }
                model.set(ModelState::Failed { message });
            }
            _ => {}
        });
    }

    /// Draws the question-answering head anew; drops what was trained.
    pub fn fresh_head(&self, seed: u64) {
        let (desk, model) = (*self, self.model);
        self.ask_model(Command::FreshHead { seed }, &[], move |event, _, _| match event {
            Event::ModelLoaded { info } => desk.take_model(info),
            Event::Failed { message } => model.update(|model| {
                if let Some(info) = model.info().cloned() {
                    *model = ModelState::Kept { info, message };
                }
            }),
            _ => {}
        });
    }
}
