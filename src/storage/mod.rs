//! Where things are kept: a trait, its implementations, and checkpoints that survive a write that fails half way.

#[cfg(not(target_arch = "wasm32"))]
pub mod file;
pub mod memory;
#[cfg(target_arch = "wasm32")]
pub mod opfs;
pub mod slots;

use std::io;

/// A file that is read and written at any place: one of the file system, of the browser's private file system, or in memory.
pub trait SlotFile {
    /// Bytes in the file.
    ///
    /// # Errors
    /// Where the storage fails.
    fn len(&mut self) -> io::Result<u64>;

    /// Whether there are none.
    ///
    /// # Errors
    /// Where the storage fails.
    fn is_empty(&mut self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Reads into `buffer` from byte `at`; returns how many bytes there were, 0 at the end.
    ///
    /// # Errors
    /// Where the storage fails.
    fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes all of `bytes` at byte `at`.
    ///
    /// # Errors
    /// Where the storage fails or is full; any part of the bytes may then be written.
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts or lengthens the file.
    ///
    /// # Errors
    /// Where the storage fails.
    fn set_len(&mut self, len: u64) -> io::Result<()>;

    /// Returns once everything written would outlive a crash.
    ///
    /// # Errors
    /// Where the storage fails.
    fn flush(&mut self) -> io::Result<()>;
}
