//! Identifiers of vats, devices and meters.
//!
//! Wherever the kernel sorts identifiers it sorts their *texts*: `v10` comes before `v2`
//! (KERNEL.md section 9.1). The types order themselves so, and a sorted collection of them is in
//! the kernel's order without anybody thinking of it.

use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::text::text;

/// A text that is no identifier of the wanted kind.
///
/// ```
/// use bootfork_kernel::VatId;
///
/// let error = "v01".parse::<VatId>().unwrap_err();
/// assert_eq!(error.to_string(), r#"expected a vat such as v1, found "v01""#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseIdError {
    /// What was wanted, with an example.
    pub wanted: &'static str,
    /// The text that was found.
    pub found: String,
}

impl ParseIdError {
    pub(crate) fn new(wanted: &'static str, found: &str) -> Self {
        Self { wanted, found: found.to_owned() }
    }
}

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {:?}", self.wanted, self.found)
    }
}

impl std::error::Error for ParseIdError {}

/// No kernel counts as far as this; what it can read it can still add to.
const NUMBER_MAX: u64 = u64::MAX / 2;

/// Parses a number as the kernel writes it: decimal digits, no sign, no leading zero.
pub(crate) fn parse_number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = text.len() > 1 && text.starts_with('0');
    let number = text.parse().ok().filter(|_| plain && !leading_zero);
    number.filter(|number| *number <= NUMBER_MAX)
}

/// Orders two numbers as their decimal texts.
pub(crate) fn compare_as_text(left: u64, right: u64) -> Ordering {
    let mut buffers = (itoa::Buffer::new(), itoa::Buffer::new());
    buffers.0.format(left).cmp(buffers.1.format(right))
}

/// Reads a value from its text, which need not be copied for that.
pub(crate) fn deserialize_text<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err = ParseIdError>,
    D: Deserializer<'de>,
{
    struct TextVisitor<T>(PhantomData<T>);

    impl<T: FromStr<Err = ParseIdError>> de::Visitor<'_> for TextVisitor<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }

    deserializer.deserialize_str(TextVisitor(PhantomData))
}

/// The vat with this number: `v1`.
///
/// ```
/// use bootfork_kernel::VatId;
///
/// let vat: VatId = "v10".parse()?;
/// assert_eq!(vat.to_string(), "v10");
/// assert!(vat < "v2".parse()?, "identifiers sort as texts");
/// # Ok::<(), bootfork_kernel::ParseIdError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VatId(pub u64);

/// The device with this number: `d7`.
///
/// ```
/// use bootfork_kernel::DeviceId;
///
/// assert_eq!(DeviceId(7).to_string(), "d7");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeviceId(pub u64);

/// The meter with this number: `m1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MeterId(pub(crate) u64);

macro_rules! numbered {
    ($name:ident, $prefix:literal, $wanted:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                text.strip_prefix($prefix)
                    .filter(|number| !number.is_empty())
                    .and_then(parse_number)
                    .map($name)
                    .ok_or_else(|| ParseIdError::new($wanted, text))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                compare_as_text(self.0, other.0)
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&text![*self].to_text())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserialize_text(deserializer)
            }
        }
    };
}

numbered!(VatId, "v", "a vat such as v1");
numbered!(DeviceId, "d", "a device such as d7");
numbered!(MeterId, "m", "a meter such as m1");
