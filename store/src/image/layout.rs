//! Head and table of an image, as bytes.

use super::{ImageError, ImageId, Kind};
use crate::digest::Digest;
use crate::raw::LINE;
use crate::region::Plan;

/// What every image begins with. A file that went through a change of line ends has others.
const MAGIC: [u8; 8] = *b"\x89fork\r\n\x1a";
/// The version of the format, and the only one there is.
pub const FORMAT: u32 = 1;
/// The definition of hashes and digest that [`mod@crate::format`] gives, and the only one there is.
pub const HASHES: u32 = 2;

/// Bytes of the head, and of each row of the table.
pub(super) const ROW: usize = 128;
/// The most bytes of the name of a kind or part.
pub const NAME_MAX: usize = 32;
/// Where in the head the identity is.
const ID: usize = 64;

/// What an image says of itself.
pub(super) struct Head {
    pub(super) kind: Kind,
    /// In strictly ascending order of their names.
    pub(super) rows: Vec<Row>,
}

/// What an image says of a part.
pub(super) struct Row {
    pub(super) name: String,
    /// BLAKE3 of the bytes.
    pub(super) hash: [u8; 32],
    /// Bytes.
    pub(super) len: u64,
    pub(super) content: Content,
}

#[derive(Clone, Copy)]
pub(super) enum Content {
    Bytes,
    /// Without a plan if it is empty.
    Store(Digest, Option<Plan>),
}

const CONTENT_BYTES: u32 = 0;
const CONTENT_STORE: u32 = 1;

/// What an image of this head is called.
fn identity(head: &[u8]) -> ImageId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&head[..ID]).update(&head[ID + 32..]);
    ImageId(*hasher.finalize().as_bytes())
}

impl Head {
    fn bytes(parts: usize) -> usize {
        ROW * (1 + parts)
    }

    /// Where the parts begin, and each ends in turn, padding included; with the length of the file
    /// last. None if that is more than there are numbers for.
    pub(super) fn ends(&self) -> Option<Vec<u64>> {
        let mut ends = vec![Self::bytes(self.rows.len()) as u64];
        for row in &self.rows {
            let padded = row.len.checked_next_multiple_of(LINE as u64)?;
            ends.push(ends.last()?.checked_add(padded)?);
        }
        Some(ends)
    }

    /// The bytes, and the identity that is in them.
    pub(super) fn encode(&self) -> (Vec<u8>, ImageId) {
        let mut bytes = Vec::with_capacity(Self::bytes(self.rows.len()));
        bytes.extend(MAGIC);
        let parts = u32::try_from(self.rows.len()).expect("fewer than 2^32 parts");
        for word in [FORMAT, HASHES, self.kind.version, parts] {
            bytes.extend(word.to_le_bytes());
        }
        let end = self.ends().and_then(|ends| ends.last().copied());
        bytes.extend(end.expect("parts of less than 2^64 bytes").to_le_bytes());
        put_name(&mut bytes, &self.kind.name);
        bytes.resize(ROW, 0);
        for row in &self.rows {
            row.encode(&mut bytes);
        }
        let id = identity(&bytes);
        bytes[ID..ID + 32].copy_from_slice(&id.0);
        (bytes, id)
    }

    /// How long an image is that begins with these bytes, by what it says.
    #[cfg(feature = "zstd")]
    pub(super) fn stated_len(start: &[u8]) -> Result<u64, ImageError> {
        Ok(Preface::decode(start, start.len() as u64)?.stated)
    }

    /// What the bytes of a whole file begin with; all of it is checked.
    pub(super) fn decode(file: &[u8], len: u64) -> Result<(Self, ImageId), ImageError> {
        let Preface { version, parts, stated, rest: mut head } = Preface::decode(file, len)?;
        if stated != len {
            return Err(ImageError::Length { stated: Some(stated), found: len });
        }
        let rows = (parts as usize).checked_mul(ROW).and_then(|rows| rows.checked_add(ROW));
        let rows = rows.and_then(|end| file.get(..end)).ok_or(ImageError::Table { row: None })?;
        let found = identity(rows);
        let name = head.name();
        let id = ImageId(head.take());
        if found != id {
            return Err(ImageError::Identity { stated: id, found });
        }
        let (name, rest) = (name.ok_or(ImageError::Table { row: None })?, head.0);
        if rest.iter().any(|byte| *byte != 0) {
            return Err(ImageError::Table { row: None });
        }
        let rows: Vec<Row> = (0_u32..)
            .zip(rows[ROW..].chunks_exact(ROW))
            .map(|(row, bytes)| Row::decode(bytes).ok_or(ImageError::Table { row: Some(row) }))
            .collect::<Result<_, _>>()?;
        let unordered = rows.windows(2).position(|rows| rows[0].name >= rows[1].name);
        if let Some(row) = unordered.and_then(|row| u32::try_from(row + 1).ok()) {
            return Err(ImageError::Table { row: Some(row) });
        }
        let head = Self { kind: Kind { name, version }, rows };
        if head.ends().and_then(|ends| ends.last().copied()) != Some(len) {
            return Err(ImageError::Table { row: None });
        }
        Ok((head, id))
    }
}

/// What is read of an image before its length is known to be right.
struct Preface<'a> {
    /// Of the kind.
    version: u32,
    parts: u32,
    /// How long the image is, it says.
    stated: u64,
    /// What follows in the head.
    rest: Fields<'a>,
}

impl<'a> Preface<'a> {
    fn decode(file: &'a [u8], len: u64) -> Result<Self, ImageError> {
        let cut = || ImageError::Length { stated: None, found: len };
        if !file.starts_with(&MAGIC) {
            return Err(if MAGIC.starts_with(file) { cut() } else { ImageError::NotAnImage });
        }
        let mut rest = Fields(file.get(MAGIC.len()..ROW).ok_or_else(cut)?);
        let [format, hashes, version, parts] = [(); 4].map(|()| rest.word());
        if format != FORMAT {
            return Err(ImageError::Format { found: format });
        }
        if hashes != HASHES {
            return Err(ImageError::Hashes { found: hashes });
        }
        Ok(Self { version, parts, stated: rest.long(), rest })
    }
}

impl Row {
    fn encode(&self, bytes: &mut Vec<u8>) {
        let end = bytes.len() + ROW;
        put_name(bytes, &self.name);
        bytes.extend(self.hash);
        bytes.extend(self.len.to_le_bytes());
        if let Content::Store(digest, plan) = self.content {
            bytes.extend(CONTENT_STORE.to_le_bytes());
            let Plan { entries, end, groups, root, samples } = plan.unwrap_or(Plan::EMPTY);
            for word in [entries, end, groups, root, samples] {
                bytes.extend(word.to_le_bytes());
            }
            bytes.extend(digest.to_bytes());
        } else {
            bytes.extend(CONTENT_BYTES.to_le_bytes());
        }
        bytes.resize(end, 0);
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let (name, hash, len) = (fields.name()?, fields.take(), fields.long());
        let kind = fields.word();
        let [entries, end, groups, root, samples] = [(); 5].map(|()| fields.word());
        let plan = Plan { entries, end, groups, root, samples };
        let digest = Digest::from_bytes(fields.take());
        let nothing = plan == Plan::EMPTY && digest == Digest::default();
        let content = match kind {
            CONTENT_STORE if nothing && len == 0 => Content::Store(digest, None),
            CONTENT_STORE if plan.entries > 0 && len.is_multiple_of(LINE as u64) => {
                Content::Store(digest, Some(plan))
            }
            CONTENT_BYTES if nothing => Content::Bytes,
            _ => return None,
        };
        let rest_is_zero = fields.0.iter().all(|byte| *byte == 0);
        rest_is_zero.then_some(Self { name, hash, len, content })
    }
}

fn put_name(bytes: &mut Vec<u8>, name: &str) {
    let end = bytes.len() + NAME_MAX;
    bytes.extend(name.as_bytes());
    bytes.resize(end, 0);
}

/// Bytes that are long enough, taken one field after the other.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (field, rest) = self.0.split_first_chunk().expect("a row has all of its fields");
        self.0 = rest;
        *field
    }

    fn word(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn long(&mut self) -> u64 {
        u64::from_le_bytes(self.take())
    }

    /// A name, if that is what the bytes are.
    fn name(&mut self) -> Option<String> {
        let bytes: [u8; NAME_MAX] = self.take();
        let len = bytes.iter().position(|byte| *byte == 0).unwrap_or(NAME_MAX);
        let (name, rest) = bytes.split_at(len);
        let name = str::from_utf8(name).ok().filter(|name| is_name(name))?;
        rest.iter().all(|byte| *byte == 0).then(|| name.to_owned())
    }
}

/// Whether a text can name a kind or a part.
pub(super) fn is_name(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
}
