//! Numbers too large for a double: JavaScript reads them as infinite, the JSON parser refuses them.

use std::borrow::Cow;

use serde::de::IgnoredAny;

/// JSON in which each such number is what the encoding has for an infinite one.
pub(super) fn spell(json: &str, smallcaps: bool) -> Cow<'_, str> {
    let (open, close) = if smallcaps { (r##""#"##, r#"""#) } else { (r#"{"@qclass":""#, r#""}"#) };
    let mut spelled = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(&byte) = json.as_bytes().get(at) {
        let rest = &json[at..];
        let end = at + token(byte, rest);
        if let Some(number) = too_large(&json[at..end]) {
            let word = if number > 0.0 { "Infinity" } else { "-Infinity" };
            spelled.extend([&json[copied..at], open, word, close]);
            copied = end;
        }
        at = end;
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    spelled.push_str(&json[copied..]);
    Cow::Owned(spelled)
}

/// The length of the text, number or other character at the beginning.
fn token(first: u8, rest: &str) -> usize {
    match first {
        b'"' => {
            let mut escaped = false;
            let closing = |(_, byte): &(usize, u8)| match byte {
                _ if escaped => {
                    escaped = false;
                    false
                }
                b'\\' => {
                    escaped = true;
                    false
                }
                byte => *byte == b'"',
            };
            let closing = rest.bytes().enumerate().skip(1).find(closing);
            closing.map_or(rest.len(), |(at, _)| at + 1)
        }
        b'-' | b'0'..=b'9' => {
            let number = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
            rest.find(|c| !number(c)).unwrap_or(rest.len())
        }
        _ => rest.chars().next().map_or(1, char::len_utf8),
    }
}

fn too_large(token: &str) -> Option<f64> {
    let number: f64 = token.parse().ok().filter(|number: &f64| number.is_infinite())?;
    // The parser of doubles takes more than JSON has, such as leading zeros.
    serde_json::from_str::<IgnoredAny>(token).ok().map(|_| number)
}
