//! Entries that come in any order, put into that of their keys.

use crate::digest::Digest;
use crate::node::Shape;
use crate::region::{Item, prefix};

/// Entries in strictly ascending order of their keys, with what is known of them by then.
///
/// Keys and values are copied one behind the other as they come, while they are at hand: afterwards
/// each access to one is a miss of the cache. So hash, digest and the beginning of the key are
/// taken then, too, and an entry is seldom looked at again before it is written to its region.
pub(crate) struct Gathered {
    bytes: Vec<u8>,
    places: Vec<Place>,
    digest: Digest,
}

struct Place {
    prefix: u128,
    hash: u64,
    begin: usize,
    key_len: u32,
    value_len: u32,
}

impl Gathered {
    /// Of several entries with one key, the last one stays.
    pub(crate) fn new<S: Shape, K: AsRef<[u8]>, V: AsRef<[u8]>>(
        entries: impl Iterator<Item = (K, V)>,
    ) -> Self {
        let mut gathered =
            Self { bytes: Vec::new(), places: Vec::new(), digest: Digest::default() };
        for (key, value) in entries {
            gathered.add::<S>(key.as_ref(), value.as_ref());
        }
        gathered.sort();
        gathered
    }

    fn add<S: Shape>(&mut self, key: &[u8], value: &[u8]) {
        let len = |bytes: &[u8]| u32::try_from(bytes.len()).expect("shorter than 4 GiB");
        let (key_len, value_len) = (len(key), len(value));
        let begin = self.bytes.len();
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
        self.digest += Digest::of_entry(key, value);
        let (prefix, hash) = (prefix(key), S::hash(key));
        self.places.push(Place { prefix, hash, begin, key_len, value_len });
    }

    fn sort(&mut self) {
        let bytes = &self.bytes;
        self.places.sort_unstable_by(|left, right| {
            let by_prefix = left.prefix.cmp(&right.prefix);
            let by_key = by_prefix.then_with(|| left.key(bytes).cmp(right.key(bytes)));
            // Of equal keys the last one to come stands last.
            by_key.then(left.begin.cmp(&right.begin))
        });
        let digest = &mut self.digest;
        self.places.dedup_by(|later, earlier| {
            let same = later.prefix == earlier.prefix && later.key(bytes) == earlier.key(bytes);
            if same {
                std::mem::swap(later, earlier);
                // What is dropped is now in `later`.
                *digest -= Digest::of_entry(later.key(bytes), later.value(bytes));
            }
            same
        });
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }

    pub(crate) fn items(&self) -> impl Iterator<Item = Item<'_>> {
        self.places.iter().map(|place| Item {
            hash: place.hash,
            key: place.key(&self.bytes),
            value: place.value(&self.bytes),
        })
    }
}

impl Place {
    #[inline]
    fn key<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.begin..][..self.key_len as usize]
    }

    fn value<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.begin + self.key_len as usize..][..self.value_len as usize]
    }
}
