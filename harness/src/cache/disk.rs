//! What the cache does to a disk, so that tests can have it fail, stop or forget.

use std::fmt;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::Path;

/// The operations of which everything is made that the cache writes and reads.
pub(crate) trait Disk: fmt::Debug + Sync {
    /// Makes a folder and those above it.
    fn create_folder(&self, folder: &Path) -> io::Result<()>;
    /// Writes a new file; one of that name is an error.
    fn write_new(&self, file: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Waits until the content of a file is on the disk.
    fn sync(&self, file: &Path) -> io::Result<()>;
    /// Gives a file its name, in place of whatever had it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Waits until the names in a folder are on the disk.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Reads a whole file.
    fn read(&self, file: &Path) -> io::Result<Vec<u8>>;
    /// Deletes a file.
    fn remove(&self, file: &Path) -> io::Result<()>;
}

/// The disk itself.
#[derive(Debug)]
pub(crate) struct Local;

impl Disk for Local {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }

    fn write_new(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = File::create_new(file)?;
        file.write_all(bytes)?;
        let mut permissions = file.metadata()?.permissions();
        permissions.set_readonly(true);
        file.set_permissions(permissions)
    }

    fn sync(&self, file: &Path) -> io::Result<()> {
        File::open(file)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // Elsewhere folders cannot be opened, and names are on the disk sooner.
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    }

    fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
        fs::read(file)
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        fs::remove_file(file)
    }
}

/// The extension of files that have not got their name yet. Nobody reads them.
pub(crate) const TEMPORARY: &str = "tmp";

/// Writes a file under a name of its own, and gives it the real one when its content is on the
/// disk: at no moment, after no crash, is there half a file of that name.
pub(crate) fn publish(disk: &dyn Disk, file: &Path, bytes: &[u8]) -> io::Result<()> {
    // Processes of one number may share the folder, from within containers: names are drawn.
    let drawn = RandomState::new().hash_one(file);
    let temporary = file.with_extension(format!("{drawn:016x}.{TEMPORARY}"));
    let folder = file.parent().unwrap_or(Path::new("."));
    let published = disk
        .write_new(&temporary, bytes)
        .and_then(|()| disk.sync(&temporary))
        .and_then(|()| disk.rename(&temporary, file))
        .and_then(|()| disk.sync_folder(folder));
    if published.is_err() {
        disk.remove(&temporary).ok();
    }
    published
}
