//! Long work that is heard: the page takes silence for death.

use std::io::{self, Write};

use super::port::Port;
use crate::answer::{AnswerError, Reader};
use crate::model::{Config, Model};
use crate::nn::Logits;
use crate::protocol::Event;
use crate::text::batch::AskBatch;

/// Reads as the model does, and gives a sign of life after each pass.
pub struct Audible<'a> {
    /// What reads.
    pub model: &'a Model,
    /// Where the signs go.
    pub port: &'a Port,
}

impl Reader for Audible<'_> {
    fn config(&self) -> &Config {
        self.model.config()
    }

    fn logits(&self, batch: &AskBatch) -> Result<Logits, AnswerError> {
        let logits = self.model.logits(batch);
        self.port.event(Event::Alive);
        logits
    }
}

/// Writes, and gives a sign of life now and then.
pub struct AudibleWrite<'a> {
    out: &'a mut dyn Write,
    port: &'a Port,
    /// Bytes since the newest sign.
    since: usize,
}

impl<'a> AudibleWrite<'a> {
    /// Bytes between two signs: storage takes them in well under a second.
    const EVERY: usize = 16 << 20;

    /// Writes to `out`.
    pub fn new(out: &'a mut dyn Write, port: &'a Port) -> Self {
        Self { out, port, since: 0 }
    }
}

impl Write for AudibleWrite<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(&bytes[..bytes.len().min(Self::EVERY)])?;
        self.since += written;
        if self.since >= Self::EVERY {
            self.since = 0;
            self.port.event(Event::Alive);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
