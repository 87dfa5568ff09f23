//! What went wrong with a cache and was done without, for whoever asks later.

use std::cmp::Reverse;
use std::env;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bootfork_store::image::{Disk, Image, ImageError, RealDisk};
use serde::{Deserialize, Serialize};

use super::disk::CacheDisk;
use super::prune::{FORGOTTEN, age, last_use};
use super::{Cache, folder_name};

/// A warning that a process gave, because it could not use the cache as it should.
///
/// ```
/// use bootfork::cache::{Cache, Warning};
///
/// let folder = tempfile::tempdir()?;
/// let warnings: Vec<Warning> = Cache::at(folder.path()).warnings();
/// assert!(warnings.is_empty());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Warning {
    boot: String,
    given: u64,
    text: String,
}

/// How many are remembered of one boot.
const WARNINGS_MAX: usize = 8;
/// A warning that was given no longer ago than this is not written down again.
const RECENTLY: Duration = Duration::from_mins(1);

impl Warning {
    /// The name of the boot.
    pub fn boot(&self) -> &str {
        &self.boot
    }

    /// When it was given last, in seconds since 1970.
    pub fn given(&self) -> u64 {
        self.given
    }

    /// What it said.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn write(&self, disk: &dyn Disk, file: &Path) -> Result<(), ImageError> {
        let json = serde_json::to_vec(self).expect("texts and numbers are JSON");
        Image::builder(KIND, VERSION).bytes("warning", json).write_on(disk, file).map(drop)
    }

    /// The warning in a file, if it is one.
    fn read(disk: &dyn CacheDisk, file: &Path) -> Option<Self> {
        // Not mapped: it may lie in a folder that others write to.
        let image = Image::from_bytes(&disk.small_file(file).ok()?).ok()?;
        image.expect_kind(KIND, VERSION).ok()?;
        let mut warning: Self = serde_json::from_slice(image.bytes("warning").ok()?).ok()?;
        // It may come from a folder that others write to, and goes to a terminal.
        for text in [&mut warning.boot, &mut warning.text] {
            text.retain(|c| !c.is_control());
        }
        Some(warning)
    }
}

impl Cache {
    /// The last warnings that processes gave, by boot and then by age, the youngest last: a few of
    /// each boot, for about two weeks.
    pub fn warnings(&self) -> Vec<Warning> {
        let beside_entries = self.disk.files(&self.folder.join("boots")).into_iter().flatten();
        let beside_entries = beside_entries.filter(|file| is_warning(file));
        let files = beside_entries.chain(warnings_in(self.disk, &self.spare));
        let mut warnings: Vec<_> =
            files.filter_map(|file| Warning::read(self.disk, &file)).collect();
        warnings.sort();
        warnings
    }

    /// Writes a warning down, beside the entries of the boot; or, since it may well be about a
    /// folder or a disk that cannot be written to, among the system's temporary files.
    pub(crate) fn remember(&self, boot: &str, text: &str) {
        let given = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |age| age.as_secs());
        let warning = Warning { boot: boot.to_owned(), given, text: text.to_owned() };
        let hash = blake3::hash(format!("{boot}\0{text}").as_bytes()).to_hex();
        let name = format!("{}{hash:.16}.warning", name_of(boot));
        let folders: [(_, &dyn CacheDisk); 2] =
            [(self.boot_folder(boot), self.disk), (self.spare.clone(), &RealDisk)];
        for (folder, disk) in folders {
            let file = folder.join(&name);
            let is_known = disk.metadata(&file).is_ok() && age(disk, &file) < RECENTLY;
            let is_written =
                || disk.create_folder(&folder).is_ok() && warning.write(disk, &file).is_ok();
            if is_known || is_written() {
                forget_oldest(disk, &folder, boot);
                return;
            }
        }
    }
}

/// Makes room for the next warnings of a boot, and deletes all that have had their day.
fn forget_oldest(disk: &dyn CacheDisk, folder: &Path, boot: &str) {
    let mut warnings = warnings_in(disk, folder);
    warnings.sort_by_cached_key(|file| Reverse(last_use(disk, file)));
    let mut room = WARNINGS_MAX;
    for file in warnings {
        let is_of_boot = file
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(name_of(boot).as_bytes()));
        if age(disk, &file) > FORGOTTEN || (is_of_boot && room == 0) {
            disk.remove(&file).ok();
        } else if is_of_boot {
            room -= 1;
        }
    }
}

/// How the files of a boot's warnings are named, up to what tells them apart. There is no dot in
/// it but the last.
fn name_of(boot: &str) -> String {
    format!("{}.", folder_name(boot))
}

/// The warnings in a folder. Those below it are none of ours: where others may write, they decide
/// how much there is to walk through.
pub(super) fn warnings_in(disk: &dyn CacheDisk, folder: &Path) -> Vec<PathBuf> {
    let [_, mut files] = disk.list(folder).unwrap_or_default();
    files.retain(|file| is_warning(file));
    files
}

fn is_warning(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "warning")
}

/// Where the warnings of a cache go that cannot be written to.
pub(super) fn spare_folder(cache: &Path) -> PathBuf {
    let cache = std::path::absolute(cache).unwrap_or_else(|_| cache.to_owned());
    let hash = blake3::hash(cache.as_os_str().as_encoded_bytes()).to_hex();
    env::temp_dir().join(format!("bootfork-{hash:.16}"))
}

/// What images of warnings are called.
const KIND: &str = "bootfork-warning";
const VERSION: u32 = 1;
