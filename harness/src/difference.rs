//! What differs between two states.

use std::collections::BTreeMap;
use std::fmt;

use bootfork_store::Store;
use bootfork_store::image::Image;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A key whose value differs between two states.
///
/// ```
/// use bootfork::image::{Image, ImageError};
/// use bootfork::{Difference, differences};
///
/// let image = |json: &str| {
///     Image::from_bytes(&Image::builder("json", 1).bytes("json", json.as_bytes()).to_bytes()?)
/// };
/// let (left, right) = (image(r#"{"a": [1, 2]}"#)?, image(r#"{"a": [1, 3]}"#)?);
/// let found: Vec<Difference> = differences(&left, &right);
/// assert_eq!(found[0].to_string(), "json /a/1: 2 → 3");
/// # Ok::<(), ImageError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The part of the image.
    pub part: String,
    /// The key in a store, the path in JSON, the place of the first byte in other bytes.
    pub key: String,
    /// The value on the left, as text; `None` if the key is not there.
    pub left: Option<String>,
    /// The value on the right.
    pub right: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = |value: &Option<String>| brief(value.as_deref().unwrap_or("nothing"));
        write!(f, "{} {}: {} → {}", self.part, self.key, value(&self.left), value(&self.right))
    }
}

/// A value in a message.
fn brief(text: &str) -> String {
    const WIDTH: usize = 120;
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text.to_owned(),
    }
}

/// All that differs between two images, by part and key. O(differences) in stores that share their
/// memory, O(entries) in others.
pub fn differences(left: &Image, right: &Image) -> Vec<Difference> {
    between(&parts(left), &parts(right))
}

/// The parts of a state, by name.
pub(crate) type Parts = BTreeMap<String, Part>;

/// One part of a state.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Store(Store),
    Bytes(Vec<u8>),
}

pub(crate) fn parts(image: &Image) -> Parts {
    let part = |name: &str| match image.store(name) {
        Ok(store) => Part::Store(store),
        Err(_) => Part::Bytes(image.bytes(name).unwrap_or_default().to_vec()),
    };
    image.parts().map(|name| (name.to_owned(), part(name))).collect()
}

pub(crate) fn between(left: &Parts, right: &Parts) -> Vec<Difference> {
    let mut found = Vec::new();
    let nothing = Part::Bytes(Vec::new());
    let only_right = right.keys().filter(|name| !left.contains_key(*name));
    for name in left.keys().chain(only_right) {
        let mut tell = |key: String, left: Option<String>, right: Option<String>| {
            found.push(Difference { part: name.clone(), key, left, right });
        };
        let sides = (left.get(name).unwrap_or(&nothing), right.get(name).unwrap_or(&nothing));
        match sides {
            (Part::Store(left), Part::Store(right)) => {
                for change in left.diff(right) {
                    tell(text(change.key), change.left.map(text), change.right.map(text));
                }
            }
            (Part::Bytes(left), Part::Bytes(right)) => between_bytes(left, right, &mut tell),
            (Part::Store(_), Part::Bytes(_)) => {
                tell(String::new(), Some("a store".into()), Some("bytes".into()));
            }
            (Part::Bytes(_), Part::Store(_)) => {
                tell(String::new(), Some("bytes".into()), Some("a store".into()));
            }
        }
    }
    found
}

fn between_bytes(
    left: &[u8],
    right: &[u8],
    tell: &mut impl FnMut(String, Option<String>, Option<String>),
) {
    if left == right {
        return;
    }
    let json = |bytes: &[u8]| match bytes {
        [] => Ok(Value::Null),
        bytes => serde_json::from_slice::<Value>(bytes),
    };
    if let (Ok(left), Ok(right)) = (json(left), json(right)) {
        return between_values("", Some(&left), Some(&right), tell);
    }
    let same = left.iter().zip(right).take_while(|(left, right)| left == right).count();
    let rest = |bytes: &[u8]| (same < bytes.len()).then(|| text(&bytes[same..]));
    tell(format!("byte {same}"), rest(left), rest(right));
}

fn between_values(
    path: &str,
    left: Option<&Value>,
    right: Option<&Value>,
    tell: &mut impl FnMut(String, Option<String>, Option<String>),
) {
    match (left, right) {
        (left, right) if left == right => {}
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            let only_right = right.keys().filter(|name| !left.contains_key(*name));
            for name in left.keys().chain(only_right) {
                between_values(&format!("{path}/{name}"), left.get(name), right.get(name), tell);
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            for index in 0..left.len().max(right.len()) {
                let path = format!("{path}/{index}");
                between_values(&path, left.get(index), right.get(index), tell);
            }
        }
        (left, right) => {
            tell(path.to_owned(), left.map(Value::to_string), right.map(Value::to_string));
        }
    }
}

/// Bytes as text; what is none, or would steer a terminal, is escaped.
fn text(bytes: impl AsRef<[u8]>) -> String {
    let bytes = bytes.as_ref();
    match str::from_utf8(bytes) {
        Ok(text) if !text.contains(char::is_control) => text.to_owned(),
        _ => bytes.escape_ascii().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(left: Part, right: Part) -> Vec<String> {
        let parts = |part| Parts::from([("p".to_owned(), part)]);
        between(&parts(left), &parts(right)).iter().map(ToString::to_string).collect()
    }

    fn bytes(text: &str) -> Part {
        Part::Bytes(text.as_bytes().to_vec())
    }

    #[test]
    fn differences_are_named_by_key_path_or_place() {
        let store = |pairs: &[(&str, &str)]| Part::Store(pairs.iter().copied().collect());
        let (a, b) = (store(&[("k", "1"), ("gone", "2")]), store(&[("k", "3"), ("new", "4")]));
        let mut found = texts(a, b);
        found.sort();
        assert_eq!(found, ["p gone: 2 → nothing", "p k: 1 → 3", "p new: nothing → 4"]);
        let found = texts(bytes(r#"{"a":{"b":1},"c":[1]}"#), bytes(r#"{"a":{"b":2},"c":[1,5]}"#));
        assert_eq!(found, ["p /a/b: 1 → 2", "p /c/1: nothing → 5"]);
        assert_eq!(texts(bytes("hello"), bytes("help")), ["p byte 3: lo → p"]);
        assert_eq!(texts(bytes("same"), bytes("same")), [""; 0]);
        assert_eq!(texts(bytes("x"), Part::Store(Store::new())), ["p : bytes → a store"]);
    }
}
