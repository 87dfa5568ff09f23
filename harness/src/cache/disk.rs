//! What is asked of a file system to keep a cache, so that tests can stand in for it.

use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bootfork_store::image::{Disk, RealDisk};

/// A disk that holds a cache. What is written here is the way of the system's own.
pub(crate) trait CacheDisk: Disk {
    /// Makes a folder and those above it, unless they are there.
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }

    /// Opens the file of a lock, which may not be there yet.
    fn open_lock(&self, file: &Path) -> io::Result<File> {
        File::options().create(true).truncate(false).write(true).open(file)
    }

    /// Takes a lock, unless somebody has it.
    fn try_lock(&self, lock: &File) -> Result<(), TryLockError> {
        lock.try_lock()
    }

    /// What is known of a file besides its content.
    fn metadata(&self, file: &Path) -> io::Result<Metadata> {
        fs::metadata(file)
    }

    /// The bytes of a file that should be small, and not more of them than that.
    fn small_file(&self, file: &Path) -> io::Result<Vec<u8>> {
        const MOST: u64 = 64 << 10;
        if !fs::symlink_metadata(file)?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut bytes = Vec::new();
        File::open(file)?.take(MOST).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Makes a file as young as one just written.
    fn touch(&self, file: &Path) -> io::Result<()> {
        File::open(file)?.set_modified(SystemTime::now())
    }

    /// What lies in a folder: folders first, then whatever else, links to folders too.
    fn list(&self, folder: &Path) -> io::Result<[Vec<PathBuf>; 2]> {
        let mut lists = [Vec::new(), Vec::new()];
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            lists[usize::from(!is_folder)].push(entry.path());
        }
        Ok(lists)
    }

    /// All files in a folder and in those below it, but not behind links; none where it cannot be
    /// read.
    fn files(&self, folder: &Path) -> Vec<PathBuf> {
        let Ok([folders, mut files]) = self.list(folder) else { return Vec::new() };
        files.extend(folders.iter().flat_map(|folder| self.files(folder)));
        files
    }
}

impl CacheDisk for RealDisk {}
