//! Opening an image.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::thread;

use super::layout::{Content, Head, Row};
use super::write::failed;
use super::{Disk, ImageBuilder, ImageError, ImageId, Kind, Mapped, RealDisk};
use crate::map::Map;
use crate::raw::{Backing, LINE, Memory, Vouch};
use crate::region::Region;
use crate::store::{Standard, Store};
use crate::sync::StdArc;

/// How much of an image is looked at before it is used.
///
/// Whatever the trust, head and table are checked against the identity of the image.
///
/// | trust | of each part | cost |
/// |---|---|---|
/// | `Trusted` | that its places lie within it | O(1) |
/// | `Structural` | that it is a store, word for word, whatever its values | O(n log n) |
/// | `Full` | that, its checksum, and the digest of its entries | O(bytes + n log n) |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// For a file that somebody vouches for, in `unsafe` code.
    Trusted(Vouch),
    /// For a file from a cache that several programs write to in good faith. What passes is a
    /// store in which every key is found and every walk ends. Values may have been changed, and
    /// with them the digest be wrong.
    Structural,
    /// For a file from anywhere. What passes is what was written.
    Full,
}

/// An open image.
///
/// Stores and bytes taken from it share its memory; a clone of one of them keeps all of it.
///
/// ```
/// use bootfork_store::Store;
/// use bootfork_store::image::{Image, ImageError};
///
/// let bytes = Image::builder("example", 1).store("kv", &Store::from([("a", "1")])).to_bytes()?;
/// let image: Image = Image::from_bytes(&bytes)?;
/// assert!(image.parts().eq(["kv"]));
/// assert_eq!(&image.store("kv")?["a"], b"1");
/// # Ok::<(), ImageError>(())
/// ```
#[derive(Clone)]
pub struct Image {
    id: ImageId,
    kind: Kind,
    backing: StdArc<Backing>,
    parts: BTreeMap<String, Part>,
}

#[derive(Clone)]
enum Part {
    Bytes(Range<usize>),
    Store(Store),
}

impl Image {
    /// An image to write. The kind's name has 1 to [`NAME_MAX`](super::NAME_MAX) visible ASCII
    /// characters.
    pub fn builder<'a>(kind: &str, version: u32) -> ImageBuilder<'a> {
        ImageBuilder::new(Kind { name: kind.to_owned(), version })
    }

    /// Opens a file by mapping it. Nothing is copied; [`Trust`] says how much is read.
    ///
    /// As long as the image or anything that was taken from it lives, nobody may
    /// [change the file](crate::image).
    ///
    /// # Errors
    ///
    /// [`ImageError::Io`], or what is wrong with the image.
    pub fn open(path: impl AsRef<Path>, trust: Trust) -> Result<Self, ImageError> {
        Self::open_on(&RealDisk, path, trust)
    }

    /// As [`open`](Self::open), from any disk.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_on(
        disk: &dyn Disk,
        path: impl AsRef<Path>,
        trust: Trust,
    ) -> Result<Self, ImageError> {
        let path = path.as_ref();
        Self::of(disk.map(path).map_err(failed("open", path))?, trust)
    }

    /// An image that came as bytes, looked through with [`Trust::Full`]. The bytes are copied.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ImageError> {
        // Before anything is copied.
        Head::decode(bytes)?;
        Self::of(Mapped::copy(bytes), Trust::Full)
    }

    fn of(Mapped { backing, len }: Mapped, trust: Trust) -> Result<Self, ImageError> {
        let backing = StdArc::new(backing);
        let (head, id) = Head::decode(&backing.bytes()[..len])?;
        let ends = head.ends().expect("decoded");
        let mut parts = BTreeMap::new();
        for (row, ends) in head.rows.into_iter().zip(ends.windows(2)) {
            let at = |end: u64| usize::try_from(end).expect("it is mapped");
            let part = open_part(&backing, &row, at(ends[0])..at(ends[1]), trust)?;
            parts.insert(row.name, part);
        }
        Ok(Self { id, kind: head.kind, backing, parts })
    }

    /// What the image is called.
    pub fn id(&self) -> ImageId {
        self.id
    }

    /// Of what kind it is.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Sees to it that the image is of a kind.
    ///
    /// # Errors
    ///
    /// [`ImageError::WrongKind`].
    pub fn expect_kind(&self, name: &str, version: u32) -> Result<(), ImageError> {
        let expected = Kind { name: name.to_owned(), version };
        if self.kind == expected {
            return Ok(());
        }
        Err(ImageError::WrongKind { expected, found: self.kind.clone() })
    }

    /// The names of the parts, in order.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.parts.keys().map(String::as_str)
    }

    /// A fork of a store. O(1).
    ///
    /// # Errors
    ///
    /// [`ImageError::NoPart`].
    pub fn store(&self, name: &str) -> Result<Store, ImageError> {
        match self.parts.get(name) {
            Some(Part::Store(store)) => Ok(store.fork()),
            _ => Err(ImageError::NoPart { part: name.to_owned(), expected: "a store" }),
        }
    }

    /// Plain bytes.
    ///
    /// # Errors
    ///
    /// [`ImageError::NoPart`].
    pub fn bytes(&self, name: &str) -> Result<&[u8], ImageError> {
        match self.parts.get(name) {
            Some(Part::Bytes(range)) => Ok(&self.backing.bytes()[range.clone()]),
            _ => Err(ImageError::NoPart { part: name.to_owned(), expected: "bytes" }),
        }
    }
}

fn open_part(
    backing: &StdArc<Backing>,
    row: &Row,
    place: Range<usize>,
    trust: Trust,
) -> Result<Part, ImageError> {
    let part = || row.name.clone();
    let len = usize::try_from(row.len).expect("it is mapped");
    let (bytes, padding) = backing.bytes()[place.clone()].split_at(len);
    if padding.iter().any(|byte| *byte != 0) {
        return Err(ImageError::Padding { part: part() });
    }
    let open = || {
        let (digest, plan) = match row.content {
            Content::Bytes => return Ok(Part::Bytes(place.start..place.start + len)),
            Content::Store(_, None) => return Ok(Part::Store(Store::new())),
            Content::Store(digest, Some(plan)) => (digest, plan),
        };
        let memory = Memory::new(backing.clone(), place.start / LINE..place.end / LINE);
        let region = match trust {
            Trust::Trusted(vouch) => Region::trusted(memory, plan, vouch),
            Trust::Structural => Region::verified::<Standard>(memory, plan, None),
            Trust::Full => Region::verified::<Standard>(memory, plan, Some(digest)),
        };
        let region = region.map_err(|damage| ImageError::Damaged { part: part(), damage })?;
        Ok(Part::Store(Store::of_map(Map::of_region(region, plan.entries as usize, digest))))
    };
    if trust < Trust::Full {
        return open();
    }
    let (hash, opened) = beside(bytes.len(), &|| *blake3::hash(bytes).as_bytes(), open);
    if hash == row.hash { opened } else { Err(ImageError::Checksum { part: part() }) }
}

/// Does two things with so many bytes, at once where that pays: from about a millisecond on.
fn beside<A: Send, B>(
    bytes: usize,
    one: &(impl Fn() -> A + Sync),
    other: impl FnOnce() -> B,
) -> (A, B) {
    const ENOUGH: usize = 1 << 20;
    if bytes < ENOUGH {
        return (one(), other());
    }
    thread::scope(|scope| {
        let spawned = thread::Builder::new().spawn_scoped(scope, one);
        let done = other();
        // Without a thread to be had it is done here.
        let beside = spawned.ok().and_then(|thread| thread.join().ok());
        (beside.unwrap_or_else(one), done)
    })
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("parts", &self.parts.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
