//! Disks that fail when they are told to, and one that tells what was done to it.

use std::fs::{File, Metadata, TryLockError};
use std::io;
use std::sync::Mutex;

use bootfork_store::image::{Disk, DiskFile, Mapped};

use super::*;

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fail {
    Never,
    /// This operation alone.
    At(usize),
    /// This one and all after it, as if the process had been killed there.
    From(usize),
    /// All that need room.
    Full,
    /// All that change something.
    ReadOnly,
    /// Nothing, but before this operation somebody else deletes that file or folder.
    Deleted(usize, &'static Path),
}

/// What was done to the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Create(PathBuf),
    Write(PathBuf, Vec<u8>),
    Sync(PathBuf),
    Rename(PathBuf, PathBuf),
    SyncFolder(PathBuf),
    /// Made a folder, unless it was there.
    Folder,
    /// Removed or protected a file.
    Other,
    /// Read a file, or went for a lock.
    Got,
    /// Looked which files there are, and of what age and size; or made one younger. If that fails,
    /// only what to delete is told by it.
    Looked,
}

impl Done {
    pub(super) fn changes(&self) -> bool {
        !matches!(self, Self::Folder | Self::Got | Self::Looked)
    }
}

/// The real disk, but for what fails; half of a write that fails is written.
#[derive(Debug)]
pub(super) struct Unreliable {
    fail: Fail,
    done: &'static Mutex<Vec<Done>>,
}

struct UnreliableFile {
    path: PathBuf,
    file: File,
    disk: Unreliable,
}

/// A disk that lives as long as the tests.
pub(super) fn disk(fail: Fail) -> &'static Unreliable {
    Box::leak(Box::new(Unreliable { fail, done: Box::leak(Box::default()) }))
}

impl Unreliable {
    pub(super) fn done(&self) -> Vec<Done> {
        self.done.lock().expect("nobody panics with it").clone()
    }

    fn attempt<T>(
        &self,
        op: Done,
        needs_room: bool,
        act: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        let mut done = self.done.lock().expect("nobody panics with it");
        let (number, changes) = (done.len(), op.changes());
        done.push(op);
        drop(done);
        let kind = match self.fail {
            Fail::At(at) if number == at => io::ErrorKind::Other,
            Fail::From(from) if number >= from => io::ErrorKind::Other,
            Fail::Full if needs_room => io::ErrorKind::StorageFull,
            Fail::ReadOnly if changes => io::ErrorKind::ReadOnlyFilesystem,
            Fail::Deleted(before, path) if number == before => {
                fs::remove_file(path).or_else(|_| fs::remove_dir_all(path)).expect("it is there");
                return act();
            }
            _ => return act(),
        };
        Err(kind.into())
    }
}

impl Disk for Unreliable {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.attempt(Done::Create(path.into()), false, || {
            let disk = Self { fail: self.fail, done: self.done };
            let (path, file) = (path.to_owned(), File::create_new(path)?);
            Ok(Box::new(UnreliableFile { path, file, disk }) as Box<dyn DiskFile>)
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.attempt(Done::Rename(from.into(), to.into()), false, || RealDisk.rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.attempt(Done::Other, false, || RealDisk.remove(path))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // The real disk's own syncs would show nothing, and take long.
        self.attempt(Done::SyncFolder(folder.into()), false, || Ok(()))
    }

    fn map(&self, path: &Path) -> io::Result<Mapped> {
        assert!(!is_aside(path), "{} is still being written", path.display());
        self.attempt(Done::Got, false, || RealDisk.map(path))
    }
}

impl CacheDisk for Unreliable {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        self.attempt(Done::Folder, false, || RealDisk.create_folder(folder))
    }

    fn open_lock(&self, file: &Path) -> io::Result<File> {
        self.attempt(Done::Got, false, || RealDisk.open_lock(file))
    }

    fn find_lock(&self, file: &Path) -> io::Result<File> {
        self.attempt(Done::Looked, false, || RealDisk.find_lock(file))
    }

    fn try_lock(&self, lock: &File) -> Result<(), TryLockError> {
        self.attempt(Done::Got, false, || Ok(())).map_err(TryLockError::Error)?;
        RealDisk.try_lock(lock)
    }

    fn metadata(&self, file: &Path) -> io::Result<Metadata> {
        self.attempt(Done::Looked, false, || RealDisk.metadata(file))
    }

    fn small_file(&self, file: &Path) -> io::Result<Vec<u8>> {
        self.attempt(Done::Looked, false, || RealDisk.small_file(file))
    }

    fn touch(&self, file: &Path) -> io::Result<()> {
        self.attempt(Done::Looked, false, || RealDisk.touch(file))
    }

    fn list(&self, folder: &Path) -> io::Result<[Vec<PathBuf>; 2]> {
        self.attempt(Done::Looked, false, || RealDisk.list(folder))
    }
}

impl DiskFile for UnreliableFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = Done::Write(self.path.clone(), bytes.to_vec());
        let done = self.disk.attempt(written, true, || self.file.write(bytes));
        if done.is_err() {
            self.file.write(&bytes[..bytes.len() / 2])?;
        }
        done
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.attempt(Done::Sync(self.path.clone()), false, || Ok(()))
    }

    fn protect(&mut self) -> io::Result<()> {
        self.disk.attempt(Done::Other, false, || self.file.protect())
    }
}
