//! Files in memory, which can be made to fail at any write: what tests keep checkpoints in.

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use super::SlotFile;

/// How a write fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is written.
    Fails,
    /// The first half of the bytes is written.
    Tears,
    /// Nothing is written, and the error says that the storage is full.
    IsFull,
}

/// Counts writes (cuts and flushes too) of all files that share it, and lets one of them, and all after it, fail: a crash.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    left: Rc<Cell<Option<(usize, Fault)>>>,
    has_come: Rc<Cell<bool>>,
}

impl Faults {
    /// The write after `writes` more fails so.
    pub fn after(writes: usize, fault: Fault) -> Self {
        Self { left: Rc::new(Cell::new(Some((writes, fault)))), has_come: Rc::default() }
    }

    /// Whether the fault has come.
    pub fn has_come(&self) -> bool {
        self.has_come.get()
    }

    fn next(&self) -> Option<Fault> {
        let (writes, fault) = self.left.get()?;
        if writes == 0 {
            self.has_come.set(true);
            return Some(fault);
        }
        self.left.set(Some((writes - 1, fault)));
        None
    }
}

/// A file in memory. A clone is the same bytes at that time.
#[derive(Clone, Debug, Default)]
pub struct MemoryFile {
    /// What is in it.
    pub bytes: Vec<u8>,
    faults: Faults,
}

impl MemoryFile {
    /// A file with these bytes, which fails as told.
    pub fn new(bytes: Vec<u8>, faults: Faults) -> Self {
        Self { bytes, faults }
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        if self.bytes.len() < at + bytes.len() {
            self.bytes.resize(at + bytes.len(), 0);
        }
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }
}

impl SlotFile for MemoryFile {
    fn len(&mut self) -> io::Result<u64> {
        Ok(self.bytes.len() as u64)
    }

    fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.bytes.get(at as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        match self.faults.next() {
            None => self.put(at as usize, bytes),
            Some(Fault::Fails) => return Err(io::Error::other("the disk failed")),
            Some(Fault::Tears) => {
                self.put(at as usize, &bytes[..bytes.len() / 2]);
                return Err(io::Error::other("the disk failed half way"));
            }
            Some(Fault::IsFull) => return Err(io::Error::from(io::ErrorKind::StorageFull)),
        }
        Ok(())
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        match self.faults.next() {
            None => self.bytes.resize(len as usize, 0),
            Some(_) => return Err(io::Error::other("the disk failed")),
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.faults.next().map_or(Ok(()), |_| Err(io::Error::other("the disk failed")))
    }
}
