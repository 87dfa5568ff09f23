//! What an entry says about itself.

use std::path::Path;

use bootfork_store::image::{Disk, Image, ImageError, Trust};
use serde::{Deserialize, Serialize};

use crate::inputs::{Fact, Fingerprint};

/// An entry of the cache: which state it is, what it depends on, and why it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub(crate) boot: String,
    pub(crate) facts: Fingerprint,
    pub(crate) object: String,
    pub(crate) milliseconds: u64,
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

    /// How long the boot took.
    pub fn boot_milliseconds(&self) -> u64 {
        self.milliseconds
    }

    /// When it was booted, in seconds since 1970.
    pub fn made(&self) -> u64 {
        self.made
    }

    /// Why it was booted, and not found in the cache.
    pub fn why(&self) -> &str {
        &self.why
    }

    /// Writes the entry, whole or not at all.
    pub(crate) fn write(&self, disk: &dyn Disk, file: &Path) -> Result<(), ImageError> {
        let json = serde_json::to_vec(self).expect("texts and numbers are JSON");
        Image::builder(KIND, VERSION).bytes("entry", json).write_on(disk, file).map(drop)
    }

    /// The entry in a file, if it is one and whole.
    pub(crate) fn read(disk: &dyn Disk, file: &Path) -> Result<Self, ImageError> {
        let image = Image::open_on(disk, file, Trust::Full)?;
        image.expect_kind(KIND, VERSION)?;
        let not_written_here =
            ImageError::NoPart { part: "entry".to_owned(), expected: "an entry" };
        serde_json::from_slice(image.bytes("entry")?).map_err(|_| not_written_here)
    }
}

/// Whether this is why an entry cannot be read that another version of bootfork can.
pub(super) fn is_of_other_version(error: &ImageError) -> bool {
    match error {
        ImageError::Format { .. } | ImageError::Hashes { .. } => true,
        ImageError::WrongKind { found, .. } => found.name == KIND,
        _ => false,
    }
}

/// What images of entries are called. Raise the version when what an entry says, its name or the
/// place of its state changes: others then let such entries be.
pub(super) const KIND: &str = "bootfork-entry";
pub(super) const VERSION: u32 = 1;
