//! What every view shares: the state as signals, and the two workers.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::client::{Client, runnable_builds};
use crate::protocol::{Command, Event, ModelSource};
use crate::state::asking::Asking;
use crate::state::evaluation::Evaluation;
use crate::state::model::{ModelState, WorkerState};
use crate::state::project::Project;
use crate::state::route::Route;
use crate::state::run::Run;
use crate::state::shelf::Shelf;

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
    /// The projects of this browser.
    pub shelf: RwSignal<Shelf>,
    /// The newest fine-tuning run.
    pub run: RwSignal<Run>,
    /// Questions asked.
    pub asking: RwSignal<Asking>,
    /// The newest evaluation.
    pub evaluation: RwSignal<Evaluation>,
    model_worker: StoredValue<Client, LocalStorage>,
    data_worker: StoredValue<Client, LocalStorage>,
}

impl Desk {
    /// Starts the workers and begins to load the default model.
    pub fn start() -> Self {
        let worker = RwSignal::new(WorkerState::default());
        let model_worker = Client::start("model", runnable_builds(), move |state| worker.set(state));
        let data_worker = Client::start("data", vec!["baseline"], |_| {});
        let desk = Self {
            route: RwSignal::new(Route::default()),
            worker,
            model: RwSignal::new(ModelState::default()),
            project: RwSignal::new(Project::default()),
            shelf: RwSignal::new(Shelf::default()),
            run: RwSignal::new(Run::default()),
            asking: RwSignal::new(Asking::default()),
            evaluation: RwSignal::new(Evaluation::default()),
            model_worker: StoredValue::new_local(model_worker),
            data_worker: StoredValue::new_local(data_worker),
        };
        desk.load_model(ModelSource::Folder { url: "./models/default/".to_owned(), name: "MiniLM-L6".to_owned() }, &[]);
        desk
    }

    /// The desk that the app provides to its views.
    pub fn get() -> Self {
        expect_context()
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

    /// Sends a command to the data role, which answers even while a model is trained.
    pub fn ask_data(
        &self,
        command: Command,
        attachments: &[JsValue],
        on_event: impl FnMut(Event, Vec<JsValue>, bool) + 'static,
    ) {
        self.data_worker.with_value(|worker| worker.send(command, attachments, on_event));
    }

    /// Loads another model; files go as attachments.
    pub fn load_model(&self, source: ModelSource, files: &[JsValue]) {
        let name = match &source {
            ModelSource::Folder { name, .. } => name.clone(),
            ModelSource::Files { .. } => "your model".to_owned(),
            ModelSource::Hub { id, .. } => id.clone(),
        };
        let before = self.model.get_untracked();
        self.model.set(ModelState::Loading { name: name.clone(), loaded: 0, total: None });
        let model = self.model;
        self.ask_model(Command::LoadModel { source }, files, move |event, _, _| match event {
            Event::Progress { loaded, total, .. } => {
                model.set(ModelState::Loading { name: name.clone(), loaded, total });
            }
            Event::ModelLoaded { info } => model.set(ModelState::Ready(info)),
            // The worker keeps the model that it had; the view that asked shows why.
            Event::Failed { message } => model.set(match &before {
                ModelState::Ready(info) => ModelState::Kept { info: info.clone(), message },
                _ => ModelState::Failed { message },
            }),
            _ => {}
        });
    }

    /// Draws the question-answering head anew; drops what was trained.
    pub fn fresh_head(&self, seed: u64) {
        let model = self.model;
        self.ask_model(Command::FreshHead { seed }, &[], move |event, _, _| match event {
            Event::ModelLoaded { info } => model.set(ModelState::Ready(info)),
            Event::Failed { message } => model.update(|model| {
                if let Some(info) = model.info().cloned() {
                    *model = ModelState::Kept { info, message };
                }
            }),
            _ => {}
        });
    }
}
