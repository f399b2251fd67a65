//! What the parts of the Data view share, and what several of them do.

use gloo::storage::{LocalStorage as Remembered, Storage};
use leptos::html;
use leptos::prelude::*;
use leptos::task::{spawn_local, tick};

use super::columns::Asked;
use super::selection;
use crate::app::desk::Desk;
use crate::app::shell::focus;
use crate::squad::check::{Finding, FindingKind};
use crate::state::project::edits::Marked;
use crate::state::project::texts::Draft;
use crate::state::project::{Place, Project, Span, spans};
use crate::state::route::Route;
use crate::state::words::data as words;

/// Key in the browser's storage: whether selections snap to words.
const SNAPS: &str = "spanwise.snap-to-words";

/// What just happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// Something small.
    Said(String),
    /// Text is there, and can be asked about.
    Arrived(String),
    /// Files are being read.
    Reading {
        /// Their name.
        name: String,
        /// Bytes that are done.
        loaded: u64,
        /// Of how many; `None` until that is known.
        total: Option<u64>,
    },
    /// Something could not be done.
    Failed(String),
    /// A file could not be read.
    NotRead {
        /// Its name.
        name: String,
        /// What is wrong with it, and where.
        message: String,
    },
}

/// The Data view's own state. A copy is a handle to the same state.
#[derive(Clone, Copy)]
pub struct Bench {
    /// The page's state.
    pub desk: Desk,
    /// What is worked on.
    pub project: RwSignal<Project>,
    /// The paragraph that is shown, and the question that is chosen.
    pub place: Memo<Place>,
    /// Whether the project is only read here.
    pub is_read_only: Memo<bool>,
    /// Whether what is shown is held back, and so only read.
    pub is_held_back: Memo<bool>,
    /// Either.
    pub is_locked: Memo<bool>,
    /// The region that shows the text.
    pub region: NodeRef<html::Div>,
    /// What was selected last in the text that is shown.
    pub selected: RwSignal<Option<Span>>,
    /// Whether a selection is widened to whole words.
    pub snaps: RwSignal<bool>,
    /// The text as it is being edited; `None` while it is not.
    pub draft: RwSignal<Option<Draft>>,
    /// Text in the field for pasted text.
    pub pasted: RwSignal<String>,
    /// What just happened.
    pub notice: RwSignal<Option<Notice>>,
    /// Whether the person ended the reading.
    pub is_cancelled: StoredValue<bool>,
    /// A table whose columns are asked for.
    pub asked: RwSignal<Option<Asked>, LocalStorage>,
}

impl Bench {
    /// The state of a view that was just opened.
    pub fn new() -> Self {
        let desk = Desk::get();
        let project = desk.project;
        let place = Memo::new(move |_| project.with(|project| project.place));
        let selected = RwSignal::new(None);
        let snaps = RwSignal::new(Remembered::get(SNAPS).unwrap_or(false));
        Effect::new(move |_| {
            // Storage may be forbidden: the choice then lasts as long as the page.
            let _ = Remembered::set(SNAPS, snaps.get());
        });
        let draft = desk.draft;
        let notice = RwSignal::new(None);
        Effect::new(move |before: Option<Place>| {
            let here = place.get();
            if before.is_some_and(|before| !before.is_beside(here)) {
                selected.set(None);
            }
            if draft.with_untracked(|draft| draft.as_ref().is_some_and(|draft| !draft.place.is_beside(here))) {
                // Whoever goes on to another text has not thrown the words away.
                if let Err(unsaved) = desk.save_draft() {
                    notice.set(Some(Notice::Failed(words::unsaved(unsaved).to_owned())));
                }
            }
            here
        });
        let is_read_only = Memo::new(move |_| project.with(|project| project.is_read_only));
        let is_held_back = Memo::new(move |_| place.get().is_held_back());
        Self {
            desk,
            project,
            place,
            is_read_only,
            is_held_back,
            is_locked: Memo::new(move |_| is_read_only.get() || is_held_back.get()),
            region: NodeRef::new(),
            selected,
            snaps,
            draft,
            pasted: RwSignal::new(String::new()),
            notice,
            is_cancelled: StoredValue::new(false),
            asked: RwSignal::new_local(None),
        }
    }

    /// The state that the view provides to its parts.
    pub fn get() -> Self {
        expect_context()
    }

    /// Says what just happened. Replies may come after the view is gone: then nobody listens.
    pub fn say(&self, notice: Notice) {
        let _ = self.notice.try_set(Some(notice));
    }

    /// What is selected in the text right now, or was last.
    fn selection(&self) -> Option<Span> {
        let now = self.region.get_untracked().and_then(|region| selection::units(&region));
        now.and_then(|(start, end)| self.span(start, end)).or_else(|| self.selected.get_untracked())
    }

    /// The characters of a selection in UTF-16 units: whole grapheme clusters, and whole words with the switch.
    pub fn span(&self, start: usize, end: usize) -> Option<Span> {
        let snaps = self.snaps.get_untracked();
        self.project.with_untracked(|project| {
            let context = &project.paragraph()?.context;
            let span = spans::from_utf16(context, start, end).filter(|span| span.start < span.end)?;
            let span = spans::to_graphemes(context, span);
            Some(if snaps { spans::to_words(context, span) } else { span })
        })
    }

    /// Opens the Ask view with what is selected as the text to ask about.
    pub fn ask_about_selection(&self) {
        let text = self.selection().and_then(|span| {
            self.project.with_untracked(|project| {
                let (_, text) = spans::trim(&project.paragraph()?.context, span)?;
                Some(text.to_owned())
            })
        });
        match text {
            Some(text) => {
                self.desk.asking.update(|asking| asking.type_context(text));
                // The hash is the page's own: nothing is left to try where it may not be set.
                let _ = window().location().set_hash(Route::Ask.hash());
            }
            None => self.notice.set(Some(Notice::Said(words::NOTHING_TO_ASK.to_owned()))),
        }
    }

    /// Opens the text that is shown for editing.
    pub fn edit_text(&self) {
        self.draft.set(self.project.with_untracked(Project::draft));
        spawn_local(async {
            tick().await;
            focus("#text-draft");
        });
    }

    /// Takes the edited text over, and says what became of its answers.
    pub fn save_text(&self) {
        match self.desk.save_draft() {
            Ok(edited) => {
                self.notice.set(edited.map(|edited| Notice::Said(words::edited(edited))));
                self.close_draft();
            }
            Err(unsaved) => self.notice.set(Some(Notice::Failed(words::unsaved(unsaved).to_owned()))),
        }
    }

    /// Leaves the text as it was.
    pub fn close_draft(&self) {
        self.draft.set(None);
        self.selected.set(None);
        spawn_local(async {
            tick().await;
            focus(".context");
        });
    }

    /// Makes what is selected an answer of the chosen question.
    pub fn mark(&self) {
        if self.refuses() {
            return;
        }
        let span = self.selection().unwrap_or_default();
        let marked = self.project.try_update(|project| project.mark(span)).unwrap_or(Marked::Nothing);
        self.notice.set(words::marked(marked).map(|text| Notice::Said(text.to_owned())));
        match marked {
            Marked::Nothing | Marked::HeldBack => {}
            Marked::WithNewQuestion => {
                self.selected.set(None);
                self.focus_question();
            }
            Marked::Added | Marked::AlreadyThere => self.selected.set(None),
        }
    }

    /// Whether the project may not be changed, which is then said.
    fn is_only_read(&self) -> bool {
        let is_read_only = self.is_read_only.get_untracked();
        if is_read_only {
            self.notice.set(Some(Notice::Said(words::READ_ONLY.to_owned())));
        }
        is_read_only
    }

    /// Whether what is shown may not be changed, which is then said.
    pub fn refuses(&self) -> bool {
        if self.is_only_read() {
            return true;
        }
        let refuses = self.is_held_back.get_untracked();
        if refuses {
            self.notice.set(Some(Notice::Said(words::HELD_BACK_LOCKED.to_owned())));
        }
        refuses
    }

    /// Adds a question and puts the cursor into it.
    pub fn new_question(&self) {
        if self.refuses() {
            return;
        }
        self.project.update(|project| {
            project.new_question();
        });
        self.notice.set(None);
        self.focus_question();
    }

    /// Puts the cursor into the words of the chosen question, once it is drawn.
    pub fn focus_question(&self) {
        let Some(question) = self.place.get_untracked().question else { return };
        spawn_local(async move {
            tick().await;
            focus(&format!("#question-{question}"));
        });
    }

    /// Turns "no answer" of the chosen question on or off.
    pub fn toggle_no_answer(&self) {
        if self.refuses() {
            return;
        }
        self.project.update(|project| {
            let has_none = project.question().is_some_and(crate::squad::schema::Question::is_unanswerable);
            if let Some(question) = project.place.question {
                project.set_no_answer(question, !has_none);
            }
        });
    }

    /// Applies the repairs of these findings.
    pub fn repair(&self, findings: &[Finding]) {
        if self.is_only_read() {
            return;
        }
        let mended = self.project.try_update(|project| project.repair(findings)).unwrap_or_default();
        self.notice.set(Some(Notice::Said(words::repaired(mended))));
    }

    /// Repairs everything of a kind.
    pub fn repair_all(&self, kind: FindingKind) {
        if self.is_only_read() {
            return;
        }
        let mended = self.project.try_update(|project| project.repair_all(kind)).unwrap_or_default();
        self.notice.set(Some(Notice::Said(words::repaired(mended))));
    }

    /// Takes the last step back.
    pub fn undo(&self) {
        if self.is_only_read() {
            return;
        }
        let undone = self.project.try_update(Project::undo).flatten();
        self.notice.set(undone.map(|what| Notice::Said(format!("Undone: {what}."))));
    }

    /// Makes the undone step again.
    pub fn redo(&self) {
        if self.is_only_read() {
            return;
        }
        let made = self.project.try_update(Project::redo).flatten();
        self.notice.set(made.map(|what| Notice::Said(format!("Made again: {what}."))));
    }

    /// Shows a paragraph and chooses a question.
    pub fn go_to(&self, place: Place) {
        self.project.update(|project| project.go_to(place));
    }
}
