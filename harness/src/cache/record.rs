//! What an entry says about itself.

use serde::{Deserialize, Serialize};

use crate::inputs::{Fact, Fingerprint};

/// An entry of the cache: which state it is, what it depends on, and why it was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    pub(crate) boot: String,
    pub(crate) facts: Fingerprint,
    pub(crate) object: String,
    pub(crate) bytes: u64,
    pub(crate) milliseconds: u64,
    /// Seconds since 1970.
    pub(crate) made: u64,
    pub(crate) why: String,
    pub(crate) run: Option<String>,
}

impl Entry {
    /// The name of the boot.
    pub fn boot(&self) -> &str {
        &self.boot
    }

    /// What the state depends on.
    pub fn inputs(&self) -> &[Fact] {
        &self.facts.0
    }

    /// The name of the entry, which follows from its inputs.
    pub fn key(&self) -> String {
        self.facts.key()
    }

    /// The identity of the state: the BLAKE3 of its content.
    pub fn state(&self) -> &str {
        &self.object
    }

    /// How many bytes the state takes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How long the boot took.
    pub fn boot_milliseconds(&self) -> u64 {
        self.milliseconds
    }

    /// Why it was booted, and not found in the cache.
    pub fn why(&self) -> &str {
        &self.why
    }

    /// One line of JSON, and one with its BLAKE3.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let line = serde_json::to_string(self).expect("texts and numbers are JSON");
        format!("{line}\n{}\n", blake3::hash(line.as_bytes())).into_bytes()
    }

    /// The entry, if the bytes are one and it is whole.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let text = str::from_utf8(bytes).ok()?;
        let (line, hash) = text.strip_suffix('\n')?.split_once('\n')?;
        if blake3::hash(line.as_bytes()).to_string() != hash {
            return None;
        }
        serde_json::from_str(line).ok()
    }
}
