//! What the cache lets go of.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bootfork_store::image::{ASIDE, ImageError};

use super::disk::{CacheDisk, is_missing};
use super::record::is_of_other_version;
use super::warnings::warnings_in;
use super::{Cache, Entry};

/// An object without an entry may be about to get one, a file without its name is being written,
/// and somebody may be about to take a lock, if they are younger than this.
const IN_THE_MAKING: Duration = Duration::from_mins(10);
/// States of failed tests, hashes of test binaries, warnings, and entries of other versions of
/// bootfork have had their day after this.
pub(super) const FORGOTTEN: Duration = Duration::from_hours(14 * 24);
/// How exactly it is known when an entry was used last.
const USE_GRAIN: Duration = Duration::from_mins(1);

/// What was deleted.
///
/// ```
/// use bootfork::cache::{Cache, Pruned};
///
/// let folder = tempfile::tempdir()?;
/// assert_eq!(Cache::at(folder.path()).prune(1 << 30), Pruned::default());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pruned {
    /// Entries.
    pub entries: u64,
    /// Files of whatever kind.
    pub files: u64,
    /// Bytes that they took.
    pub bytes: u64,
    /// Whether some entries or states could not be seen: nothing was deleted then, since nobody
    /// knows what belongs together.
    pub unreadable: bool,
}

impl Pruned {
    /// Whether it could be removed.
    fn remove(&mut self, disk: &dyn CacheDisk, file: &Path) -> bool {
        let bytes = size(disk, file);
        let removed = disk.remove(file).is_ok();
        if removed {
            self.files += 1;
            self.bytes += bytes;
        }
        removed
    }
}

impl Cache {
    /// Deletes the entries that were used longest ago, until their states take no more than so
    /// many bytes; the oldest states of failed tests that have no room beside them; and whatever
    /// nobody can use: what is damaged, what was left half written, what no entry refers to.
    ///
    /// It may run at any time. Who loses an entry by it boots again. The newest stays in any case.
    /// Entries of other versions of bootfork stay until they were not used for two weeks, do not
    /// count, and keep all states that may be theirs.
    pub fn prune(&self, bytes_max: u64) -> Pruned {
        let mut pruned = Pruned::default();
        match self.contents() {
            Ok(contents) => self.prune_contents(contents, bytes_max, &mut pruned),
            Err(_) => pruned.unreadable = true,
        }
        pruned
    }

    fn prune_contents(&self, contents: Contents, bytes_max: u64, pruned: &mut Pruned) {
        let disk = self.disk;
        let (mut kept, mut let_go) = (HashSet::new(), HashSet::new());
        let mut bytes = 0;
        for (file, entry) in contents.entries {
            let object = self.object_file(&entry.object);
            let more = if kept.contains(&object) { 0 } else { size(disk, &object) };
            let too_much = bytes + more > bytes_max && !kept.is_empty();
            if too_much && pruned.remove(disk, &file) {
                pruned.entries += 1;
                let_go.insert(object);
            } else {
                bytes += more;
                kept.insert(object);
                kept.insert(file);
            }
        }
        // What was too much goes all the same: whoever else has a use for it boots again.
        let has_others = !contents.others.is_empty();
        let may_be_others = |file: &PathBuf| has_others && is_image(file) && !let_go.contains(file);
        kept.extend(contents.others);
        for (folder, file) in contents.files {
            let is_kept = kept.contains(&file) || folder == "objects" && may_be_others(&file);
            if !is_kept && is_useless(disk, &file, folder) {
                pruned.remove(disk, &file);
            }
        }
        for file in warnings_in(disk, &self.spare) {
            if age(disk, &file) > FORGOTTEN {
                pruned.remove(disk, &file);
            }
        }
        self.prune_kept(bytes_max.saturating_sub(bytes), pruned);
    }

    /// Deletes the oldest states of failed tests until the rest fits; not those that somebody may
    /// just have been told of.
    fn prune_kept(&self, bytes_max: u64, pruned: &mut Pruned) {
        let disk = self.disk;
        let mut files: Vec<_> =
            disk.files(&self.folder.join("kept")).into_iter().flatten().collect();
        files.retain(|file| is_image(file));
        files.sort_by_cached_key(|file| Reverse(last_use(disk, file)));
        let mut bytes = 0;
        for file in files {
            bytes += size(disk, &file);
            if bytes > bytes_max && age(disk, &file) > IN_THE_MAKING {
                pruned.remove(disk, &file);
            }
        }
    }

    /// What there is, or why some entry or state cannot be seen. What else cannot be found stays.
    fn contents(&self) -> io::Result<Contents> {
        let mut contents = Contents::default();
        let files = |folder| self.disk.files(&self.folder.join(folder)).into_iter();
        for file in files("objects") {
            contents.files.push(("objects", file?));
        }
        for file in files("boots") {
            let file = file?;
            if file.extension().is_some_and(|extension| extension == "entry") {
                self.look_at(&file, &mut contents)?;
            }
            contents.files.push(("boots", file));
        }
        for folder in ["binaries", "kept"] {
            contents.files.extend(files(folder).flatten().map(|file| (folder, file)));
        }
        // Each is asked once: others may use or delete entries at any time.
        contents
            .entries
            .sort_by_cached_key(|(file, entry)| (Reverse(last_use(self.disk, file)), entry.key()));
        Ok(contents)
    }

    /// Takes an entry down, unless it can be seen to be of no use to anybody.
    fn look_at(&self, file: &Path, contents: &mut Contents) -> io::Result<()> {
        let disk = self.disk;
        match Entry::read(disk, file) {
            Ok(entry) => {
                let is_named = *file == self.entry_file(&entry.boot, &entry.key());
                if is_named && !disk.is_gone(&self.object_file(&entry.object)) {
                    contents.entries.push((file.to_owned(), entry));
                }
            }
            Err(ImageError::Io { source, .. }) if !is_missing(&source) => return Err(source),
            Err(error) if is_of_other_version(&error) && age(disk, file) <= FORGOTTEN => {
                contents.others.push(file.to_owned());
            }
            Err(_) => {}
        }
        Ok(())
    }
}

/// What there is in a cache, all of it looked at before anything is deleted.
#[derive(Default)]
struct Contents {
    /// The entries that can be used and their files, the one used last first.
    entries: Vec<(PathBuf, Entry)>,
    /// Entries of other versions of bootfork that were used lately. Which states are theirs cannot
    /// be known here.
    others: Vec<PathBuf>,
    /// All files, each with the folder of the cache that it is below.
    files: Vec<(&'static str, PathBuf)>,
}

/// Whether a file that no entry to be kept needs may be deleted. What is not named as the cache's
/// own files are is somebody else's, in a folder that was not meant to be a cache.
fn is_useless(disk: &dyn CacheDisk, file: &Path, folder: &str) -> bool {
    if file.to_string_lossy().ends_with(ASIDE) {
        return age(disk, file) > IN_THE_MAKING;
    }
    match (file.extension().and_then(OsStr::to_str), folder) {
        (Some("lock"), "boots") => {
            let is_free = || disk.find_lock(file).is_ok_and(|lock| disk.try_lock(&lock).is_ok());
            let has_entry = !disk.is_gone(&file.with_extension("entry"));
            !has_entry && age(disk, file) > IN_THE_MAKING && is_free()
        }
        (Some("entry"), "boots") | (Some("image"), "objects") => age(disk, file) > IN_THE_MAKING,
        (Some("image"), "binaries" | "kept") | (Some("warning"), "boots") => {
            age(disk, file) > FORGOTTEN
        }
        _ => false,
    }
}

fn is_image(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "image")
}

/// Remembers that an entry was used, if that can be.
pub(super) fn mark_used(disk: &dyn CacheDisk, entry: &Path) {
    if age(disk, entry) > USE_GRAIN {
        disk.touch(entry).ok();
    }
}

/// How long ago a file was changed; no time at all, if that cannot be known.
pub(super) fn age(disk: &dyn CacheDisk, file: &Path) -> Duration {
    last_use(disk, file).elapsed().unwrap_or_default()
}

/// When a file was changed; now, if that cannot be known.
pub(super) fn last_use(disk: &dyn CacheDisk, file: &Path) -> SystemTime {
    let changed = disk.metadata(file).and_then(|file| file.modified());
    changed.unwrap_or_else(|_| SystemTime::now())
}

fn size(disk: &dyn CacheDisk, file: &Path) -> u64 {
    disk.metadata(file).map_or(0, |file| file.len())
}
