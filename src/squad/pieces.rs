//! A dataset in pieces that are handed over one at a time, each little enough to be taken within a moment.

use serde::{Deserialize, Serialize};

use super::schema::{Dataset, Document, Paragraph, Question};

/// Bytes of a piece, about.
const PIECE_BYTES: usize = 128 * 1024;

/// Some paragraphs of a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// The document, with these paragraphs alone.
    pub document: Document,
    /// Whether the piece before holds the beginning of the document.
    pub continues: bool,
}

/// Takes the documents out of a dataset, in pieces.
pub fn cut(dataset: &mut Dataset) -> impl Iterator<Item = Piece> + use<> {
    std::mem::take(&mut dataset.data).into_iter().flat_map(|mut document| {
        let mut rest = std::mem::take(&mut document.paragraphs).into_iter().peekable();
        let mut first = Some(document);
        std::iter::from_fn(move || {
            if first.is_none() && rest.peek().is_none() {
                return None;
            }
            let continues = first.is_none();
            let mut document = first.take().unwrap_or_default();
            let mut bytes = 0;
            while let Some(paragraph) = rest.next_if(|paragraph| bytes == 0 || bytes + size(paragraph) <= PIECE_BYTES) {
                bytes += size(&paragraph);
                document.paragraphs.push(paragraph);
            }
            Some(Piece { document, continues })
        })
    })
}

/// Bytes of a piece, about.
pub fn len(piece: &Piece) -> usize {
    piece.document.paragraphs.iter().map(size).sum()
}

/// Puts a piece to those before it.
pub fn add(documents: &mut Vec<Document>, piece: Piece) {
    let Piece { mut document, continues } = piece;
    match documents.last_mut().filter(|_| continues) {
        Some(last) => last.paragraphs.append(&mut document.paragraphs),
        None => documents.push(document),
    }
}

/// Paragraphs from the first that a piece of so many bytes holds, at least one.
pub fn within(paragraphs: &[Paragraph], bytes_max: usize) -> usize {
    let mut bytes = 0;
    let fits = |paragraph: &&Paragraph| {
        bytes += size(paragraph);
        bytes <= bytes_max
    };
    paragraphs.iter().take_while(fits).count().max(1)
}

/// Bytes of a paragraph, about; never 0.
fn size(paragraph: &Paragraph) -> usize {
    let of = |question: &Question| question.question.len() + 128 + question.answers.len() * 64;
    1 + paragraph.context.len() + paragraph.qas.iter().map(of).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_put_together_are_the_dataset() {
        let paragraph = |len: usize| Paragraph { context: "x".repeat(len), ..Paragraph::default() };
        let document = |title: &str, lens: &[usize]| Document {
            title: title.to_owned(),
            paragraphs: lens.iter().map(|len| paragraph(*len)).collect(),
            ..Document::default()
        };
        let documents = vec![
            document("none", &[]),
            document("many", &[50_000; 10]),
            document("large", &[400_000, 1, 1]),
            document("", &[]),
        ];
        let mut dataset = Dataset { data: documents.clone(), ..Dataset::default() };
        let pieces: Vec<Piece> = cut(&mut dataset).collect();
        assert!(dataset.data.is_empty());
        let paragraphs: Vec<usize> = pieces.iter().map(|piece| piece.document.paragraphs.len()).collect();
        assert_eq!(paragraphs, [0, 2, 2, 2, 2, 2, 1, 2, 0]);
        let mut back = Vec::new();
        pieces.into_iter().for_each(|piece| add(&mut back, piece));
        assert_eq!(back, documents);
    }

    #[test]
    fn a_piece_holds_at_least_one_paragraph() {
        let paragraphs: Vec<Paragraph> =
            [300, 10, 10].map(|len| Paragraph { context: "x".repeat(len), ..Paragraph::default() }).into();
        assert_eq!((within(&paragraphs, 100), within(&paragraphs[1..], 100), within(&paragraphs[1..], 15)), (1, 2, 1));
    }
}
