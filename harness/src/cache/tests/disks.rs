//! Disks that fail when they are told to, and one that tells what was done to it.

use std::fs::File;
use std::io;
use std::sync::Mutex;

use bootfork_store::image::DiskFile;

use super::*;

/// Which operations fail.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fail {
    Never,
    /// This one alone.
    At(usize),
    /// This one and all after it, as if the process had been killed there.
    From(usize),
    /// All that need room.
    Full,
    /// All.
    ReadOnly,
}

/// What was done to the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Create(PathBuf),
    Write(PathBuf, Vec<u8>),
    Sync(PathBuf),
    Rename(PathBuf, PathBuf),
    SyncFolder(PathBuf),
    Other,
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
        let number = done.len();
        done.push(op);
        drop(done);
        let kind = match self.fail {
            Fail::At(at) if number == at => io::ErrorKind::Other,
            Fail::From(from) if number >= from => io::ErrorKind::Other,
            Fail::Full if needs_room => io::ErrorKind::StorageFull,
            Fail::ReadOnly => io::ErrorKind::ReadOnlyFilesystem,
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
