//! What is asked of a file system to keep a cache, so that tests can stand in for it.

use std::fs::{self, File, FileType, Metadata, TryLockError};
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
        folders_first(fs::read_dir(folder)?.map(|entry| entry.map(|e| (e.path(), e.file_type()))))
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

/// Folders, and then whatever else. Some file systems do not list what kind a file is, and one may
/// be gone when it is asked for by itself: that is left out, and the others are there as before.
fn folders_first(
    entries: impl Iterator<Item = io::Result<(PathBuf, io::Result<FileType>)>>,
) -> io::Result<[Vec<PathBuf>; 2]> {
    let mut lists = [Vec::new(), Vec::new()];
    for entry in entries {
        match entry? {
            (path, Ok(kind)) => lists[usize::from(!kind.is_dir())].push(path),
            (_, Err(error)) if is_missing(&error) => {}
            (_, Err(error)) => return Err(error),
        }
    }
    Ok(lists)
}

impl CacheDisk for RealDisk {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_while_it_is_listed_is_left_out_alone() {
        let listed = |error: Option<io::ErrorKind>| {
            let kind = |path| fs::metadata(path).map(|found| found.file_type());
            let odd = error.map(|error| Ok(("odd".into(), Err(error.into()))));
            let rest = ["src", "Cargo.toml"].map(|name| Ok((PathBuf::from(name), kind(name))));
            folders_first(odd.into_iter().chain(rest)).map_err(|error| error.kind())
        };
        let rest = [vec![PathBuf::from("src")], vec![PathBuf::from("Cargo.toml")]];
        assert_eq!(listed(None), Ok(rest.clone()));
        assert_eq!(listed(Some(io::ErrorKind::NotFound)), Ok(rest));
        let unreadable = io::ErrorKind::PermissionDenied;
        assert_eq!(listed(Some(unreadable)), Err(unreadable));
    }
}
