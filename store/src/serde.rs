//! Stores in the data model of serde.
//!
//! A store is a map of its entries in key order. Formats for machines get keys and values as bytes.
//! Formats for people get them as strings: bytes that are UTF-8 and do not begin with a NUL as that
//! text, all others as a NUL and two hexadecimal digits a byte. So nothing is lost, and what is
//! text reads as text.

use std::fmt::{self, Write};
use std::iter;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use crate::digest::Digest;
use crate::snapshot::Snapshot;
use crate::stats::Stats;
use crate::store::{Change, Store};

/// Begins a string that is not the text of the bytes but their digits.
const DIGITS: char = '\0';

/// A key or a value.
struct Bytes<B>(B);

impl Serialize for Bytes<&[u8]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(bytes) = *self;
        if !serializer.is_human_readable() {
            return serializer.serialize_bytes(bytes);
        }
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.starts_with(DIGITS) => serializer.serialize_str(text),
            _ => serializer.serialize_str(&digits(bytes)),
        }
    }
}

fn digits(bytes: &[u8]) -> String {
    let mut text = String::from(DIGITS);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string takes it");
    }
    text
}

/// What [`digits`] has written, less its first character.
fn from_digits(digits: &str) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok();
    pairs.iter().map(byte).collect()
}

impl<'de> Deserialize<'de> for Bytes<Vec<u8>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl Visitor<'_> for Visit {
            type Value = Vec<u8>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes, or a string of text, or of a NUL and hexadecimal digits")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u8>, E> {
                match text.strip_prefix(DIGITS) {
                    None => Ok(text.into()),
                    Some(digits) => from_digits(digits)
                        .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self)),
                }
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.into())
            }

            fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
                Ok(bytes)
            }
        }
        let bytes = if deserializer.is_human_readable() {
            deserializer.deserialize_str(Visit)
        } else {
            deserializer.deserialize_bytes(Visit)
        };
        bytes.map(Self)
    }
}

/// A map of the entries in key order. Formats for machines get bytes; formats for people get
/// strings: the text where there is text, else a NUL and hexadecimal digits.
///
/// ```
/// use bootfork_store::Store;
///
/// let mut store: Store = [("b", "2"), ("a", "1")].into_iter().collect();
/// assert_eq!(serde_json::to_string(&store)?, r#"{"a":"1","b":"2"}"#);
/// store.set("b", [0xff]);
/// let json = serde_json::to_string(&store)?;
/// assert_eq!(json, r#"{"a":"1","b":"\u0000ff"}"#);
/// assert_eq!(serde_json::from_str::<Store>(&json)?, store);
/// # Ok::<(), serde_json::Error>(())
/// ```
impl Serialize for Store {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self {
            map.serialize_entry(&Bytes(key), &Bytes(value))?;
        }
        map.end()
    }
}

/// Entries in any order. Fails on a key that comes twice; takes no memory for a length that is
/// only claimed.
impl<'de> Deserialize<'de> for Store {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Store;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of keys and values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Store, A::Error> {
                let mut entries = 0;
                let store: Store = iter::from_fn(|| map.next_entry().transpose())
                    .map(|entry| entry.map(|(Bytes(key), Bytes(value))| (key, value)))
                    .inspect(|_: &Result<(Vec<u8>, Vec<u8>), _>| entries += 1)
                    .collect::<Result<_, _>>()?;
                if store.len() < entries {
                    return Err(A::Error::custom("two entries have the same key"));
                }
                Ok(store)
            }
        }
        deserializer.deserialize_map(Visit)
    }
}

/// As the store.
impl Serialize for Snapshot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Store::serialize(self, serializer)
    }
}

/// As the store.
impl<'de> Deserialize<'de> for Snapshot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Store::deserialize(deserializer).map(Snapshot::from)
    }
}

/// A record of `key`, `left` and `right`, with keys and values as those of a store.
///
/// ```
/// use bootfork_store::Store;
///
/// let left: Store = [("a", "1")].into_iter().collect();
/// let right: Store = [("a", "2")].into_iter().collect();
/// let json = serde_json::to_string(&left.diff(&right))?;
/// assert_eq!(json, r#"[{"key":"a","left":"1","right":"2"}]"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
impl Serialize for Change<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut record = serializer.serialize_struct("Change", 3)?;
        record.serialize_field("key", &Bytes(self.key))?;
        record.serialize_field("left", &self.left.map(Bytes))?;
        record.serialize_field("right", &self.right.map(Bytes))?;
        record.end()
    }
}

/// Its 32 hexadecimal digits, or in formats for machines its sixteen bytes.
impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.to_bytes().serialize(serializer)
        }
    }
}

/// As it is serialized; digits may be upper case.
impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl Visitor<'_> for Visit {
            type Value = Digest;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("32 hexadecimal digits")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Digest, E> {
                let bytes = from_digits(text).and_then(|bytes| bytes.try_into().ok());
                let bytes = bytes.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))?;
                Ok(Digest::from_bytes(bytes))
            }
        }
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Visit)
        } else {
            <[u8; 16]>::deserialize(deserializer).map(Digest::from_bytes)
        }
    }
}

/// A record of its numbers.
impl Serialize for Stats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { entries, owned_nodes, owned_bytes, shared_nodes, shared_bytes } = self;
        let mut record = serializer.serialize_struct("Stats", 5)?;
        record.serialize_field("entries", entries)?;
        record.serialize_field("owned_nodes", owned_nodes)?;
        record.serialize_field("owned_bytes", owned_bytes)?;
        record.serialize_field("shared_nodes", shared_nodes)?;
        record.serialize_field("shared_bytes", shared_bytes)?;
        record.end()
    }
}
