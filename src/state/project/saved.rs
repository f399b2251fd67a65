//! The project as it is exported.

use super::Project;
use crate::squad::{Dataset, write};

impl Project {
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
    use super::super::Span;
    use super::super::tests::project;
    use crate::squad::read::read;

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
