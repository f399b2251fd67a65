//! The texts that a question is asked about.

use std::sync::Arc;

use crate::state::project::{Place, Project, spans};

/// Characters of a title that is made of a text's beginning.
const TITLE_CHARS: usize = 40;

/// Where to look for the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Text in the field.
    #[default]
    Pasted,
    /// The paragraph that the Data view shows.
    Paragraph,
    /// Its document.
    Document,
    /// All documents.
    Everything,
}

impl Source {
    /// All sources, in the order of the form.
    pub const ALL: [Self; 4] = [Self::Paragraph, Self::Document, Self::Everything, Self::Pasted];
}

/// A text to look in.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// Where it stands in the project; `None` for pasted text.
    pub place: Option<Place>,
    /// Title of its document, or a name for it.
    pub title: String,
    /// The text.
    pub context: Arc<str>,
}

/// The texts of a source, without those that are nothing but white space. `at` says which paragraph is meant.
pub fn texts(source: Source, project: &Project, at: Place, pasted: &str) -> Vec<Text> {
    let places: Vec<Place> = match source {
        Source::Pasted => {
            let pasted = Text { place: None, title: String::new(), context: pasted.into() };
            return Some(pasted).filter(|text| !text.context.trim().is_empty()).into_iter().collect();
        }
        Source::Paragraph => vec![Place { question: None, ..at }],
        Source::Document => paragraphs(project, at).collect(),
        Source::Everything => {
            let documents = (0..project.dataset.data.len()).map(|document| Place::of_paragraph(document, 0));
            documents.flat_map(|document| paragraphs(project, document)).collect()
        }
    };
    let text = |place: Place| {
        let context = project.paragraph_at(place)?.context.as_str();
        let title = title(project, place);
        (!context.trim().is_empty()).then(|| Text { place: Some(place), title, context: context.into() })
    };
    places.into_iter().filter_map(text).collect()
}

/// All paragraphs of the document at a place.
fn paragraphs(project: &Project, at: Place) -> impl Iterator<Item = Place> + use<> {
    let count = project.document_at(at).map_or(0, |document| document.paragraphs.len());
    (0..count).map(move |paragraph| Place::in_part(at.part, at.document, paragraph))
}

/// Title of the document at a place, its number where it has none.
pub fn title(project: &Project, at: Place) -> String {
    let title = project.document_at(at).map(|document| document.title.trim()).unwrap_or_default();
    if title.is_empty() { format!("Document {}", at.document + 1) } else { spans::excerpt(title, TITLE_CHARS) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::project::tests::project;

    #[test]
    fn each_source_gives_its_texts() {
        let mut project = project(&[&[("one", 0), (" \n", 0), ("two", 0)], &[("three", 0)]]);
        project.dataset.data[1].title = "Third".to_owned();
        let at = Place::of_paragraph(0, 2);
        let contexts = |source| {
            let texts = texts(source, &project, at, "pasted");
            texts.iter().map(|text| text.context.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(contexts(Source::Pasted), ["pasted"]);
        assert_eq!(contexts(Source::Paragraph), ["two"]);
        assert_eq!(contexts(Source::Document), ["one", "two"]);
        assert_eq!(contexts(Source::Everything), ["one", "two", "three"]);
        let all = texts(Source::Everything, &project, at, "");
        assert_eq!((all[2].title.as_str(), all[0].title.as_str()), ("Third", "Document 1"));
        assert_eq!(all[1].place, Some(at));
    }

    #[test]
    fn where_nothing_is_there_nothing_is_read() {
        assert!(texts(Source::Pasted, &Project::default(), Place::default(), " \n").is_empty());
        for source in Source::ALL {
            assert!(texts(source, &Project::default(), Place::default(), "").is_empty());
        }
    }
}
