//! The project as it is kept in the browser and as it is exported.

use serde::{Deserialize, Serialize};

use super::{HeldOut, Place, Project};
use crate::squad::{Dataset, write};

/// Raised with every change that an older page would misread.
const FORMAT: u32 = 1;

/// What is kept between two visits; findings are made anew.
#[derive(Serialize)]
struct Kept<'a> {
    format: u32,
    name: &'a str,
    is_sample: bool,
    place: Place,
    dataset: &'a Dataset,
    held_out: &'a Option<HeldOut>,
}

#[derive(Deserialize)]
struct Found {
    format: u32,
    name: String,
    is_sample: bool,
    place: Place,
    dataset: Dataset,
    held_out: Option<HeldOut>,
}

impl Project {
    /// The project as text, to be kept in the browser; the history is not kept.
    pub fn to_kept(&self) -> String {
        let Self { name, dataset, held_out, is_sample, place, .. } = self;
        let kept = Kept { format: FORMAT, name, is_sample: *is_sample, place: *place, dataset, held_out };
        // Maps with string keys, strings, numbers and JSON values: serialising them into a string cannot fail.
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// A project that was kept; `None` where it is not whole, or of a newer page.
    pub fn from_kept(text: &str) -> Option<Self> {
        let found: Found = serde_json::from_str(text).ok().filter(|found: &Found| found.format == FORMAT)?;
        let Found { name, is_sample, place, dataset, held_out, .. } = found;
        let mut project = Self { name, dataset, held_out, is_sample, ..Self::default() };
        project.check_everything();
        project.go_to(place);
        Some(project)
    }

    /// `SQuAD` JSON, its version said: 2.0 where a question has no answer in its text.
    pub fn to_squad(&self) -> String {
        let has_unanswerable = self.dataset.questions().any(|(_, _, question)| question.is_unanswerable());
        let is_version_2 =
            self.dataset.version.as_ref().is_some_and(|version| version.trim_start_matches('v').starts_with('2'));
        let version = match (&self.dataset.version, has_unanswerable) {
            (_, true) if !is_version_2 => "v2.0",
            (None, _) => "1.1",
            _ => return write::to_json(&self.dataset),
        };
        write::to_json(&Dataset { version: Some(version.to_owned()), ..self.dataset.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::project;
    use super::super::{HeldOut, Span};
    use super::*;
    use crate::squad::read::read;

    #[test]
    fn a_kept_project_comes_back() {
        let mut before = project(&[&[("Żółw 🐢\r\nwon", 1), ("two", 2)]]);
        before.name = "Żółw".to_owned();
        before.is_sample = true;
        before.held_out = Some(HeldOut { name: "held".to_owned(), dataset: before.dataset.clone() });
        before.mark(Span { start: 5, end: 6 });
        before.go_to(Place { document: 0, paragraph: 1, question: Some(1) });
        let mut after = Project::from_kept(&before.to_kept()).unwrap();
        assert_eq!(after.history.undoable(), None);
        after.history = before.history.clone();
        assert_eq!(after, before);
        assert!(Project::from_kept("{}").is_none());
        assert!(Project::from_kept(&before.to_kept().replacen("\"format\":1", "\"format\":2", 1)).is_none());
    }

    #[test]
    fn an_export_reads_back_and_says_its_version() {
        let mut project = project(&[&[("Żółw 🐢 won", 2)]]);
        project.mark(Span { start: 5, end: 6 });
        let back = read(project.to_squad().as_bytes()).unwrap();
        assert_eq!(back.version.as_deref(), Some("1.1"));
        assert_eq!(back.data, project.dataset.data);
        project.set_no_answer(1, true);
        assert_eq!(read(project.to_squad().as_bytes()).unwrap().version.as_deref(), Some("v2.0"));
        project.dataset.version = Some("2.0".to_owned());
        assert_eq!(read(project.to_squad().as_bytes()).unwrap().version.as_deref(), Some("2.0"));
        project.set_no_answer(1, false);
        project.dataset.version = Some("mine".to_owned());
        assert_eq!(read(project.to_squad().as_bytes()).unwrap().version.as_deref(), Some("mine"));
    }
}
