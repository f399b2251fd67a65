//! Keeps the open project in this browser's private files: soon after every change, and at once when the page is hidden.
//!
//! A change is written at once, or [`APART_MS`] after the writing before it began, so that a tab that dies loses less than a second.
//! What is written is decided by [`Keeper`]; only the tab that has the project's lock writes.

mod files;
mod opening;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::storage::{LocalStorage as Remembered, Storage};
use gloo::timers::callback::Timeout;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::desk::Desk;
use crate::browser::error_text;
use crate::browser::lock::{self, Ask, Lock};
use crate::browser::time::sleep_ms;
use crate::state::project::Project;
use crate::state::project::keeping::{Keeper, Write};
use crate::state::shelf::{Access, Entry, Saved, Shelf};
use files::Folder;
use opening::{assemble, lists, sweep};

/// Key in the browser's storage: the project that was open last.
const LAST: &str = "spanwise.project";

/// Milliseconds from a change to its writing: what one press of a key or button changes is written together.
const SOON_MS: u32 = 20;

/// Milliseconds from the beginning of one writing to that of the next: letters typed meanwhile are written together.
const APART_MS: u32 = 250;

/// Milliseconds after which a failed writing is tried again.
const AGAIN_MS: u32 = 5_000;

/// The handle that the shell provides to its parts.
pub type Keeping = StoredValue<Keep, leptos::prelude::LocalStorage>;

/// Keeps projects. A copy is a handle to the same.
#[derive(Clone)]
pub struct Keep(Rc<Inner>);

struct Inner {
    desk: Desk,
    folder: RefCell<Option<Folder>>,
    keeper: RefCell<Keeper>,
    lock: RefCell<Option<Lock>>,
    timer: RefCell<Option<Timeout>>,
    is_dirty: Cell<bool>,
    is_writing: Cell<bool>,
    /// When the newest writing began, in milliseconds.
    began_ms: Cell<f64>,
    /// Counts openings, so that a lock lost late is not taken for the newest.
    opening: Cell<u32>,
}

/// A name that no other project or visit has.
fn fresh_name() -> String {
    let (time, chance) = (js_sys::Date::now(), js_sys::Math::random());
    format!("{:x}-{:x}", time as u64, (chance * f64::from(u32::MAX)) as u32)
}

impl Keep {
    /// Brings back the project that was open last, and keeps every change from then on.
    pub fn start(desk: Desk) -> Self {
        let keep = Self(Rc::new(Inner {
            desk,
            folder: RefCell::default(),
            keeper: RefCell::default(),
            lock: RefCell::default(),
            timer: RefCell::default(),
            is_dirty: Cell::new(false),
            is_writing: Cell::new(false),
            began_ms: Cell::new(0.0),
            opening: Cell::new(0),
        }));
        keep.listen();
        let restored = keep.clone();
        spawn_local(async move { restored.restore().await });
        keep
    }

    fn listen(&self) {
        let keep = self.clone();
        let desk = self.0.desk;
        Effect::new(move |_| {
            desk.project.track();
            keep.changed();
        });
        let keep = self.clone();
        let _ = window_event_listener(ev::visibilitychange, move |_| keep.write_now());
        let keep = self.clone();
        let _ = window_event_listener(ev::pagehide, move |_| keep.write_now());
    }

    async fn restore(&self) {
        let desk = self.0.desk;
        self.make_way();
        let Ok(projects) = Folder::projects().await else {
            return self.arrive(true, Keeper::new(&fresh_name()), Project::default());
        };
        let mut entries = Vec::new();
        for id in projects.names().await.unwrap_or_default() {
            if let Ok(folder) = projects.folder(&id).await
                && let Some(list) = lists(&folder).await.into_iter().next()
            {
                entries.push(Entry { id, name: list.name });
            }
        }
        let last = Remembered::get::<String>(LAST).unwrap_or_default();
        let known = entries.iter().find(|entry| entry.id == last).or(entries.first()).map(|entry| entry.id.clone());
        desk.shelf.update(|shelf| shelf.entries = entries);
        match known {
            Some(id) => self.open_as(id, Ask::IfFree).await,
            None => self.begin().await,
        }
    }

    /// Opens a project that is kept.
    pub fn open(&self, id: String) {
        self.leave(async move |keep| keep.open_as(id, Ask::IfFree).await);
    }

    /// Begins a new project.
    pub fn begin_new(&self) {
        self.leave(async |keep| keep.begin().await);
    }

    /// Takes the open project over from the tab that has it, as that tab kept it.
    pub fn take_over(&self) {
        let keep = self.clone();
        let id = self.0.desk.shelf.with_untracked(|shelf| shelf.open.clone());
        spawn_local(async move {
            keep.make_way();
            keep.open_as(id, Ask::TakeOver).await;
        });
    }

    /// Deletes the open project, and opens another or begins a new one.
    pub fn delete(&self) {
        if self.is_opening() {
            return;
        }
        self.0.desk.draft.set(None);
        self.make_way();
        let keep = self.clone();
        spawn_local(async move {
            keep.wait_for_writing().await;
            keep.forget_changes();
            keep.0.desk.leave_project();
            let id = keep.0.desk.shelf.with_untracked(|shelf| shelf.open.clone());
            if let Ok(projects) = Folder::projects().await {
                // A project that was never kept has no folder.
                let _ = projects.remove(&id).await;
            }
            keep.0.desk.shelf.update(|shelf| shelf.entries.retain(|entry| entry.id != id));
            match keep.0.desk.shelf.with_untracked(|shelf| shelf.others().into_iter().next()) {
                Some(next) => keep.open_as(next.id, Ask::IfFree).await,
                None => keep.begin().await,
            }
        });
    }

    /// Goes on to another project once all of this one is written. Where that fails, the page says so, and nothing is given up.
    fn leave(&self, go_on: impl AsyncFnOnce(&Self) + 'static) {
        if self.is_opening() {
            return;
        }
        // What cannot be saved stays behind with its project.
        let _ = self.0.desk.save_draft();
        self.0.desk.draft.set(None);
        // Of a change of this very moment nobody has heard yet.
        self.0.is_dirty.set(true);
        let before = self.0.desk.shelf.with_untracked(|shelf| shelf.access);
        self.make_way();
        let keep = self.clone();
        spawn_local(async move {
            if keep.settle().await {
                keep.0.desk.leave_project();
                go_on(&keep).await;
            } else {
                keep.0.desk.shelf.update(|shelf| shelf.access = before);
                keep.0.desk.project.update(|project| project.is_read_only = before != Access::Here);
            }
        });
    }

    fn is_opening(&self) -> bool {
        self.0.desk.shelf.with_untracked(|shelf| shelf.access == Access::Opening)
    }

    /// From here on nothing is changed, until another project has arrived: it would be lost.
    fn make_way(&self) {
        self.0.desk.shelf.update(|shelf| shelf.access = Access::Opening);
        self.0.desk.project.update(|project| project.is_read_only = true);
    }

    /// Shows a project; `has_lock` tells whether this tab got its lock, which may be lost again by now.
    fn arrive(&self, has_lock: bool, keeper: Keeper, mut project: Project) {
        let has_folder = self.0.folder.borrow().is_some();
        let access = match self.0.lock.borrow().is_some() || !has_folder {
            true => Access::Here,
            false if has_lock => Access::TakenOver,
            false => Access::Elsewhere,
        };
        project.is_read_only = access != Access::Here;
        self.0.keeper.replace(keeper);
        self.0.desk.shelf.update(|shelf| {
            shelf.access = access;
            shelf.saved = match project.is_empty() {
                _ if !has_folder => Saved::NoStorage,
                true => Saved::Nothing,
                false => Saved::Saved,
            };
        });
        self.0.desk.project.set(project);
    }

    async fn begin(&self) {
        let has_lock = self.enter(fresh_name(), Ask::IfFree).await;
        self.arrive(has_lock, Keeper::new(&fresh_name()), Project::default());
    }

    /// Takes the lock and the folder of a project. Returns whether this tab may write.
    async fn enter(&self, id: String, ask: Ask) -> bool {
        let number = self.0.opening.get() + 1;
        self.0.opening.set(number);
        self.0.lock.take();
        let lost = self.clone();
        let lock = lock::take_patiently(&format!("spanwise-project-{id}"), ask, move || lost.lose(number)).await;
        let has_lock = lock.is_some();
        self.0.lock.replace(lock);
        let folder = match Folder::projects().await {
            Ok(projects) => projects.folder(&id).await.ok(),
            Err(_) => None,
        };
        self.0.folder.replace(folder);
        // Storage may be forbidden: then another project opens the next time.
        let _ = Remembered::set(LAST, &id);
        self.0.desk.shelf.update(|shelf| shelf.open = id);
        has_lock
    }

    fn lose(&self, number: u32) {
        if self.0.opening.get() == number && self.0.lock.take().is_some() && !self.is_opening() {
            self.0.desk.shelf.update(|shelf| shelf.access = Access::TakenOver);
            self.0.desk.project.update(|project| project.is_read_only = true);
        }
    }

    async fn open_as(&self, id: String, ask: Ask) {
        let has_lock = self.enter(id, ask).await;
        let folder = self.0.folder.borrow().clone();
        let found = match &folder {
            Some(folder) => assemble(folder).await,
            None => None,
        };
        let (keeper, project) = match found {
            Some((list, mut project)) => (Keeper::after(&list, &mut project, &fresh_name()), project),
            None => (Keeper::new(&fresh_name()), Project::default()),
        };
        if let Some(folder) = folder.filter(|_| has_lock) {
            // Before anything is written: a new piece is in no list yet.
            sweep(&folder).await;
        }
        self.arrive(has_lock, keeper, project);
    }

    /// Writes soon.
    fn changed(&self) {
        if self.is_opening() {
            return;
        }
        self.0.is_dirty.set(true);
        self.write_soon();
        if self.is_due() {
            self.0.desk.shelf.update(Shelf::note_change);
        }
    }

    /// Whether something is left to be written, and may be.
    fn is_due(&self) -> bool {
        let has_place = self.0.is_dirty.get() && self.0.lock.borrow().is_some();
        let is_empty = || self.0.desk.project.with_untracked(Project::is_empty);
        has_place && !(self.0.keeper.borrow().is_new() && is_empty())
    }

    fn write_soon(&self) {
        // A clock that was set back makes nobody wait longer.
        let since = (js_sys::Date::now() - self.0.began_ms.get()).max(0.0) as u32;
        self.write_in(APART_MS.saturating_sub(since).max(SOON_MS));
    }

    fn write_in(&self, ms: u32) {
        if self.0.timer.borrow().is_none() {
            let keep = self.clone();
            self.0.timer.replace(Some(Timeout::new(ms, move || keep.write_now())));
        }
    }

    fn write_now(&self) {
        self.0.timer.take();
        if self.0.is_writing.get() || !self.is_due() {
            return;
        }
        let desk = self.0.desk;
        self.0.is_dirty.set(false);
        self.0.is_writing.set(true);
        self.0.began_ms.set(js_sys::Date::now());
        let keep = self.clone();
        spawn_local(async move {
            desk.shelf.update(|shelf| shelf.saved = Saved::Saving);
            let written = keep.write().await;
            keep.0.is_writing.set(false);
            match written {
                Ok(()) => {
                    let name = desk.project.with_untracked(|project| project.name.clone());
                    let is_dirty = keep.0.is_dirty.get();
                    desk.shelf.update(|shelf| {
                        shelf.note(&name);
                        if is_dirty {
                            shelf.note_change();
                        }
                    });
                    if is_dirty {
                        keep.write_soon();
                    }
                }
                Err(message) => {
                    desk.project.update_untracked(|project| keep.0.keeper.borrow_mut().forget(project));
                    desk.shelf.update(|shelf| shelf.saved = Saved::Failed { message });
                    keep.0.is_dirty.set(true);
                    keep.write_in(AGAIN_MS);
                }
            }
        });
    }

    async fn write(&self) -> Result<(), String> {
        let Some(folder) = self.0.folder.borrow().clone() else { return Err("there is no storage".to_owned()) };
        loop {
            // Another tab may have taken over meanwhile.
            if self.0.lock.borrow().is_none() {
                return Ok(());
            }
            let next = self.0.desk.project.try_update_untracked(|project| self.0.keeper.borrow_mut().next(project));
            match next {
                None => return Ok(()),
                Some(Write::Piece { file, content }) => {
                    folder.write(&file, &content).await.map_err(|error| error_text(&error))?;
                }
                Some(Write::List { slot, content, garbage }) => {
                    folder.write(slot, &content).await.map_err(|error| error_text(&error))?;
                    for file in garbage {
                        // What stays is swept away the next time.
                        let _ = folder.remove(&file).await;
                    }
                    return Ok(());
                }
            }
        }
    }

    /// Waits until everything is written; returns whether it is.
    async fn settle(&self) -> bool {
        self.write_now();
        self.wait_for_writing().await;
        self.write_now();
        self.wait_for_writing().await;
        let has_failed = self.0.desk.shelf.with_untracked(|shelf| matches!(shelf.saved, Saved::Failed { .. }));
        if has_failed && self.0.lock.borrow().is_some() {
            return false;
        }
        self.forget_changes();
        true
    }

    /// Nothing of the project is left to be written.
    fn forget_changes(&self) {
        self.0.timer.take();
        self.0.is_dirty.set(false);
    }

    async fn wait_for_writing(&self) {
        while self.0.is_writing.get() {
            sleep_ms(20).await;
        }
    }
}
