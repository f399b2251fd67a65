//! The project as it is exported.

use super::tally::Counts;
use super::{Project, Tally};
use crate::squad::Dataset;
use crate::squad::write::{Form, write};

impl Project {
    /// The dataset as a file, what was drawn from it to be held back in its place: as the file was that it came from, where nothing was
    /// changed to the same bytes.
    pub fn export(&self, form: Form) -> String {
        let (mut dataset, _) = self.undrawn();
        if form == Form::Squad
            && let Some(version) = self.version(&dataset)
        {
            dataset.to_mut().version = Some(version.to_owned());
        }
        write(&dataset, form, self.style.as_ref())
    }

    /// How much an export holds.
    pub fn export_counts(&self) -> Counts {
        Tally::of(&self.undrawn().0.data).sum()
    }

    /// The version that must be said: 2.0 where a question has no answer in its text; 1.1 where the dataset says none, unless it came
    /// from a file that says none either.
    fn version(&self, dataset: &Dataset) -> Option<&'static str> {
        let has_unanswerable = dataset.questions().any(|(_, _, question)| question.is_unanswerable());
        let is_version_2 =
            dataset.version.as_ref().is_some_and(|version| version.trim_start_matches('v').starts_with('2'));
        match (&dataset.version, has_unanswerable) {
            (None, _) if self.style.is_some() => None,
            (_, true) if !is_version_2 => Some("v2.0"),
            (None, _) => Some("1.1"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::project;
    use super::super::{Place, Span};
    use super::*;
    use crate::squad::read::read;
    use crate::squad::write::Style;

    #[test]
    fn an_export_reads_back_and_says_its_version() {
        let mut project = project(&[&[("Żółw 🐢 won", 2)]]);
        project.mark(Span { start: 5, end: 6 });
        let back = read(project.export(Form::Squad).as_bytes()).unwrap();
        assert_eq!(back.version.as_deref(), Some("1.1"));
        assert_eq!(back.data, project.dataset.data);
        project.set_no_answer(1, true);
        assert_eq!(read(project.export(Form::Squad).as_bytes()).unwrap().version.as_deref(), Some("v2.0"));
        project.dataset.version = Some("2.0".to_owned());
        assert_eq!(read(project.export(Form::Squad).as_bytes()).unwrap().version.as_deref(), Some("2.0"));
        project.set_no_answer(1, false);
        project.dataset.version = Some("mine".to_owned());
        assert_eq!(read(project.export(Form::Squad).as_bytes()).unwrap().version.as_deref(), Some("mine"));
    }

    #[test]
    fn what_was_not_changed_is_written_to_the_same_bytes() {
        let file = "{\"data\": [{\"paragraphs\": [{\"qas\": [{\"question\": \"Gdzie?\", \"answers\": [{\"answer_start\": 0, \"text\": \"Pozna\\u0144\"}]}, \
                    {\"question\": \"Kto?\", \"answers\": [], \"is_impossible\": true}], \"context\": \"Pozna\\u0144 \\ud83d\\udc22\"}]}]}\n";
        let dataset = read(file.as_bytes()).unwrap();
        let mut project = project(&[]);
        project.style = Style::of(file, &dataset);
        project.dataset = dataset;
        assert_eq!(project.export(Form::Squad), file);
        project.go_to(Place::default());
        project.set_question_text(0, "Skąd?");
        assert_eq!(
            project.export(Form::Squad),
            file.replace("Gdzie?", "Sk\\u0105d?"),
            "only what was changed is another"
        );
    }
}
