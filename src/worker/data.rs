//! The `data` role: reads and checks datasets.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::is_foreign;
use super::port::{Inbox, Incoming, Port};
use crate::browser::error_text;
use crate::protocol::{Command, Event};
use crate::squad::check::check;
use crate::squad::read::read;

/// Serves requests until the page is gone.
pub async fn serve(port: Port, mut inbox: Inbox) {
    while let Some(incoming) = inbox.next().await {
        if is_foreign(&port, &incoming) {
            continue;
        }
        let Incoming { id, command, attachments, .. } = incoming;
        let event = match command {
            Command::ReadDataset { name } => read_dataset(name, attachments.first()).await,
            Command::Hello => Event::Done,
            _ => Event::Failed { message: "this worker reads datasets and does nothing else".to_owned() },
        };
        port.last(id, event);
    }
}

async fn read_dataset(name: String, attachment: Option<&JsValue>) -> Event {
    let dataset = match bytes(attachment).await {
        Ok(bytes) => read(&bytes).map_err(|error| format!("{name}: {error}.")),
        Err(message) => Err(format!("{name} could not be read: {message}. Choose the file again.")),
    };
    match dataset {
        Ok(dataset) => Event::DatasetRead { findings: check(&dataset), name, dataset },
        Err(message) => Event::Failed { message },
    }
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
