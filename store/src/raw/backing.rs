//! What holds the lines of frozen memory: memory of our own, or a file.

use std::fs::File;
use std::io;

use memmap2::Mmap;

use super::memory::{LINE, LINE_WORDS, Line, bytes_of, bytes_of_mut};

/// Lines that never change, wherever they lie. Several memories may lie in one.
pub(crate) enum Backing {
    Lines(Box<[Line]>),
    File(Mmap),
}

impl Backing {
    /// A copy of some bytes; the rest of the last line is zero.
    pub(crate) fn copy(bytes: &[u8]) -> Self {
        let mut lines = vec![Line([0; LINE_WORDS]); bytes.len().div_ceil(LINE)];
        bytes_of_mut(&mut lines)[..bytes.len()].copy_from_slice(bytes);
        Self::Lines(lines.into_boxed_slice())
    }

    /// A file where it lies.
    pub(crate) fn map(file: &File) -> io::Result<Self> {
        // SAFETY: the map is only read. That nobody changes the file under it is what every caller
        // of `Image::open` is told to see to (R8); images are written aside, made read-only and
        // renamed into place, so that no program of this project does.
        let map = unsafe { Mmap::map(file) }?;
        Ok(Self::File(map))
    }

    /// All whole lines.
    pub(crate) fn lines(&self) -> &[Line] {
        match self {
            Self::Lines(lines) => lines,
            Self::File(map) => {
                // SAFETY: lines are made of words, any bytes of which are words again (R8).
                let (before, lines, _) = unsafe { map.align_to() };
                assert!(before.is_empty(), "a page begins with a line");
                lines
            }
        }
    }

    /// All bytes, also those of a file that do not fill a line.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Lines(lines) => bytes_of(lines),
            Self::File(map) => map,
        }
    }
}
