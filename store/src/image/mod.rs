//! Images: stores as files, used where they lie.
//!
//! An image holds named parts, each a store or plain bytes, and says of what *kind* it is: the name
//! and version that an application gives to its own way of arranging parts. A store in an image is
//! the frozen region that it has in memory, so that opening one maps the file and copies nothing;
//! forks of it share the file's pages with each other and with other processes.
//!
//! ```
//! use bootfork_store::Store;
//! use bootfork_store::image::{Image, ImageError, Trust};
//!
//! let base: Store = (0..1000).map(|n| (format!("ko{n}.refCount"), "1,1")).collect();
//! let path = std::env::temp_dir().join(format!("bootfork-{}.image", std::process::id()));
//! let id = Image::builder("example", 1).store("kv", &base).bytes("clock", b"17").write(&path)?;
//!
//! let image = Image::open(&path, Trust::Structural)?;
//! image.expect_kind("example", 1)?;
//! let mut fork = image.store("kv")?;
//! fork.set("ko7.refCount", "0,1");
//! assert_eq!(base.diff(&fork).len(), 1);
//! assert_eq!((image.id(), image.bytes("clock")?), (id, &b"17"[..]));
//! # std::fs::remove_file(&path).unwrap();
//! # Ok::<(), ImageError>(())
//! ```
//!
//! Equal parts give equal bytes, and an image is called by them: [`ImageId`]. [`mod@crate::format`]
//! has the byte map, and what each error means. An image that opens is never changed; so that a
//! reader cannot see half of one, writing goes through a file aside that is renamed into place.
//!
//! *A file that is mapped must not be changed.* This crate's own files are read-only, and replaced
//! or removed by name only, which leaves a map as it is. Whoever writes into such a file all the
//! same, or cuts it short, while it is open, is outside of every promise here.
//!
//! With the feature `zstd`, off by default, `pack` and `unpack` make images small for transport.
//!
//! Images are little-endian, and there are none on machines with the other order of bytes.

mod disk;
mod error;
mod layout;
mod open;
#[cfg(feature = "zstd")]
mod pack;
mod write;

use std::fmt;

pub use crate::raw::Vouch;
pub use crate::region::Damage;
pub use disk::{Disk, DiskFile, Mapped, RealDisk};
pub use error::ImageError;
pub use layout::{FORMAT, HASHES, NAME_MAX};
pub use open::{Image, Trust};
#[cfg(feature = "zstd")]
pub use pack::{pack, unpack};
pub use write::{ASIDE, ImageBuilder};

/// What an image is called: a BLAKE3 hash that stands for all of its content.
///
/// Equal identities mean equal content, also against somebody who would like it to be otherwise.
///
/// ```
/// use bootfork_store::Store;
/// use bootfork_store::image::{Image, ImageError, ImageId};
///
/// let id: ImageId = Image::builder("example", 1).store("kv", &Store::new()).id()?;
/// let (name, other) = (id.to_string(), Image::builder("example", 2).id()?);
/// assert!(name.len() == 64 && id != other);
/// # Ok::<(), ImageError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageId([u8; 32]);

impl ImageId {
    /// The bytes.
    pub fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// The identity with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// As 64 hexadecimal digits.
impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImageId({self})")
    }
}

/// What an application calls its images, and the version of how it arranges their parts.
///
/// ```
/// use bootfork_store::image::{Image, ImageError, Kind};
///
/// let bytes = Image::builder("example", 3).to_bytes()?;
/// let image = Image::from_bytes(&bytes)?;
/// assert_eq!(image.kind(), &Kind { name: "example".into(), version: 3 });
/// # Ok::<(), ImageError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// 1 to [`NAME_MAX`] visible ASCII characters.
    pub name: String,
    /// To be raised whenever an older program could not make sense of the parts.
    pub version: u32,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}
