//! The project as it is kept in the browser: pieces that are never written twice, and a list of them in two slots that take turns.
//!
//! A piece holds some paragraphs of one document. A change writes the piece of its paragraph under a new name, then a new list
//! into the slot that does not hold the newest. However a write ends, the other slot's list and all its pieces are whole.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ledger::Part;
use super::{HeldOut, Place, Project};
use crate::squad::pieces::within;
use crate::squad::write::Style;
use crate::squad::{Dataset, Document, Paragraph};

/// Raised with every change that an older page would misread.
const FORMAT: u32 = 2;

/// Bytes of a piece, about: enough for few files, little enough to be written within a moment.
const PIECE_BYTES: usize = 256 * 1024;

/// Names of the two slots of the list.
pub const SLOTS: [&str; 2] = ["list-a.json", "list-b.json"];

/// The list of all pieces, and what is small.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct List {
    format: u32,
    /// Of two lists the one with the higher number is newer.
    sequence: u64,
    /// Name of the project.
    pub name: String,
    is_sample: bool,
    #[serde(default)]
    style: Option<Style>,
    place: Place,
    training: ListedPart,
    held_out: Option<ListedPart>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct ListedPart {
    name: String,
    version: Option<String>,
    extra: Map<String, Value>,
    documents: Vec<ListedDocument>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct ListedDocument {
    title: String,
    extra: Map<String, Value>,
    pieces: Vec<Piece>,
}

/// A file with some paragraphs of a document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Piece {
    file: String,
    paragraphs: usize,
}

impl List {
    /// A list that was kept; `None` where it is not whole, or of a newer page.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|list: &Self| list.format == FORMAT)
    }

    /// The lists of the two slots, the newest first.
    pub fn newest_first(slots: &[Option<String>; 2]) -> Vec<Self> {
        let mut lists: Vec<Self> = slots.iter().flatten().filter_map(|text| Self::parse(text)).collect();
        lists.sort_by_key(|list| std::cmp::Reverse(list.sequence));
        lists
    }

    fn documents(&self) -> impl Iterator<Item = &ListedDocument> {
        let held_out = self.held_out.iter().flat_map(|part| &part.documents);
        self.training.documents.iter().chain(held_out)
    }

    /// Names of all pieces.
    pub fn files(&self) -> Vec<String> {
        self.documents().flat_map(|document| &document.pieces).map(|piece| piece.file.clone()).collect()
    }

    /// The project that the pieces make; `None` where one is missing or not whole.
    pub fn assemble(&self, pieces: &mut HashMap<String, Vec<Paragraph>>) -> Option<Project> {
        let dataset = self.training.assemble(pieces)?;
        let held_out = match &self.held_out {
            Some(part) => Some(HeldOut { name: part.name.clone(), dataset: part.assemble(pieces)? }),
            None => None,
        };
        let mut project = Project {
            name: self.name.clone(),
            dataset,
            style: self.style.clone(),
            held_out,
            is_sample: self.is_sample,
            ..Project::default()
        };
        project.check_everything();
        project.go_to(self.place);
        Some(project)
    }
}

impl ListedPart {
    fn assemble(&self, pieces: &mut HashMap<String, Vec<Paragraph>>) -> Option<Dataset> {
        let mut data = Vec::with_capacity(self.documents.len());
        for listed in &self.documents {
            let mut paragraphs = Vec::new();
            for piece in &listed.pieces {
                let of_piece = pieces.remove(&piece.file)?;
                if of_piece.len() != piece.paragraphs {
                    return None;
                }
                paragraphs.extend(of_piece);
            }
            data.push(Document { title: listed.title.clone(), paragraphs, extra: listed.extra.clone() });
        }
        Some(Dataset { version: self.version.clone(), data, extra: self.extra.clone() })
    }
}

/// What is to be written next.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// A piece; more follows.
    Piece {
        /// Name of the file.
        file: String,
        /// Its content.
        content: String,
    },
    /// The list: with it everything is kept.
    List {
        /// Name of the slot.
        slot: &'static str,
        /// Its content.
        content: String,
        /// Pieces that neither slot names then.
        garbage: Vec<String>,
    },
}

/// Pieces of a document, as far as they are written.
#[derive(Clone, Debug, Default)]
struct Kept {
    pieces: Vec<Piece>,
    paragraphs: usize,
}

/// Knows what is kept of a project.
#[derive(Clone, Debug, Default)]
pub struct Keeper {
    /// Part of the pieces' names, so that two visits never write to the same.
    visit: String,
    next: u64,
    sequence: u64,
    documents: HashMap<u64, Kept>,
    /// Pieces that the newest list still names.
    dropped: Vec<String>,
    /// Pieces that only the other slot's list names.
    waiting: Vec<String>,
}

impl Keeper {
    /// Keeps a new project. `visit` must be another at each visit.
    pub fn new(visit: &str) -> Self {
        Self { visit: visit.to_owned(), ..Self::default() }
    }

    /// Whether nothing is kept yet.
    pub fn is_new(&self) -> bool {
        self.sequence == 0
    }

    /// Goes on where a list ended that the project was assembled of.
    pub fn after(list: &List, project: &mut Project, visit: &str) -> Self {
        let mut keeper = Self { sequence: list.sequence, ..Self::new(visit) };
        let parts = [(Part::Training, Some(&list.training)), (Part::HeldOut, list.held_out.as_ref())];
        for (part, listed) in parts {
            let documents = listed.map(|listed| listed.documents.as_slice()).unwrap_or_default();
            let stamps = project.ledger.stamps(part, documents.len());
            for (stamp, document) in stamps.iter().zip(documents) {
                let paragraphs = document.pieces.iter().map(|piece| piece.paragraphs).sum();
                keeper.documents.insert(stamp.number, Kept { pieces: document.pieces.clone(), paragraphs });
            }
        }
        keeper
    }

    /// What is to be written next. The caller writes it, then asks again until it was the list; where a write fails, it calls
    /// [`Self::forget`]. Each call does a moment's work.
    pub fn next(&mut self, project: &mut Project) -> Write {
        for part in Part::ALL {
            for index in 0..project.documents(part).len() {
                if let Some(write) = self.next_piece(project, part, index) {
                    return write;
                }
            }
        }
        self.list(project)
    }

    /// Writes everything anew the next time: what is on the disk is not known.
    pub fn forget(&mut self, project: &mut Project) {
        self.documents.clear();
        project.ledger.forget();
    }

    fn next_piece(&mut self, project: &mut Project, part: Part, index: usize) -> Option<Write> {
        let count = project.documents(part).len();
        let stamp = &mut project.ledger.stamps(part, count)[index];
        let kept = self.documents.entry(stamp.number).or_default();
        let touched = stamp.touched.pop_first();
        let len = project.documents(part)[index].paragraphs.len();
        let (slot, from, to) = if let Some(touched) = touched.filter(|touched| *touched < kept.paragraphs) {
            let mut from = 0;
            let slot = kept.pieces.iter().position(|piece| {
                from += piece.paragraphs;
                touched < from
            })?;
            let to = from;
            (slot, to - kept.pieces[slot].paragraphs, to)
        } else if kept.paragraphs < len {
            let paragraphs = &project.documents(part)[index].paragraphs[kept.paragraphs..];
            (kept.pieces.len(), kept.paragraphs, kept.paragraphs + within(paragraphs, PIECE_BYTES))
        } else {
            return None;
        };
        // Others of the same piece are written with it.
        project.ledger.stamps(part, count)[index].touched.retain(|touched| !(from..to).contains(touched));
        let file = format!("{}-{}.json", self.visit, self.next);
        self.next += 1;
        let piece = Piece { file: file.clone(), paragraphs: to - from };
        if slot < kept.pieces.len() {
            self.dropped.push(std::mem::replace(&mut kept.pieces[slot], piece).file);
        } else {
            kept.pieces.push(piece);
            kept.paragraphs = to;
        }
        // Maps with string keys, strings, numbers and JSON values: serialising them into a string cannot fail.
        let content = serde_json::to_string(&project.documents(part)[index].paragraphs[from..to]).unwrap_or_default();
        Some(Write::Piece { file, content })
    }

    fn list(&mut self, project: &mut Project) -> Write {
        self.sequence += 1;
        let training = self.listed(project, Part::Training);
        let held_out = project.held_out.is_some().then(|| self.listed(project, Part::HeldOut));
        let list = List {
            format: FORMAT,
            sequence: self.sequence,
            name: project.name.clone(),
            is_sample: project.is_sample,
            style: project.style.clone(),
            place: project.place,
            training,
            held_out,
        };
        let numbers: HashSet<u64> = Part::ALL
            .into_iter()
            .flat_map(|part| {
                let count = project.documents(part).len();
                project.ledger.stamps(part, count).iter().map(|stamp| stamp.number).collect::<Vec<_>>()
            })
            .collect();
        let gone: Vec<u64> = self.documents.keys().filter(|number| !numbers.contains(number)).copied().collect();
        for number in gone {
            let pieces = self.documents.remove(&number).map(|kept| kept.pieces).unwrap_or_default();
            self.dropped.extend(pieces.into_iter().map(|piece| piece.file));
        }
        let garbage = std::mem::replace(&mut self.waiting, std::mem::take(&mut self.dropped));
        let slot = SLOTS[usize::try_from(self.sequence % 2).unwrap_or_default()];
        Write::List { slot, content: serde_json::to_string(&list).unwrap_or_default(), garbage }
    }

    fn listed(&self, project: &mut Project, part: Part) -> ListedPart {
        let count = project.documents(part).len();
        let numbers: Vec<u64> = project.ledger.stamps(part, count).iter().map(|stamp| stamp.number).collect();
        let pieces = |number: u64| self.documents.get(&number).map(|kept| kept.pieces.clone()).unwrap_or_default();
        let (name, dataset) = match (part, &project.held_out) {
            (Part::HeldOut, Some(held_out)) => (held_out.name.clone(), &held_out.dataset),
            _ => (String::new(), &project.dataset),
        };
        let listed = |(document, number): (&Document, u64)| ListedDocument {
            title: document.title.clone(),
            extra: document.extra.clone(),
            pieces: pieces(number),
        };
        let documents = dataset.data.iter().zip(numbers).map(listed).collect();
        ListedPart { name, version: dataset.version.clone(), extra: dataset.extra.clone(), documents }
    }
}

#[cfg(test)]
mod tests;
