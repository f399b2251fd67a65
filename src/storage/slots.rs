//! Two slots that take turns: a write goes into the one that does not hold the newest good content, so that whatever happens to it,
//! the newest good content is still there.
//!
//! A slot is a header of 64 bytes and what it keeps: magic, generation, length, and a SHA-256 over generation, length and content. The
//! header is wiped before the content is written and written after it, each with a flush in between.

use std::io::{self, BufWriter, Read, Write};

use sha2::{Digest, Sha256};

use super::SlotFile;

const MAGIC: [u8; 8] = *b"SPANWCK1";
const HEADER: usize = 64;
/// Bytes read or written at a time.
const CHUNK: usize = 1 << 20;

/// Two slots.
#[derive(Debug)]
pub struct Slots<F> {
    files: [F; 2],
    newest: Option<Good>,
}

/// A slot whose content is whole.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Good {
    slot: usize,
    generation: u64,
    len: u64,
}

impl<F: SlotFile> Slots<F> {
    /// Looks for the newest slot whose content is whole. A slot that cannot be read counts as one that holds nothing.
    pub fn open(mut files: [F; 2]) -> Self {
        let mut newest: Option<Good> = None;
        for (slot, file) in files.iter_mut().enumerate() {
            let found = good(slot, file).ok().flatten();
            if found.is_some_and(|found| newest.is_none_or(|newest| found.generation > newest.generation)) {
                newest = found;
            }
        }
        Self { files, newest }
    }

    /// Number of the newest good content: how many were written before it.
    pub fn generation(&self) -> Option<u64> {
        self.newest.map(|newest| newest.generation)
    }

    /// The newest good content, to be read.
    pub fn read(&mut self) -> Option<Content<'_, F>> {
        let Good { slot, len, .. } = self.newest?;
        let header = HEADER as u64;
        Some(Content { file: &mut self.files[slot], at: header, end: header + len })
    }

    /// Writes new content into the other slot; what `write` writes becomes the newest once all of it is safe.
    ///
    /// # Errors
    /// Where the storage fails or is full; the newest good content is then what it was.
    pub fn write(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let slot = self.newest.map_or(0, |newest| 1 - newest.slot);
        let generation = self.newest.map_or(0, |newest| newest.generation + 1);
        let file = &mut self.files[slot];
        file.write_at(0, &[0; HEADER])?;
        file.flush()?;
        let mut out = BufWriter::with_capacity(CHUNK, Hashed { file, at: HEADER as u64, hash: Sha256::new() });
        write(&mut out)?;
        let Hashed { file, at, hash } = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        let len = at - HEADER as u64;
        file.set_len(at)?;
        file.flush()?;
        file.write_at(0, &header(generation, len, hash))?;
        file.flush()?;
        self.newest = Some(Good { slot, generation, len });
        Ok(())
    }

    /// Bytes of both files; one whose length cannot be told counts as empty.
    pub fn bytes(&mut self) -> u64 {
        self.files.iter_mut().map(|file| file.len().unwrap_or(0)).sum()
    }

    /// Gives the files back.
    pub fn into_files(self) -> [F; 2] {
        self.files
    }
}

fn header(generation: u64, len: u64, content: Sha256) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(&MAGIC);
    header[8..16].copy_from_slice(&generation.to_le_bytes());
    header[16..24].copy_from_slice(&len.to_le_bytes());
    let digest = content.chain_update(&header[..24]).finalize();
    header[24..56].copy_from_slice(&digest);
    header
}

/// What a slot holds, where it is whole.
fn good(slot: usize, file: &mut impl SlotFile) -> io::Result<Option<Good>> {
    let mut found = [0; HEADER];
    if read_whole(file, 0, &mut found)? < HEADER || found[..8] != MAGIC {
        return Ok(None);
    }
    let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| found[at + i]));
    let (generation, len) = (number(8), number(16));
    let end = len.checked_add(HEADER as u64);
    if end != Some(file.len()?) {
        return Ok(None);
    }
    let mut content = Content { file, at: HEADER as u64, end: HEADER as u64 + len };
    let mut hash = Sha256::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        match content.read(&mut buffer)? {
            0 => break,
            count => hash.update(&buffer[..count]),
        }
    }
    Ok((header(generation, len, hash) == found).then_some(Good { slot, generation, len }))
}

fn read_whole(file: &mut impl SlotFile, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < buffer.len() {
        match file.read_at(at + done as u64, &mut buffer[done..])? {
            0 => break,
            count => done += count,
        }
    }
    Ok(done)
}

/// Writes on from a place, and hashes what it writes.
struct Hashed<'a, F> {
    file: &'a mut F,
    at: u64,
    hash: Sha256,
}

impl<F: SlotFile> Write for Hashed<'_, F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_at(self.at, bytes)?;
        self.hash.update(bytes);
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The content of a slot.
#[derive(Debug)]
pub struct Content<'a, F> {
    file: &'a mut F,
    at: u64,
    end: u64,
}

impl<F: SlotFile> Read for Content<'_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = (self.end - self.at).min(buffer.len() as u64) as usize;
        let count = self.file.read_at(self.at, &mut buffer[..count])?;
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::super::memory::{Fault, Faults, MemoryFile};
    use super::*;

    fn text(slots: &mut Slots<MemoryFile>) -> Option<String> {
        let mut text = String::new();
        slots.read()?.read_to_string(&mut text).unwrap();
        Some(text)
    }

    fn put(slots: &mut Slots<MemoryFile>, text: &str) -> io::Result<()> {
        slots.write(|out| out.write_all(text.as_bytes()))
    }

    #[test]
    fn the_newest_of_two_is_read() {
        let mut slots = Slots::open([MemoryFile::default(), MemoryFile::default()]);
        assert_eq!((text(&mut slots), slots.generation()), (None, None));
        for (number, content) in ["first", "the second", "3", ""].into_iter().enumerate() {
            put(&mut slots, content).unwrap();
            slots = Slots::open(slots.into_files());
            assert_eq!(text(&mut slots).as_deref(), Some(content));
            assert_eq!(slots.generation(), Some(number as u64));
        }
    }

    /// Every write of a new content fails, tears, or hits the quota, and from then on nothing is written any more.
    #[test]
    fn whatever_write_fails_the_newest_good_content_is_there() {
        let mut slots = Slots::open([MemoryFile::default(), MemoryFile::default()]);
        put(&mut slots, "older").unwrap();
        put(&mut slots, "good").unwrap();
        let files = slots.into_files().map(|file| file.bytes);
        let mut failed = 0;
        for fault in [Fault::Fails, Fault::Tears, Fault::IsFull] {
            for writes in 0.. {
                let faults = Faults::after(writes, fault);
                let mut slots = Slots::open(files.clone().map(|bytes| MemoryFile::new(bytes, faults.clone())));
                let outcome = put(&mut slots, "new");
                let in_place = text(&mut slots);
                let reopened = text(&mut Slots::open(slots.into_files()));
                if !faults.has_come() {
                    assert!(outcome.is_ok());
                    assert_eq!(reopened.as_deref(), Some("new"));
                    break;
                }
                failed += 1;
                assert!(outcome.is_err(), "{fault:?} after {writes} writes");
                assert_eq!(in_place.as_deref(), Some("good"), "{fault:?} after {writes} writes");
                // The very last flush comes after the header: the new content may be there already, whole.
                assert!(matches!(reopened.as_deref(), Some("good" | "new")), "{fault:?} after {writes} writes");
            }
        }
        assert!(failed >= 3 * 6, "{failed} faults were tried");
    }

    #[test]
    fn damaged_bytes_are_never_taken_for_content() {
        let mut slots = Slots::open([MemoryFile::default(), MemoryFile::default()]);
        put(&mut slots, "older").unwrap();
        put(&mut slots, "newer").unwrap();
        let files = slots.into_files();
        for at in 0..HEADER + 5 {
            let mut damaged = files.clone();
            damaged[1].bytes[at] ^= 0x10;
            assert_eq!(text(&mut Slots::open(damaged)).as_deref(), Some("older"), "byte {at}");
            let mut cut = files.clone();
            cut[1].bytes.truncate(at);
            assert_eq!(text(&mut Slots::open(cut)).as_deref(), Some("older"), "cut at {at}");
        }
        let mut longer = files.clone();
        longer[1].bytes.push(0);
        assert_eq!(text(&mut Slots::open(longer)).as_deref(), Some("older"));
        assert_eq!(text(&mut Slots::open([MemoryFile::default(), files[0].clone()])).as_deref(), Some("older"));
    }
}
