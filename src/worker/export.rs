//! The weights as a zip, written piece by piece into a `Blob`, so that wasm never holds the file.

use std::io::{self, Write};

use js_sys::{Array, Uint8Array};
use web_sys::{Blob, BlobPropertyBag};

use super::model::Loaded;
use super::port::Port;
use crate::browser::error_text;
use crate::export::card::{CardFacts, card};
use crate::export::zip::write_model_zip;
use crate::model::Model;
use crate::model::weights::Precision;
use crate::protocol::Event;

/// Bytes that are handed to the browser at a time.
const PART: usize = 1 << 20;

/// Sends the zip as the last reply to request `id`.
pub fn weights(port: &Port, id: u32, loaded: &Loaded, model: &Model, precision: Precision) {
    let facts = CardFacts {
        base_model: loaded.info.name.clone(),
        licence: loaded.licence.clone(),
        languages: loaded.info.languages.clone(),
        parameters: loaded.info.parameters,
        lowercase: loaded.info.lowercase,
        head: model.head,
        training: loaded.training.clone(),
        measured: loaded.measured,
    };
    let mut parts = Parts::default();
    let written =
        write_model_zip(&mut parts, model, precision, &loaded.files, &card(&facts)).and_then(|()| parts.flush());
    let blob = written.map_err(|error| error.to_string()).and_then(|()| parts.blob());
    match blob {
        Ok(blob) => {
            let name = loaded.info.name.rsplit('/').next().unwrap_or("model").to_lowercase().replace(' ', "-");
            let file_name = format!("{name}-spanwise.zip");
            let event = Event::WeightsReady { file_name, bytes_total: blob.size() as u64 };
            port.last_with(id, event, &[blob.into()]);
        }
        Err(error) => {
            let message = format!("The weights could not be put together ({error}). Close other tabs and try again.");
            port.last(id, Event::Failed { message });
        }
    }
}

/// Bytes on their way into a `Blob`.
#[derive(Default)]
struct Parts {
    buffer: Vec<u8>,
    parts: Array,
}

impl Parts {
    fn blob(&self) -> Result<Blob, String> {
        let options = BlobPropertyBag::new();
        options.set_type("application/zip");
        Blob::new_with_u8_array_sequence_and_options(&self.parts, &options).map_err(|error| error_text(&error))
    }
}

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PART {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        // A copy outside of wasm's memory, which the browser can move to disk.
        self.parts.push(&Uint8Array::from(self.buffer.as_slice()));
        self.buffer.clear();
        Ok(())
    }
}
