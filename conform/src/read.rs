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
            Self::NotBundled { name } => write!(f, "no recording named {name:?} is bundled"),
        }
    }
}

impl std::error::Error for ReadError {}

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
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return utf8(place, bytes.to_vec());
    }
    let mut unpacked = Vec::new();
    GzDecoder::new(bytes)
        .read_to_end(&mut unpacked)
        .map_err(|error| ReadError::Unreadable { place: place.to_owned(), error })?;
    utf8(place, unpacked)
}

fn utf8(place: &Path, bytes: Vec<u8>) -> Result<String, ReadError> {
    String::from_utf8(bytes).map_err(|error| ReadError::Malformed {
        place: place.to_owned(),
        line: None,
        problem: error.to_string(),
    })
}
