//! The named projects of this browser, and how well the open one is kept.

/// Whether the open project is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Saved {
    /// There is nothing to keep yet.
    #[default]
    Nothing,
    /// Changes are being written, or will be in a moment.
    Saving,
    /// All is written.
    Saved,
    /// Changes could not be written; they are in this page alone.
    Failed {
        /// What the browser says.
        message: String,
    },
    /// This browser keeps nothing: the project lasts as long as the page.
    NoStorage,
}

/// Who may change the open project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// This tab.
    #[default]
    Here,
    /// Another tab had it open before.
    Elsewhere,
    /// Another tab took it over.
    TakenOver,
    /// Nobody yet: it makes way for one that is being opened.
    Opening,
}

/// A project that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Name of its folder.
    pub id: String,
    /// Its name; empty where it has none.
    pub name: String,
}

/// All projects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shelf {
    /// The project that is open.
    pub open: String,
    /// The projects that are kept, the open one among them once it is.
    pub entries: Vec<Entry>,
    /// Whether the open one is kept.
    pub saved: Saved,
    /// Who may change it.
    pub access: Access,
}

impl Shelf {
    /// The other projects, by name.
    pub fn others(&self) -> Vec<Entry> {
        let mut others: Vec<Entry> = self.entries.iter().filter(|entry| entry.id != self.open).cloned().collect();
        others.sort_by_cached_key(|entry| (entry.name.to_lowercase(), entry.id.clone()));
        others
    }

    /// Notes that the open project is kept under a name.
    pub fn note(&mut self, name: &str) {
        let open = self.open.clone();
        match self.entries.iter_mut().find(|entry| entry.id == open) {
            Some(entry) => name.clone_into(&mut entry.name),
            None => self.entries.push(Entry { id: open, name: name.to_owned() }),
        }
        self.saved = Saved::Saved;
    }

    /// Notes that a change of the open project waits to be kept. Where that failed before, it is still said until it succeeds.
    pub fn note_change(&mut self) {
        if matches!(self.saved, Saved::Nothing | Saved::Saved) {
            self.saved = Saved::Saving;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_open_project_is_noted_once_and_the_others_are_in_order() {
        let entry = |id: &str, name: &str| Entry { id: id.to_owned(), name: name.to_owned() };
        let mut shelf =
            Shelf { open: "3".to_owned(), entries: vec![entry("1", "lech"), entry("2", "Arka")], ..Shelf::default() };
        shelf.note("mine");
        shelf.note("Mine");
        assert_eq!((shelf.entries.len(), &shelf.saved), (3, &Saved::Saved));
        shelf.note_change();
        assert_eq!(shelf.saved, Saved::Saving);
        shelf.saved = Saved::NoStorage;
        shelf.note_change();
        assert_eq!(shelf.saved, Saved::NoStorage);
        assert_eq!(shelf.others(), [entry("2", "Arka"), entry("1", "lech")]);
    }
}
