//! A disk in memory that fails, loses its power, and tells what could be on it afterwards.
#![allow(dead_code, reason = "each test binary asks other things of it")]

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use bootfork_store::image::{Disk, DiskFile, Mapped};

/// Files by their names, as somebody finds them.
pub(crate) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The step of this number, from 0, fails; those after it do not.
    FailAt(usize),
    /// Power is lost before the step of this number: it and all after it fail.
    CutBefore(usize),
}

/// See the module. A clone is the same disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct SimulatedDisk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    files: Vec<File>,
    names: BTreeMap<PathBuf, usize>,
    /// The names that outlive a power cut.
    durable_names: BTreeMap<PathBuf, usize>,
    steps: usize,
    fault: Option<Fault>,
    /// Nothing is made durable, though it is said to be.
    ignores_sync: bool,
}

#[derive(Debug, Default)]
struct File {
    bytes: Vec<u8>,
    /// What outlives a power cut.
    durable: Vec<u8>,
}

impl SimulatedDisk {
    /// A disk that has these files, and has had them for long.
    pub(crate) fn new(files: &Files) -> Self {
        let mut state = State::default();
        for (number, (path, bytes)) in files.iter().enumerate() {
            state.files.push(File { bytes: bytes.clone(), durable: bytes.clone() });
            state.names.insert(path.clone(), number);
        }
        state.durable_names = state.names.clone();
        Self(Arc::new(Mutex::new(state)))
    }

    pub(crate) fn with(self, fault: Fault) -> Self {
        self.state().fault = Some(fault);
        self
    }

    /// Sync does nothing from now on.
    pub(crate) fn lying(self) -> Self {
        self.state().ignores_sync = true;
        self
    }

    /// How many steps were taken.
    pub(crate) fn steps(&self) -> usize {
        self.state().steps
    }

    /// The files that programs find now.
    pub(crate) fn files(&self) -> Files {
        let state = self.state();
        let named = state.names.iter();
        named.map(|(path, file)| (path.clone(), state.files[*file].bytes.clone())).collect()
    }

    /// What could be on the disk when the power is back: with the names that were synced or those
    /// that there were last; with each file as it was synced, as it was last, as long but zero, or
    /// cut in the middle of what was not synced.
    pub(crate) fn after_cut(&self) -> Vec<Files> {
        let state = self.state();
        let mut outcomes = Vec::new();
        for names in [&state.durable_names, &state.names] {
            for loss in 0..4 {
                let file = |(path, file): (&PathBuf, &usize)| {
                    (path.clone(), state.files[*file].after(loss))
                };
                outcomes.push(names.iter().map(file).collect());
            }
        }
        outcomes
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no panic")
    }

    fn step(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        let number = state.steps;
        state.steps += 1;
        match state.fault {
            Some(Fault::FailAt(at)) if number == at => Err(io::ErrorKind::StorageFull.into()),
            Some(Fault::CutBefore(at)) if number >= at => Err(io::ErrorKind::BrokenPipe.into()),
            _ => Ok(state),
        }
    }
}

impl File {
    fn after(&self, loss: usize) -> Vec<u8> {
        let (durable, all) = (self.durable.len(), self.bytes.len());
        match loss {
            0 => self.durable.clone(),
            1 => self.bytes.clone(),
            2 => [&self.durable[..], &vec![0; all - durable]].concat(),
            _ => self.bytes[..durable.midpoint(all)].to_vec(),
        }
    }
}

impl Disk for SimulatedDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.step()?;
        if state.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let number = state.files.len();
        state.files.push(File::default());
        state.names.insert(path.to_owned(), number);
        Ok(Box::new(Open { disk: self.clone(), number }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.step()?;
        let file = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.step()?;
        state.names.remove(path).map(drop).ok_or(io::ErrorKind::NotFound.into())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.step()?;
        if !state.ignores_sync {
            let within = |path: &Path| path.parent() == Some(folder);
            let names = state.names.clone();
            state.durable_names.retain(|path, _| !within(path));
            state.durable_names.extend(names.into_iter().filter(|(path, _)| within(path)));
        }
        Ok(())
    }

    fn map(&self, path: &Path) -> io::Result<Mapped> {
        let state = self.step()?;
        let file = state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Mapped::copy(&state.files[*file].bytes))
    }
}

struct Open {
    disk: SimulatedDisk,
    number: usize,
}

impl DiskFile for Open {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.disk.step()?.files[self.number].bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.step()?;
        if !state.ignores_sync {
            let file = &mut state.files[self.number];
            file.durable = file.bytes.clone();
        }
        Ok(())
    }

    fn protect(&mut self) -> io::Result<()> {
        self.disk.step().map(drop)
    }
}
