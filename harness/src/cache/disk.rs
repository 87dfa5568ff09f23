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

    /// Opens the file of a lock that is there.
    fn find_lock(&self, file: &Path) -> io::Result<File> {
        File::options().write(true).open(file)
    }

    /// Takes a lock, unless somebody has it.
    fn try_lock(&self, lock: &File) -> Result<(), TryLockError> {
        lock.try_lock()
    }

    /// What is known of a file besides its content.
    fn metadata(&self, file: &Path) -> io::Result<Metadata> {
        fs::metadata(file)
    }

    /// Whether a file is known not to be there.
    fn is_gone(&self, file: &Path) -> bool {
        self.metadata(file).is_err_and(|error| is_missing(&error))
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
            lists[usize::from(!entry.file_type()?.is_dir())].push(entry.path());
        }
        Ok(lists)
    }

    /// All files in a folder and in those below it, but not behind links, and an error for each
    /// folder that cannot be read. One that is not there has none.
    fn files(&self, folder: &Path) -> Vec<io::Result<PathBuf>> {
        match self.list(folder) {
            Ok([folders, files]) => {
                let below = folders.iter().flat_map(|folder| self.files(folder));
                files.into_iter().map(Ok).chain(below).collect()
            }
            Err(error) if is_missing(&error) => Vec::new(),
            Err(error) => vec![Err(error)],
        }
    }
}

/// Whether something is not there, which is to say more than that it cannot be read.
pub(super) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

impl CacheDisk for RealDisk {}
