//! The `data` role: reads and checks datasets.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::is_foreign;
use super::port::{Inbox, Incoming, Port};
use crate::browser::error_text;
use crate::browser::time::sleep_ms;
use crate::protocol::{Command, Event, FileToRead};
use crate::squad::Dataset;
use crate::squad::check::check;
use crate::squad::merge::merge;
use crate::squad::pieces;
use crate::squad::read::{Columns, Kind, Preview, ReadError, Table, read_file};
use crate::squad::write::Style;

/// Findings that cross at a time.
const FINDINGS: usize = 500;
/// Messages after which the worker takes a breath, so that the page's queue of them stays short.
const BREATH: usize = 16;

/// Serves requests until the page is gone.
pub async fn serve(port: Port, mut inbox: Inbox) {
    while let Some(incoming) = inbox.next().await {
        if is_foreign(&port, &incoming) {
            continue;
        }
        let Incoming { id, command, attachments, .. } = incoming;
        let event = match command {
            Command::ReadDataset { files } => {
                let asked = Asked { port: &port, id };
                asked.read(&files, &attachments).await.unwrap_or_else(|message| Event::Failed { message })
            }
            Command::Hello => Event::Done,
            _ => Event::Failed { message: "this worker reads datasets and does nothing else".to_owned() },
        };
        port.last(id, event);
    }
}

/// Files that the page wants read.
struct Asked<'a> {
    port: &'a Port,
    id: u32,
}

/// A file, read as far as that goes.
enum OneRead {
    Dataset { dataset: Dataset, style: Option<Style>, is_text: bool },
    AskColumns(Preview),
}

impl Asked<'_> {
    async fn read(&self, files: &[FileToRead], attachments: &[JsValue]) -> Result<Event, String> {
        let mut all: Option<Dataset> = None;
        let (mut style, mut is_text, mut total) = (None, true, 0);
        for (file, to_read) in files.iter().enumerate() {
            self.progress("Reading", total, None);
            let failed = |why: String| format!("{}: {why}", to_read.name);
            let bytes = bytes(attachments.get(file)).await;
            let bytes = bytes.map_err(|why| failed(format!("it could not be read: {why}. Choose the file again.")))?;
            total += bytes.len() as u64;
            match read_one(to_read, &bytes).map_err(|error| failed(format!("{error}.")))? {
                OneRead::AskColumns(preview) => return Ok(Event::AskColumns { file, preview }),
                OneRead::Dataset { dataset, style: of_one, is_text: is_one_text } => {
                    style = of_one.filter(|_| files.len() == 1);
                    is_text &= is_one_text;
                    match &mut all {
                        Some(all) => merge(all, dataset),
                        None => all = Some(dataset),
                    }
                }
            }
        }
        self.progress("Checking", total / 2, Some(total));
        let mut dataset = all.unwrap_or_default();
        let findings = check(&dataset);
        self.send(pieces::cut(&mut dataset).map(Event::DatasetPiece)).await;
        self.send(findings.chunks(FINDINGS).map(|some| Event::FindingsPiece { findings: some.to_vec() })).await;
        Ok(Event::DatasetRead { dataset, style, is_text })
    }

    fn progress(&self, what: &str, loaded: u64, total: Option<u64>) {
        let (what, unit) = (what.to_owned(), "bytes".to_owned());
        self.port.reply(self.id, Event::Progress { what, loaded, total, unit });
    }

    async fn send(&self, events: impl Iterator<Item = Event>) {
        for (number, event) in events.enumerate() {
            self.port.reply(self.id, event);
            if number % BREATH == BREATH - 1 {
                sleep_ms(0).await;
            }
        }
    }
}

fn read_one(file: &FileToRead, bytes: &[u8]) -> Result<OneRead, ReadError> {
    let kind = Kind::of(&file.name, bytes)?;
    let dataset = if kind == Kind::Table {
        let table = Table::parse(bytes)?;
        match file.columns.or_else(|| Some(table.guess()).filter(Columns::are_clear)) {
            Some(columns) => table.dataset(columns)?,
            None => return Ok(OneRead::AskColumns(table.preview())),
        }
    } else {
        read_file(&file.name, bytes, None)?
    };
    // The mark that some programs put first is part of the style.
    let text = std::str::from_utf8(bytes).ok().filter(|_| kind == Kind::Json);
    let style = text.and_then(|text| Style::of(text, &dataset));
    Ok(OneRead::Dataset { dataset, style, is_text: kind.is_text() })
}

/// The bytes of a `File`, a `Blob`, an `ArrayBuffer` or a `Uint8Array`.
async fn bytes(attachment: Option<&JsValue>) -> Result<Vec<u8>, String> {
    let attachment = attachment.ok_or("no file came with the request")?;
    let buffer = match attachment.dyn_ref::<Blob>() {
        Some(blob) => JsFuture::from(blob.array_buffer()).await.map_err(|error| error_text(&error))?,
        None => attachment.clone(),
    };
    if buffer.is_instance_of::<ArrayBuffer>() || buffer.is_instance_of::<Uint8Array>() {
        Ok(Uint8Array::new(&buffer).to_vec())
    } else {
        Err("what came with the request is no file".to_owned())
    }
}
