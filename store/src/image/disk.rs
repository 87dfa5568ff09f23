//! What is asked of a file system to write and open an image, so that tests can stand in for it.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::raw::Backing;

/// The steps in which files are written that are to be there wholly or not at all, and are read.
///
/// [`RealDisk`] is the system's own. Others can fail at will, or forget what was not synced.
///
/// ```
/// use std::path::Path;
///
/// use bootfork_store::image::{Disk, RealDisk};
///
/// let folder = std::env::temp_dir();
/// let (aside, place) = (folder.join("bootfork-doc.tmp"), folder.join("bootfork-doc"));
/// let disk: &dyn Disk = &RealDisk;
/// let mut file = disk.create(&aside)?;
/// file.write(b"all of it")?;
/// file.sync()?;
/// file.protect()?;
/// drop(file);
/// disk.rename(&aside, &place)?;
/// disk.sync_folder(&folder)?;
/// assert_eq!(disk.map(&place)?.len(), 9);
/// disk.remove(&place)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait Disk: fmt::Debug + Send + Sync {
    /// Makes a file, which must not be there yet.
    ///
    /// # Errors
    /// What the system says, as for every method here.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Gives a file another name, in place of the file that has it.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a folder outlive a power cut.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// Opens a file and maps it.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    fn map(&self, path: &Path) -> io::Result<Mapped>;
}

/// The bytes of a file, where they lie; see [`Disk`]. Nobody may [change the file](crate::image).
pub struct Mapped {
    pub(super) backing: Backing,
    /// Bytes; those of the backing may be padded.
    pub(super) len: usize,
}

impl Mapped {
    /// Bytes that are no file's.
    ///
    /// ```
    /// use bootfork_store::image::Mapped;
    ///
    /// assert_eq!(Mapped::copy(b"all of it").len(), 9);
    /// ```
    pub fn copy(bytes: &[u8]) -> Self {
        Self { backing: Backing::copy(bytes), len: bytes.len() }
    }

    fn of(file: &File) -> io::Result<Self> {
        let backing = Backing::map(file)?;
        // What the file is as long as now is of no interest.
        let len = backing.bytes().len();
        Ok(Self { backing, len })
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl fmt::Debug for Mapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapped").field("len", &self.len).finish_non_exhaustive()
    }
}

/// A file that is being written; see [`Disk`].
pub trait DiskFile {
    /// Appends bytes.
    ///
    /// # Errors
    /// What the system says, as for every method here.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes what was written outlive a power cut.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    fn sync(&mut self) -> io::Result<()>;

    /// Takes the right to write away from everybody.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    fn protect(&mut self) -> io::Result<()>;
}

/// The file system of the system.
///
/// See [`Disk`] for an example.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(File::create_new(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn map(&self, path: &Path) -> io::Result<Mapped> {
        Mapped::of(&File::open(path)?)
    }
}

impl DiskFile for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }

    fn protect(&mut self) -> io::Result<()> {
        let mut permissions = self.metadata()?.permissions();
        permissions.set_readonly(true);
        self.set_permissions(permissions)
    }
}
