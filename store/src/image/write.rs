//! Writing an image.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process;

use super::layout::{Content, Head, Row, is_name};
use super::{Disk, ImageError, ImageId, Kind, RealDisk};
use crate::raw::{LINE, bytes_of};
use crate::store::Store;

/// What the name of a file ends with that is being written. Such files are never opened; those of
/// processes that are gone may be removed.
pub const ASIDE: &str = ".tmp";

/// Names tried for the file aside, before giving up.
const ATTEMPTS: u32 = 1_000;

/// The parts of an image that is to be written; see [`Image::builder`](super::Image::builder).
///
/// ```
/// use bootfork_store::Store;
/// use bootfork_store::image::{Image, ImageBuilder, ImageError};
///
/// let store = Store::from([("a", "1")]);
/// let builder: ImageBuilder = Image::builder("example", 1);
/// let bytes = builder.store("kv", &store).bytes("clock", b"17").to_bytes()?;
/// assert_eq!(Image::from_bytes(&bytes)?.store("kv")?, store);
/// # Ok::<(), ImageError>(())
/// ```
pub struct ImageBuilder<'a> {
    kind: Kind,
    parts: BTreeMap<String, Part<'a>>,
}

enum Part<'a> {
    Bytes(Cow<'a, [u8]>),
    /// Frozen, unless it is too large for that.
    Store(Store),
}

impl<'a> ImageBuilder<'a> {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, parts: BTreeMap::new() }
    }

    /// Adds a store. Of several parts with one name the last holds; the order in which parts are
    /// added is of no consequence.
    ///
    /// O(1) for a [frozen](Store::freeze) store; another is frozen for it, O(n log n).
    #[must_use]
    pub fn store(mut self, name: &str, store: &Store) -> Self {
        let mut store = store.fork();
        store.freeze();
        self.parts.insert(name.to_owned(), Part::Store(store));
        self
    }

    /// Adds plain bytes, borrowed or owned.
    #[must_use]
    pub fn bytes(mut self, name: &str, bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        self.parts.insert(name.to_owned(), Part::Bytes(bytes.into()));
        self
    }

    /// Writes the image to a file, which is there wholly or not at all whatever happens: it is
    /// written aside in the same folder, synced, made read-only, and renamed into place; then the
    /// folder is synced. A file of that name is replaced.
    ///
    /// Equal parts give equal bytes. O(bytes).
    ///
    /// # Errors
    ///
    /// [`ImageError::Io`] leaves the file of that name as it was, unless it is about the sync of
    /// the folder, when the new one is in place but might not outlive a power cut.
    /// [`ImageError::Name`], [`ImageError::TooLarge`] come before anything is written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<ImageId, ImageError> {
        self.write_on(&RealDisk, path)
    }

    /// As [`write`](Self::write), to any disk.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn write_on(&self, disk: &dyn Disk, path: impl AsRef<Path>) -> Result<ImageId, ImageError> {
        let path = path.as_ref();
        let (head, id) = self.head()?;
        let (aside, mut file) = create_aside(disk, path)?;
        let written = (|| {
            let mut put = |bytes: &[u8]| file.write(bytes).map_err(failed("write", &aside));
            put(&head)?;
            self.parts.values().try_for_each(|part| part.put(&mut put))?;
            file.protect().map_err(failed("protect", &aside))?;
            file.sync().map_err(failed("sync", &aside))?;
            drop(file);
            disk.rename(&aside, path).map_err(failed("rename into place", path))
        })();
        if let Err(error) = written {
            // Nobody reads it, so that it does no harm if it stays.
            let _ = disk.remove(&aside);
            return Err(error);
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        disk.sync_folder(folder).map_err(failed("sync", folder))?;
        Ok(id)
    }

    /// The bytes of the image.
    ///
    /// # Errors
    ///
    /// [`ImageError::Name`], [`ImageError::TooLarge`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, ImageError> {
        let (mut all, _) = self.head()?;
        let mut put = |bytes: &[u8]| {
            all.extend_from_slice(bytes);
            Ok(())
        };
        self.parts.values().try_for_each(|part| part.put(&mut put))?;
        Ok(all)
    }

    /// The identity that the image has.
    ///
    /// # Errors
    ///
    /// As [`to_bytes`](Self::to_bytes).
    pub fn id(&self) -> Result<ImageId, ImageError> {
        Ok(self.head()?.1)
    }

    fn head(&self) -> Result<(Vec<u8>, ImageId), ImageError> {
        let names = self.parts.keys().chain([&self.kind.name]);
        if let Some(name) = names.into_iter().find(|name| !is_name(name)) {
            return Err(ImageError::Name { name: name.clone() });
        }
        let rows = self.parts.iter().map(|(name, part)| part.row(name));
        let head = Head { kind: self.kind.clone(), rows: rows.collect::<Result<_, _>>()? };
        Ok(head.encode())
    }
}

impl Part<'_> {
    fn content(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Store(store) => {
                let region = store.map().whole_region();
                region.map_or(&[], |region| bytes_of(region.memory().lines()))
            }
        }
    }

    fn row(&self, name: &str) -> Result<Row, ImageError> {
        let content = match self {
            Self::Bytes(_) => Content::Bytes,
            Self::Store(store) if store.is_empty() => Content::Store(store.digest(), None),
            Self::Store(store) => {
                let too_large = || ImageError::TooLarge { part: name.to_owned() };
                let region = store.map().whole_region().ok_or_else(too_large)?;
                let entries = u32::try_from(store.len()).map_err(|_| too_large())?;
                Content::Store(store.digest(), Some(region.plan(entries)))
            }
        };
        let bytes = self.content();
        let hash = *blake3::hash(bytes).as_bytes();
        Ok(Row { name: name.to_owned(), hash, len: bytes.len() as u64, content })
    }

    /// Gives the bytes, then zeros up to the next line.
    fn put(&self, put: &mut impl FnMut(&[u8]) -> Result<(), ImageError>) -> Result<(), ImageError> {
        let bytes = self.content();
        put(bytes)?;
        let padding = bytes.len().next_multiple_of(LINE) - bytes.len();
        if padding == 0 { Ok(()) } else { put(&[0; LINE][..padding]) }
    }
}

/// A new file beside a path.
fn create_aside(
    disk: &dyn Disk,
    path: &Path,
) -> Result<(PathBuf, Box<dyn super::DiskFile>), ImageError> {
    let mut attempt = 0;
    loop {
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}-{attempt}{ASIDE}", process::id()));
        let aside = path.with_file_name(name);
        match disk.create(&aside) {
            Ok(file) => return Ok((aside, file)),
            // Another thread's, or one of a process of the same number that was killed.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < ATTEMPTS => {
                attempt += 1;
            }
            Err(error) => return Err(failed("create", &aside)(error)),
        }
    }
}

pub(super) fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ImageError {
    move |source| ImageError::Io { doing, path: path.to_owned(), source }
}

impl fmt::Debug for ImageBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self.parts.keys().collect();
        f.debug_struct("ImageBuilder").field("kind", &self.kind).field("parts", &parts).finish()
    }
}
