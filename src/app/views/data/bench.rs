//! What the parts of the Data view share, and what several of them do.

use leptos::html;
use leptos::prelude::*;
use leptos::task::{spawn_local, tick};

use super::selection;
use crate::app::desk::Desk;
use crate::app::shell::focus;
use crate::squad::check::{Finding, FindingKind};
use crate::state::project::edits::Marked;
use crate::state::project::{Place, Project, Span, spans};
use crate::state::words::data as words;

/// What just happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// Something small.
    Said(String),
    /// Text is there, and can be asked about.
    Arrived(String),
    /// A file is being read.
    Reading(String),
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
    /// The region that shows the text.
    pub region: NodeRef<html::Section>,
    /// What was selected last in the text that is shown.
    pub selected: RwSignal<Option<Span>>,
    /// Text in the field for pasted text.
    pub pasted: RwSignal<String>,
    /// What just happened.
    pub notice: RwSignal<Option<Notice>>,
}

impl Bench {
    /// The state of a view that was just opened.
    pub fn new() -> Self {
        let desk = Desk::get();
        let project = desk.project;
        let place = Memo::new(move |_| project.with(|project| project.place));
        let selected = RwSignal::new(None);
        Effect::new(move |before: Option<Place>| {
            let here = place.get();
            if before.is_some_and(|before| !before.is_beside(here)) {
                selected.set(None);
            }
            here
        });
        Self {
            desk,
            project,
            place,
            region: NodeRef::new(),
            selected,
            pasted: RwSignal::new(String::new()),
            notice: RwSignal::new(None),
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
        let now = now.and_then(|(start, end)| {
            self.project.with_untracked(|project| spans::from_utf16(&project.paragraph()?.context, start, end))
        });
        now.filter(|span| span.start < span.end).or_else(|| self.selected.get_untracked())
    }

    /// Makes what is selected an answer of the chosen question.
    pub fn mark(&self) {
        let span = self.selection().unwrap_or_default();
        let marked = self.project.try_update(|project| project.mark(span)).unwrap_or(Marked::Nothing);
        self.notice.set(words::marked(marked).map(|text| Notice::Said(text.to_owned())));
        match marked {
            Marked::Nothing => {}
            Marked::WithNewQuestion => {
                self.selected.set(None);
                self.focus_question();
            }
            Marked::Added | Marked::AlreadyThere => self.selected.set(None),
        }
    }

    /// Adds a question and puts the cursor into it.
    pub fn new_question(&self) {
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
        self.project.update(|project| {
            let has_none = project.question().is_some_and(|question| question.is_unanswerable());
            if let Some(question) = project.place.question {
                project.set_no_answer(question, !has_none);
            }
        });
    }

    /// Applies the repairs of these findings.
    pub fn repair(&self, findings: &[Finding]) {
        let mended = self.project.try_update(|project| project.repair(findings)).unwrap_or_default();
        self.notice.set(Some(Notice::Said(words::repaired(mended))));
    }

    /// Repairs everything of a kind.
    pub fn repair_all(&self, kind: FindingKind) {
        let mended = self.project.try_update(|project| project.repair_all(kind)).unwrap_or_default();
        self.notice.set(Some(Notice::Said(words::repaired(mended))));
    }

    /// Takes the last step back.
    pub fn undo(&self) {
        let undone = self.project.try_update(Project::undo).flatten();
        self.notice.set(undone.map(|what| Notice::Said(format!("Undone: {what}."))));
    }

    /// Makes the undone step again.
    pub fn redo(&self) {
        let made = self.project.try_update(Project::redo).flatten();
        self.notice.set(made.map(|what| Notice::Said(format!("Made again: {what}."))));
    }

    /// Shows a paragraph and chooses a question.
    pub fn go_to(&self, place: Place) {
        self.project.update(|project| project.go_to(place));
    }
}
