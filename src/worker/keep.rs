//! The run that the browser keeps: two slots in its private file system.

use std::io::{self, BufReader, Read};

use crate::browser::time::sleep_ms;
use crate::storage::SlotFile;
use crate::storage::opfs::{self, OpfsFile};
use crate::storage::slots::Slots;
use crate::train::kept::{KeptRun, peek};

const FOLDER: &str = "run";
const NAMES: [&str; 2] = ["checkpoint-a.bin", "checkpoint-b.bin"];
const BEST: [&str; 2] = ["best-a.bin", "best-b.bin"];
/// A worker that was ended gives its files back a moment later: how often, and how many milliseconds apart, they are asked for.
const TRIES: usize = 20;
const APART_MS: i32 = 250;

/// Opens both slots.
///
/// # Errors
/// Where the browser has no such storage, or another tab has them open.
pub async fn open() -> io::Result<Slots<OpfsFile>> {
    Ok(Slots::open([file(NAMES[0]).await?, file(NAMES[1]).await?]))
}

/// Opens the slots of the best weights.
///
/// # Errors
/// As [`open`].
pub async fn open_best() -> io::Result<Slots<OpfsFile>> {
    Ok(Slots::open([file(BEST[0]).await?, file(BEST[1]).await?]))
}

async fn file(name: &str) -> io::Result<OpfsFile> {
    for _ in 1..TRIES {
        match opfs::open(FOLDER, name).await {
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => sleep_ms(APART_MS).await,
            opened => return opened,
        }
    }
    opfs::open(FOLDER, name).await
}

/// What the newest good checkpoint is of; `None` where there is none that can be read.
pub fn kept(slots: &mut Slots<OpfsFile>) -> Option<(bool, KeptRun)> {
    peek(&mut reader(slots)?).ok()
}

/// The newest good checkpoint, buffered.
pub fn reader(slots: &mut Slots<OpfsFile>) -> Option<impl Read> {
    slots.read().map(|content| BufReader::with_capacity(1 << 20, content))
}

/// Empties both slots.
///
/// # Errors
/// Where the storage fails.
pub async fn forget() -> io::Result<()> {
    for name in NAMES.into_iter().chain(BEST) {
        let mut file = file(name).await?;
        file.set_len(0)?;
        file.flush()?;
    }
    Ok(())
}
