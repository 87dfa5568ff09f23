//! Reading a recording's files, from a folder or from those bundled.

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

/// Why a recording could not be read.
///
/// ```
/// use bootfork_conform::Recording;
///
/// let error = Recording::read("no/such/folder".as_ref()).unwrap_err();
/// assert!(error.to_string().contains("no/such/folder"));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// A file is not there, neither plain nor with `.gz`.
    Missing {
        /// Where it was looked for.
        place: PathBuf,
    },
    /// A file is there and cannot be read.
    Unreadable {
        /// Which.
        place: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file holds something else.
    Malformed {
        /// Which.
        place: PathBuf,
        /// The line, from 1, where there are lines.
        line: Option<usize>,
        /// What is wrong with it.
        problem: String,
    },
    /// A packed file holds more than is read of one. Unpack it by hand if that is meant.
    TooLong {
        /// Which.
        place: PathBuf,
        /// The most that is unpacked, in bytes.
        limit: u64,
    },
    /// No recording of that name is bundled.
    NotBundled {
        /// The name.
        name: String,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { place } => {
                write!(
                    f,
                    "{}: no such file, plain or .gz; is this the folder of a recording?",
                    place.display()
                )
            }
            Self::Unreadable { place, error } => write!(f, "{}: {error}", place.display()),
            Self::Malformed { place, line: Some(line), problem } => {
                write!(f, "{}, line {line}: {problem}", place.display())
            }
            Self::Malformed { place, line: None, problem } => {
                write!(f, "{}: {problem}", place.display())
            }
            Self::TooLong { place, limit } => {
                write!(f, "{}: more than {limit} bytes when unpacked", place.display())
            }
            Self::NotBundled { name } => write!(f, "no recording named {name:?} is bundled"),
        }
    }
}

impl std::error::Error for ReadError {}

/// The most that one packed file may hold, in bytes: a packed kilobyte can hold a megabyte, and a
/// recording may come from anywhere.
const UNPACKED_MAX: u64 = 1 << 30;

/// Where the files of one recording are.
pub(crate) trait Source {
    /// The file's text, unpacked.
    fn text(&self, file: &str) -> Result<String, ReadError>;
    /// The place of a file, for messages.
    fn place(&self, file: &str) -> PathBuf;
    /// The recording of that name beside this one.
    fn sibling(&self, name: &str) -> Box<dyn Source>;
}

/// A folder on disk.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Source for Folder {
    fn text(&self, file: &str) -> Result<String, ReadError> {
        let plain = self.0.join(file);
        match std::fs::read(&plain) {
            Ok(bytes) => utf8(&plain, bytes),
            Err(error) if is_missing(&error) => {
                let packed = self.0.join(format!("{file}.gz"));
                match std::fs::read(&packed) {
                    Ok(bytes) => unpack(&packed, &bytes),
                    Err(error) if is_missing(&error) => Err(ReadError::Missing { place: plain }),
                    Err(error) => Err(ReadError::Unreadable { place: packed, error }),
                }
            }
            Err(error) => Err(ReadError::Unreadable { place: plain, error }),
        }
    }

    fn place(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    fn sibling(&self, name: &str) -> Box<dyn Source> {
        Box::new(Self(self.0.parent().unwrap_or(Path::new("..")).join(name)))
    }
}

/// Also when what should be the folder is a file.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The text of a file, by what its first bytes say it is.
pub(crate) fn unpack(place: &Path, bytes: &[u8]) -> Result<String, ReadError> {
    unpack_at_most(UNPACKED_MAX, place, bytes)
}

fn unpack_at_most(limit: u64, place: &Path, bytes: &[u8]) -> Result<String, ReadError> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return utf8(place, bytes.to_vec());
    }
    let mut unpacked = Vec::new();
    // One byte more than the limit tells a file that is longer from one that ends there.
    let read = GzDecoder::new(bytes)
        .take(limit + 1)
        .read_to_end(&mut unpacked)
        .map_err(|error| ReadError::Unreadable { place: place.to_owned(), error })?;
    if read as u64 > limit {
        return Err(ReadError::TooLong { place: place.to_owned(), limit });
    }
    utf8(place, unpacked)
}

fn utf8(place: &Path, bytes: Vec<u8>) -> Result<String, ReadError> {
    String::from_utf8(bytes).map_err(|error| ReadError::Malformed {
        place: place.to_owned(),
        line: None,
        problem: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn a_file_is_unpacked_up_to_the_limit() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&[b'x'; 5000]).expect("packed in memory");
        let packed = encoder.finish().expect("packed in memory");
        assert!(packed.len() < 100);

        let unpack = |limit| unpack_at_most(limit, Path::new("log.jsonl.gz"), &packed);
        assert_eq!(unpack(5000).expect("at the limit").len(), 5000);
        let error = unpack(4999).expect_err("over the limit");
        assert!(matches!(error, ReadError::TooLong { limit: 4999, .. }), "{error}");
        assert_eq!(error.to_string(), "log.jsonl.gz: more than 4999 bytes when unpacked");
    }
}
