//! Why an image cannot be written or opened.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use super::{ImageId, Kind, NAME_MAX};
use crate::region::Damage;

/// Why an image could not be written or opened, and so what to do next.
///
/// An image that cannot be opened is never changed or removed by who tried. Whatever the reason,
/// making the state again and writing a new image is always right.
///
/// ```
/// use bootfork_store::image::{Image, ImageError};
///
/// let error = Image::from_bytes(b"what is this?").unwrap_err();
/// assert!(matches!(error, ImageError::NotAnImage));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ImageError {
    /// The system refused. The path says where; try again once the cause is mended, or go on
    /// without an image.
    Io {
        /// What was being done, as a verb.
        doing: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file does not begin as an image does. It belongs to something else: leave it alone.
    NotAnImage,
    /// The image is of a format version that this program does not know. Write it again.
    Format {
        /// The version.
        found: u32,
    },
    /// The image rests on another definition of hash and digest. Write it again.
    Hashes {
        /// The number of the definition.
        found: u32,
    },
    /// The image is not as long as it says: cut short, or appended to. Write it again.
    Length {
        /// What it says; `None` if it is too short for that.
        stated: Option<u64>,
        /// Bytes that there are.
        found: u64,
    },
    /// Head and table of the image are not those that its identity stands for. Write it again.
    Identity {
        /// The identity that it has.
        stated: ImageId,
        /// That of its head and table.
        found: ImageId,
    },
    /// Head or table make no sense, though they are what was written. Whoever wrote it was not
    /// this program: write it again.
    Table {
        /// The row of the table, from 0; `None` for the head and for what concerns all rows.
        row: Option<u32>,
    },
    /// The bytes of a part are not those that were written. Write the image again.
    Checksum {
        /// The part.
        part: String,
    },
    /// A part is not a store as this program writes it. Write the image again.
    Damaged {
        /// The part.
        part: String,
        /// What is wrong.
        damage: Damage,
    },
    /// The bytes between a part and the next are not zero. Write the image again.
    Padding {
        /// The part.
        part: String,
    },
    /// It is a sound image, but of something else. Look for the right one, or write it.
    WrongKind {
        /// The kind that was asked for.
        expected: Kind,
        /// The kind that it is.
        found: Kind,
    },
    /// A sound image has no part of that name, or one that is not what was asked for. Ask for
    /// another; images with other parts should have a kind or version of their own.
    NoPart {
        /// The name.
        part: String,
        /// What was asked for.
        expected: &'static str,
    },
    /// A name is no name of a kind or part: 1 to 32 visible ASCII characters. Choose another.
    Name {
        /// What was given.
        name: String,
    },
    /// A store is larger than a region can be (8 GiB). Split it into several.
    TooLarge {
        /// The part.
        part: String,
    },
    /// The bytes are no sound frame of zstd, or ask for more memory than there should be need for.
    /// Get them anew.
    #[cfg(feature = "zstd")]
    Packed {
        /// What zstd says.
        source: io::Error,
    },
    /// A packed image is longer than is allowed. If that is to be expected, allow more.
    #[cfg(feature = "zstd")]
    OverLimit {
        /// How long it is, in bytes, by its head.
        stated: u64,
        /// What is allowed.
        limit: u64,
    },
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { doing, path, source } => {
                write!(f, "cannot {doing} {}: {source}", path.display())
            }
            Self::NotAnImage => write!(f, "not an image"),
            Self::Format { found } => write!(f, "an image of the unknown format {found}"),
            Self::Hashes { found } => write!(f, "an image of the unknown hash definition {found}"),
            Self::Length { stated: None, found } => {
                write!(f, "an image cut short to {found} bytes")
            }
            Self::Length { stated: Some(stated), found } => {
                write!(f, "an image of {stated} bytes in a file of {found}")
            }
            Self::Identity { stated, found } => {
                write!(f, "an image {stated} whose table is that of {found}")
            }
            Self::Table { row: None } => write!(f, "an image whose head makes no sense"),
            Self::Table { row: Some(row) } => {
                write!(f, "an image whose table makes no sense in row {row}")
            }
            Self::Checksum { part } => write!(f, "an image whose part {part:?} was changed"),
            Self::Damaged { part, damage } => {
                write!(f, "an image whose part {part:?} is no store: {damage}")
            }
            Self::Padding { part } => write!(f, "an image with bytes behind its part {part:?}"),
            Self::WrongKind { expected, found } => {
                write!(f, "an image of {found} where one of {expected} is needed")
            }
            Self::NoPart { part, expected } => {
                write!(f, "an image without {expected} named {part:?}")
            }
            Self::Name { name } => {
                write!(f, "{name:?} is no name of 1 to {NAME_MAX} visible ASCII characters")
            }
            Self::TooLarge { part } => write!(f, "the store {part:?} is larger than 8 GiB"),
            #[cfg(feature = "zstd")]
            Self::Packed { source } => write!(f, "not a packed image: {source}"),
            #[cfg(feature = "zstd")]
            Self::OverLimit { stated, limit } => {
                write!(f, "a packed image of {stated} bytes where {limit} are allowed")
            }
        }
    }
}

impl Error for ImageError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            #[cfg(feature = "zstd")]
            Self::Packed { source } => Some(source),
            _ => None,
        }
    }
}
