//! References: krefs, which the kernel knows, and vrefs, which one vat knows.
//!
//! A kref is `koN`, `kpN` or `kdN`. A vref is a text that a vat wrote: it is kept as it is, looked
//! at only as far as KERNEL.md section 3 says, and is never trusted.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::{ParseIdError, compare_as_text, deserialize_text, parse_number};
use crate::smallcaps::is_space;
use crate::text::text;

/// A kernel reference. Krefs sort as their texts: `ko100` before `ko99`.
///
/// ```
/// use bootfork_kernel::Kref;
///
/// let promise: Kref = "kp40".parse()?;
/// assert_eq!(promise, Kref::Promise(40));
/// assert!(Kref::Object(100) < Kref::Object(99));
/// # Ok::<(), bootfork_kernel::ParseIdError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kref {
    /// `koN`, an object that some vat exports.
    Object(u64),
    /// `kpN`, a promise.
    Promise(u64),
    /// `kdN`, a device node.
    Device(u64),
}

impl Kref {
    pub(crate) fn parts(self) -> (&'static str, u64) {
        match self {
            Self::Device(number) => ("kd", number),
            Self::Object(number) => ("ko", number),
            Self::Promise(number) => ("kp", number),
        }
    }
}

impl fmt::Display for Kref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (prefix, number) = self.parts();
        write!(f, "{prefix}{number}")
    }
}

impl FromStr for Kref {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let wrong = || ParseIdError::new("a kernel reference such as ko20, kp40 or kd30", text);
        let (prefix, number) = text.split_at_checked(2).ok_or_else(wrong)?;
        if number.is_empty() {
            return Err(wrong());
        }
        let number = parse_number(number).ok_or_else(wrong)?;
        match prefix {
            "ko" => Ok(Self::Object(number)),
            "kp" => Ok(Self::Promise(number)),
            "kd" => Ok(Self::Device(number)),
            _ => Err(wrong()),
        }
    }
}

impl Ord for Kref {
    fn cmp(&self, other: &Self) -> Ordering {
        let (left, right) = (self.parts(), other.parts());
        left.0.cmp(right.0).then_with(|| compare_as_text(left.1, right.1))
    }
}

impl PartialOrd for Kref {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for Kref {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text![*self].to_text())
    }
}

impl<'de> Deserialize<'de> for Kref {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer)
    }
}

/// What a vref points at.
///
/// ```
/// use bootfork_kernel::{Vref, VrefType};
///
/// assert_eq!(Vref::new("d-70").kind().map(|kind| kind.of), Some(VrefType::Device));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VrefType {
    /// `o`
    Object,
    /// `p`
    Promise,
    /// `d`
    Device,
}

/// The two facts that the kernel reads off a well-formed vref.
///
/// ```
/// use bootfork_kernel::{Vref, VrefKind, VrefType};
///
/// let imported = VrefKind { of: VrefType::Promise, exported: false };
/// assert_eq!(Vref::new("p-60").kind(), Some(imported));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VrefKind {
    /// Object, promise or device.
    pub of: VrefType,
    /// `true` for `+`: the vat allocated it, an export; `false` for `-`: the kernel did, an import.
    pub exported: bool,
}

/// A vat's own reference: `o+0`, `p-60`, `o+d6/1`, or whatever text the vat made up.
///
/// ```
/// use bootfork_kernel::{Vref, VrefType};
///
/// let root = Vref::new("o+0");
/// let kind = root.kind().expect("well formed");
/// assert!(kind.of == VrefType::Object && kind.exported);
/// assert!(Vref::new("o*0").kind().is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Vref(String);

impl Vref {
    /// Takes any text; [`kind`](Self::kind) says whether it is well formed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The root object of every vat, `o+0`.
    pub fn root() -> Self {
        Self::new("o+0")
    }

    /// The text, as the vat wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What kind of reference this is, or `None` for a text that is no vref (KERNEL.md section 3).
    pub fn kind(&self) -> Option<VrefKind> {
        let kind = VrefKind { of: self.letter()?, exported: self.exported()? };
        let (id, facet) = match self.0[2..].split_once(':') {
            Some((_, facet)) if facet.contains(':') => return None,
            Some((id, facet)) => (id, Some(facet)),
            None => (&self.0[2..], None),
        };
        let virtual_id = id.strip_prefix(['d', 'v']);
        let well_formed = match id.split_once('/') {
            Some((_, within)) => {
                let collection = virtual_id.and_then(|rest| rest.split_once('/'));
                kind.of == VrefType::Object
                    && kind.exported
                    && collection.is_some_and(|(id, _)| !id.is_empty() && is_natural(id))
                    && is_natural(within)
                    && facet.is_none_or(is_natural)
            }
            None => is_natural(virtual_id.unwrap_or(id)),
        };
        well_formed.then_some(kind)
    }

    fn letter(&self) -> Option<VrefType> {
        match self.0.as_bytes().first()? {
            b'o' => Some(VrefType::Object),
            b'p' => Some(VrefType::Promise),
            b'd' => Some(VrefType::Device),
            _ => None,
        }
    }

    fn exported(&self) -> Option<bool> {
        match self.0.as_bytes().get(1)? {
            b'+' => Some(true),
            b'-' => Some(false),
            _ => None,
        }
    }
}

impl fmt::Display for Vref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether JavaScript's `BigInt(text)` would take the text and give no negative number.
fn is_natural(text: &str) -> bool {
    let text = text.trim_matches(is_space);
    let digits = |text: &str, radix| !text.is_empty() && text.chars().all(|c| c.is_digit(radix));
    if text.is_empty() {
        return true;
    }
    let lower = text.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(rest) = lower.strip_prefix(prefix) {
            return digits(rest, radix);
        }
    }
    match text.strip_prefix('-') {
        Some(rest) => digits(rest, 10) && rest.bytes().all(|byte| byte == b'0'),
        None => digits(text.strip_prefix('+').unwrap_or(text), 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vref_is_what_section_3_says() {
        for good in [
            "o+0",
            "p-60",
            "d-70",
            "o+d6/1",
            "o+v12/3:1",
            "o+",
            "o+0x1f",
            "p+5",
            "o+d7",
            "o+d1/",
            "o+\u{2028}1\u{feff}",
        ] {
            assert!(Vref::new(good).kind().is_some(), "{good}");
        }
        let bad = [
            "",
            "o",
            "x+1",
            "o*1",
            "o+1a",
            "o-d1/2",
            "p+d1/2",
            "o+1/2",
            "o+d1/x",
            "o+d1/2:3:4",
            "o+-1",
            "ö+1",
            "o+d1/2:x",
            "o+d/2",
            "o+\u{85}1",
        ];
        for bad in bad {
            assert!(Vref::new(bad).kind().is_none(), "{bad}");
        }
    }

    #[test]
    fn a_kref_prints_as_it_parses_and_nothing_else_parses() {
        for text in ["ko20", "kp40", "kd30", "ko0"] {
            assert_eq!(text.parse::<Kref>().map(|kref| kref.to_string()), Ok(text.to_owned()));
        }
        for bad in ["ko", "ko01", "kx1", "ko-1", "k", "ko+1", "kö1", "ko18446744073709551616"] {
            assert!(bad.parse::<Kref>().is_err(), "{bad}");
        }
    }
}
