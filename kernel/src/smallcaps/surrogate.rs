//! Lone surrogates: JSON can spell them as escapes, and no text of Rust can hold them.
//!
//! While a body is decoded each is two characters, a mark and a private one, which no real text
//! puts side by side; encoding makes the escape of them again.

use std::borrow::Cow;
use std::fmt::Write;

const MARK: char = '\u{10ffff}';
/// Stands for U+D800; the others follow.
const FIRST: u32 = 0xf_0000;

/// JSON in which no escape is a lone surrogate.
pub(super) fn shelter(json: &str) -> Cow<'_, str> {
    if !json.contains(r"\ud") && !json.contains(r"\uD") {
        return Cow::Borrowed(json);
    }
    let mut sheltered = String::with_capacity(json.len() + 8);
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        sheltered.push_str(before);
        let (high, low) = (unit(escape), escape.get(6..).and_then(unit));
        let taken = match (high, low) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(lone @ 0xd800..=0xdfff), _) => {
                sheltered.push(MARK);
                sheltered.extend(char::from_u32(FIRST + lone - 0xd800));
                rest = &escape[6..];
                continue;
            }
            _ => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        sheltered.push_str(&escape[..taken]);
        rest = &escape[taken..];
    }
    sheltered.push_str(rest);
    Cow::Owned(sheltered)
}

/// The code unit that an escape spells.
fn unit(escape: &str) -> Option<u32> {
    u32::from_str_radix(escape.get(..6)?.strip_prefix(r"\u")?, 16).ok()
}

/// A body in which the escapes are escapes again, as `JSON.stringify` writes them.
pub(super) fn reveal(body: String) -> String {
    if !body.contains(MARK) {
        return body;
    }
    let mut revealed = String::with_capacity(body.len());
    let mut characters = body.chars().peekable();
    while let Some(character) = characters.next() {
        let private = characters.peek().map(|next| u32::from(*next));
        match private {
            Some(private @ 0xf_0000..=0xf_07ff) if character == MARK => {
                let unit = private - FIRST + 0xd800;
                write!(revealed, "\\u{unit:04x}").expect("writing to a string does not fail");
                characters.next();
            }
            _ => revealed.push(character),
        }
    }
    revealed
}
