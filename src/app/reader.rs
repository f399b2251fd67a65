//! Has files read by the data role, beside the page, so that it stays responsive.

use futures_channel::oneshot;
use wasm_bindgen::JsValue;

use super::desk::Desk;
use crate::protocol::{Command, Event, FileToRead};
use crate::squad::check::Finding;
use crate::squad::read::Preview;
use crate::squad::write::Style;
use crate::squad::{Dataset, pieces};
use crate::state::project::Tally;

/// Bytes of files after which the worker that read them is replaced.
const LARGE: u64 = 16 << 20;

/// What files hold.
#[derive(Debug, Default)]
pub struct FileRead {
    /// The questions, or a text without any.
    pub dataset: Dataset,
    /// What is wrong with them.
    pub findings: Vec<Finding>,
    /// How the file was written, where there is one alone.
    pub style: Option<Style>,
    /// Counts of every document.
    pub tally: Tally,
    /// Whether there are texts alone, which are added to what is there.
    pub is_text: bool,
}

/// Why files were not read.
#[derive(Debug)]
pub enum Unread {
    /// One cannot be; what is wrong, and what to do.
    Failed(String),
    /// One of them is a table whose columns the person must tell.
    Columns {
        /// Which.
        file: usize,
        /// What it looks like.
        preview: Preview,
    },
}

/// Reads files as one dataset; `contents` are `File`s or bytes. `on_progress` hears how many bytes of how many are done.
///
/// # Errors
/// Where one cannot be read, or a question must be answered first.
pub async fn read(
    desk: Desk,
    files: Vec<FileToRead>,
    contents: &[JsValue],
    on_progress: impl Fn(u64, Option<u64>) + 'static,
) -> Result<FileRead, Unread> {
    let (sender, receiver) = oneshot::channel();
    let mut sender = Some(sender);
    let mut read = FileRead::default();
    let (mut arrived, mut total) = (0, None);
    desk.ask_data(Command::ReadDataset { files }, contents, move |event, _, _| {
        let done = match event {
            Event::Progress { loaded, total: of, .. } => {
                (arrived, total) = (loaded, of);
                return on_progress(loaded, of);
            }
            Event::DatasetPiece(piece) => {
                // Parsing was the first half of the way, arriving is the second.
                arrived += pieces::len(&piece) as u64 / 2;
                read.tally.add(&piece);
                pieces::add(&mut read.dataset.data, piece);
                return on_progress(arrived, total);
            }
            Event::FindingsPiece { mut findings } => return read.findings.append(&mut findings),
            Event::DatasetRead { dataset, style, is_text } => {
                let FileRead { dataset: Dataset { data, .. }, findings, tally, .. } = std::mem::take(&mut read);
                Ok(FileRead { dataset: Dataset { data, ..dataset }, findings, style, tally, is_text })
            }
            Event::AskColumns { file, preview } => Err(Unread::Columns { file, preview }),
            Event::Failed { message } => Err(Unread::Failed(message)),
            _ => return,
        };
        if let Some(sender) = sender.take() {
            // Whoever asked may be gone.
            let _ = sender.send((done, total));
        }
    });
    let no_answer = || Err(Unread::Failed("The reader gave no answer. Load the page again.".to_owned()));
    let (done, total) = receiver.await.unwrap_or_else(|_| (no_answer(), None));
    if total.is_some_and(|bytes| bytes > LARGE) && done.is_ok() {
        // Memory of wasm never shrinks; that of a worker goes with it.
        desk.replace_reader();
    }
    done
}
