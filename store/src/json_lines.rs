//! A store as text: one JSON array `["key","value"]` a line, in key order.

use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, Write};

use crate::store::Store;

/// Why a store could not be written as text.
///
/// ```
/// use bootfork_store::{ExportError, Store};
///
/// let mut store = Store::new();
/// store.set([0xff], "1");
/// assert!(matches!(store.export(&mut Vec::new()), Err(ExportError::NotText { .. })));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ExportError {
    /// This key, or its value, is not UTF-8, and JSON has no other text.
    NotText {
        /// The key, with what is not text replaced.
        key: String,
        /// Whether it is the key itself; else it is the value.
        in_key: bool,
    },
    /// The writer failed.
    Write(io::Error),
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotText { key, in_key: true } => write!(f, "the key {key:?} is not UTF-8"),
            Self::NotText { key, in_key: false } => write!(f, "the value of {key:?} is not UTF-8"),
            Self::Write(_) => f.write_str("cannot write the entries"),
        }
    }
}

impl Error for ExportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotText { .. } => None,
            Self::Write(error) => Some(error),
        }
    }
}

/// Why a text is not a store: the line, counted from one, and what is wrong with it.
///
/// ```
/// use bootfork_store::{ImportProblem, Store};
///
/// let error = Store::import(&b"[\"a\",\"1\"]\n[\"a\",\"2\"]\n"[..]).unwrap_err();
/// assert_eq!(error.line, 2);
/// assert!(matches!(error.problem, ImportProblem::DuplicateKey(key) if key == "a"));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct ImportError {
    /// The line, counted from one.
    pub line: usize,
    /// What is wrong with it.
    pub problem: ImportProblem,
}

/// What is wrong with a line.
///
/// ```
/// use bootfork_store::{ImportProblem, Store};
///
/// let error = Store::import(&b"[\"key\"]"[..]).unwrap_err();
/// assert!(matches!(error.problem, ImportProblem::NotAnEntry(_)));
/// assert_eq!(error.to_string(), "line 1: not a JSON array [\"key\",\"value\"]");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ImportProblem {
    /// It is not a JSON array of two strings.
    NotAnEntry(serde_json::Error),
    /// An earlier line has this key.
    DuplicateKey(String),
    /// The reader failed; also when the text is not UTF-8.
    Read(io::Error),
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.problem {
            ImportProblem::NotAnEntry(_) => f.write_str("not a JSON array [\"key\",\"value\"]"),
            ImportProblem::DuplicateKey(key) => write!(f, "the key {key:?} comes a second time"),
            ImportProblem::Read(_) => f.write_str("cannot be read"),
        }
    }
}

impl Error for ImportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.problem {
            ImportProblem::NotAnEntry(error) => Some(error),
            ImportProblem::DuplicateKey(_) => None,
            ImportProblem::Read(error) => Some(error),
        }
    }
}

impl Store {
    /// Writes each entry as a line `["key","value"]`, in key order: equal stores give equal text.
    ///
    /// # Errors
    ///
    /// If a key or value is not UTF-8, or the writer fails. Lines before that are written.
    ///
    /// ```
    /// let store: bootfork_store::Store = [("b", "\"2\""), ("a", "1")].into_iter().collect();
    /// let mut text = Vec::new();
    /// store.export(&mut text)?;
    /// assert_eq!(text, b"[\"a\",\"1\"]\n[\"b\",\"\\\"2\\\"\"]\n");
    /// # Ok::<(), bootfork_store::ExportError>(())
    /// ```
    pub fn export(&self, mut to: impl Write) -> Result<(), ExportError> {
        for (key, value) in self {
            let text = |bytes, in_key| {
                std::str::from_utf8(bytes).map_err(|_| ExportError::NotText {
                    key: String::from_utf8_lossy(key).into_owned(),
                    in_key,
                })
            };
            let entry = (text(key, true)?, text(value, false)?);
            serde_json::to_writer(&mut to, &entry).map_err(|e| ExportError::Write(e.into()))?;
            to.write_all(b"\n").map_err(ExportError::Write)?;
        }
        Ok(())
    }

    /// Reads what [`export`](Store::export) writes; the lines may come in any order.
    ///
    /// # Errors
    ///
    /// If a line is not an array of two strings, repeats a key, or cannot be read.
    ///
    /// ```
    /// let text = b"[\"b\",\"2\"]\n[\"a\",\"1\"]\n";
    /// let store = bootfork_store::Store::import(&text[..])?;
    /// assert_eq!(store.get("a"), Some(&b"1"[..]));
    /// # Ok::<(), bootfork_store::ImportError>(())
    /// ```
    pub fn import(from: impl BufRead) -> Result<Store, ImportError> {
        let mut entries = Vec::new();
        for (at, line) in from.lines().enumerate() {
            let error = |problem| ImportError { line: at + 1, problem };
            let line = line.map_err(|e| error(ImportProblem::Read(e)))?;
            let entry: (String, String) =
                serde_json::from_str(&line).map_err(|e| error(ImportProblem::NotAnEntry(e)))?;
            entries.push(entry);
        }
        let store: Store = entries.iter().map(|(key, value)| (key, value)).collect();
        if store.len() == entries.len() {
            return Ok(store);
        }
        let mut seen = Store::new();
        match entries.into_iter().enumerate().find(|(_, (key, _))| !seen.set(key, "")) {
            None => unreachable!("fewer keys than lines"),
            Some((at, (key, _))) => {
                Err(ImportError { line: at + 1, problem: ImportProblem::DuplicateKey(key) })
            }
        }
    }
}
