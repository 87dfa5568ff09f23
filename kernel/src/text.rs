//! Short texts in the making: keys, and values of a few parts. A crank writes some hundred, so
//! they need no allocation and no formatting machinery.

use std::borrow::Cow;

use crate::id::{DeviceId, MeterId, VatId};
use crate::slot::{Kref, Vref};

/// How long a text can be without an allocation.
const SHORT: usize = 48;

/// A text that grows at its end.
#[derive(Clone)]
pub(crate) struct Text {
    len: usize,
    /// The text, if it is at most that long.
    short: [u8; SHORT],
    /// The text, if it is longer; else empty.
    long: Vec<u8>,
}

impl Text {
    #[inline]
    pub(crate) fn new() -> Self {
        Self { len: 0, short: [0; SHORT], long: Vec::new() }
    }

    #[inline]
    pub(crate) fn add(&mut self, part: impl Part) {
        part.add_to(self);
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        if self.len <= SHORT { &self.short[..self.len] } else { &self.long }
    }

    pub(crate) fn to_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.as_bytes())
    }

    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        if let Some(room) = self.short.get_mut(self.len..end) {
            room.copy_from_slice(bytes);
        } else {
            if self.len <= SHORT {
                self.long.extend_from_slice(&self.short[..self.len]);
            }
            self.long.extend_from_slice(bytes);
        }
        self.len = end;
    }
}

impl AsRef<[u8]> for Text {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// What a text is made of, one behind the other.
pub(crate) trait Part {
    fn add_to(self, text: &mut Text);
}

impl Part for &str {
    #[inline]
    fn add_to(self, text: &mut Text) {
        text.push(self.as_bytes());
    }
}

impl Part for u64 {
    #[inline]
    fn add_to(self, text: &mut Text) {
        text.push(itoa::Buffer::new().format(self).as_bytes());
    }
}

impl Part for VatId {
    #[inline]
    fn add_to(self, text: &mut Text) {
        text.add("v");
        text.add(self.0);
    }
}

impl Part for DeviceId {
    #[inline]
    fn add_to(self, text: &mut Text) {
        text.add("d");
        text.add(self.0);
    }
}

impl Part for MeterId {
    #[inline]
    fn add_to(self, text: &mut Text) {
        text.add("m");
        text.add(self.0);
    }
}

impl Part for Kref {
    #[inline]
    fn add_to(self, text: &mut Text) {
        let (prefix, number) = self.parts();
        text.add(prefix);
        text.add(number);
    }
}

impl Part for &Vref {
    #[inline]
    fn add_to(self, text: &mut Text) {
        text.add(self.as_str());
    }
}

/// The text of these parts.
macro_rules! text {
    ($($part:expr),* $(,)?) => {{
        let mut text = $crate::text::Text::new();
        $(text.add($part);)*
        text
    }};
}
pub(crate) use text;

#[cfg(test)]
mod tests {
    use super::{SHORT, Text};
    use crate::id::{DeviceId, VatId};
    use crate::slot::{Kref, Vref};

    #[test]
    fn a_text_is_that_of_its_parts_however_long() {
        for length in 0..3 * SHORT {
            let (mut text, mut expected) = (Text::new(), String::new());
            while expected.len() < length {
                text.add("é");
                expected.push('é');
                assert_eq!(text.to_text(), expected);
            }
            text.add("x".repeat(length).as_str());
            expected.push_str(&"x".repeat(length));
            assert_eq!(text.as_bytes(), expected.as_bytes());
        }
    }

    #[test]
    fn identifiers_are_written_as_they_display() {
        let vref = Vref::new("o+d6/1");
        let (vat, device, kref, number) = (VatId(10), DeviceId(7), Kref::Promise(0), u64::MAX);
        let text = text![vat, "/", device, "/", kref, "/", &vref, "/", number];
        assert_eq!(text.to_text(), format!("{vat}/{device}/{kref}/{vref}/{number}"));
    }
}
