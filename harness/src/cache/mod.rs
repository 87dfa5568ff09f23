#![doc = include_str!("../../CACHE.md")]
//!
//! # How it is kept
//!
//! ```text
//! target/bootfork/
//!   boots/NAME/KEY.entry        what a state depends on, and which object it is
//!   boots/NAME/KEY.lock         held by the process that boots it
//!   boots/NAME/NAME.ID.warning  what went wrong lately
//!   objects/ID.image            a state; its name is the identity of its content
//!   binaries/                   hashes of test binaries, remembered
//!   kept/                       states of failed tests
//! ```
//!
//! *Invariants.*
//!
//! 1. A file has its name only when its content is on the disk; no file is written to afterwards.
//! 2. KEY follows from the inputs that the entry records, ID from the object's content; what does
//!    not match its name, or the checksums of its image, is not used.
//! 3. An object is on the disk before the entry that refers to it.
//! 4. Nothing depends on a lock but that work is not done twice. Readers take none. The system
//!    frees the locks of a process that dies.
//! 5. Any file may be deleted at any time: what is missing is made again.
//! 6. Whoever prunes deletes what he knows to be too much or of no use, and what nobody has used
//!    for two weeks; not what he could not look at, or what another version may read.

pub(crate) mod binary;
mod disk;
pub(crate) mod obtain;
mod prune;
mod record;
mod settings;
#[cfg(test)]
mod tests;
mod warnings;

use std::error::Error;
use std::path::{Path, PathBuf};

use bootfork_store::image::{Image, ImageBuilder, ImageError, RealDisk, Trust};

use disk::{CacheDisk, is_missing};
pub use prune::Pruned;
pub use record::Entry;
pub(crate) use settings::Settings;
pub use settings::{BadSetting, Mode};
pub use warnings::Warning;

use crate::inputs::Fingerprint;
use crate::trace::span;

/// A cache in a folder.
///
/// ```
/// use bootfork::cache::Cache;
///
/// let folder = tempfile::tempdir()?;
/// assert!(Cache::at(folder.path()).entries().is_empty());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    /// For warnings that have no place in the folder.
    spare: PathBuf,
    disk: &'static dyn CacheDisk,
}

/// What was found under a key.
pub(crate) enum Found {
    State(Box<Entry>, Image),
    Nothing,
    /// Something that is not used, for this reason.
    Unusable(String),
}

impl Cache {
    /// The cache in this folder, which need not exist.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        Self { spare: warnings::spare_folder(&folder), folder, disk: &RealDisk }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All whole entries, by boot and then by age, the youngest last.
    pub fn entries(&self) -> Vec<Entry> {
        let files = self.disk.files(&self.folder.join("boots")).into_iter().flatten();
        let mut entries: Vec<_> = files.filter_map(|file| self.entry(&file)).collect();
        entries.sort_by(|a, b| (&a.boot, a.made, a.key()).cmp(&(&b.boot, b.made, b.key())));
        entries
    }

    /// One text that changes whenever the entries do.
    pub fn key(&self) -> String {
        let mut keys: Vec<_> = self.entries().iter().map(Entry::key).collect();
        keys.sort();
        let hash = blake3::hash(keys.concat().as_bytes()).to_hex();
        hash[..16].to_owned()
    }

    /// How many bytes the state of an entry takes; `None` if it is not there any more.
    pub fn state_bytes(&self, entry: &Entry) -> Option<u64> {
        self.disk.metadata(&self.object_file(&entry.object)).ok().map(|file| file.len())
    }

    /// The entry in a file, if it is one, whole, and under its name.
    fn entry(&self, file: &Path) -> Option<Entry> {
        if file.extension()? != "entry" {
            return None;
        }
        let entry = Entry::read(self.disk, file).ok()?;
        (*file == self.entry_file(&entry.boot, &entry.key())).then_some(entry)
    }

    pub(crate) fn load(&self, boot: &str, facts: &Fingerprint) -> Found {
        let key = facts.key();
        let file = self.entry_file(boot, &key);
        let entry = match Entry::read(self.disk, &file) {
            Ok(entry) if entry.key() == key => entry,
            Ok(_) => return Found::Unusable("its entry is of other inputs".to_owned()),
            Err(ImageError::Io { source, .. }) if is_missing(&source) => return Found::Nothing,
            Err(error) => return Found::Unusable(format!("its entry is of no use ({error})")),
        };
        span!("open", boot);
        match Image::open_on(self.disk, self.object_file(&entry.object), Trust::Full) {
            Ok(image) if image.id().to_string() == entry.object => {
                prune::mark_used(self.disk, &file);
                Found::State(Box::new(entry), image)
            }
            Ok(_) => Found::Unusable("its state is another".to_owned()),
            // Whoever prunes or deletes may have come between.
            Err(ImageError::Io { source, .. }) if is_missing(&source) => Found::Nothing,
            Err(error) => Found::Unusable(format!("its state is of no use ({error})")),
        }
    }

    pub(crate) fn save(
        &self,
        entry: &Entry,
        state: &ImageBuilder<'_>,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let (object, file) =
            (self.object_file(&entry.object), self.entry_file(&entry.boot, &entry.key()));
        for file in [&object, &file] {
            self.disk.create_folder(file.parent().unwrap_or(&self.folder))?;
        }
        state.write_on(self.disk, &object)?;
        Ok(entry.write(self.disk, &file)?)
    }

    pub(crate) fn entry_file(&self, boot: &str, key: &str) -> PathBuf {
        self.boot_folder(boot).join(format!("{key}.entry"))
    }

    pub(crate) fn object_file(&self, id: &str) -> PathBuf {
        self.folder.join("objects").join(format!("{id}.image"))
    }

    fn boot_folder(&self, boot: &str) -> PathBuf {
        self.folder.join("boots").join(folder_name(boot))
    }
}

/// The name of a boot as the name of a folder; boots that share one have other keys.
pub(crate) fn folder_name(boot: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    boot.chars().take(60).map(plain).collect()
}
