//! Values to bodies.

use std::fmt::Write;

use super::{Reference, Value, surrogate};
use crate::capdata::CapData;

pub(super) fn encode<S: Reference>(value: &Value, slots: &[S]) -> CapData<S> {
    let numbers = vec![None; slots.len()];
    let mut encoder = Encoder { body: String::from("#"), mentioned: Vec::new(), numbers };
    encoder.value(value);
    let Encoder { body, mentioned, .. } = encoder;
    let body = surrogate::reveal(body);
    CapData { body, slots: mentioned.into_iter().map(|slot| slots[slot].clone()).collect() }
}

struct Encoder {
    body: String,
    /// Old slot numbers by new ones.
    mentioned: Vec<usize>,
    /// New slot numbers by old ones.
    numbers: Vec<Option<usize>>,
}

impl Encoder {
    fn value(&mut self, value: &Value) {
        match value {
            Value::Undefined => self.body.push_str("\"#undefined\""),
            Value::Null => self.body.push_str("null"),
            Value::Bool(value) => self.body.push_str(if *value { "true" } else { "false" }),
            Value::Number(number) => self.body.push_str(&number_text(*number)),
            Value::BigInt(digits) => {
                let sign = if digits.starts_with('-') { "" } else { "+" };
                self.json_text(&format!("{sign}{digits}"));
            }
            Value::Text(text) => self.json_text(&escape(text)),
            Value::Symbol(name) => self.json_text(&format!("%{name}")),
            Value::Array(items) => self.list('[', ']', items, Self::value),
            Value::Record(members) => {
                let mut members: Vec<_> = members.iter().collect();
                members.sort_by(|left, right| compare_keys(&left.0, &right.0));
                self.list('{', '}', members, |encoder, (name, value)| {
                    encoder.json_text(&escape(name));
                    encoder.body.push(':');
                    encoder.value(value);
                });
            }
            Value::Tagged(tag, payload) => {
                self.body.push_str("{\"#tag\":");
                self.json_text(&escape(tag));
                self.body.push_str(",\"payload\":");
                self.value(payload);
                self.body.push('}');
            }
            Value::Error { message, name } => {
                self.body.push_str("{\"#error\":");
                self.json_text(&escape(message));
                self.body.push_str(",\"name\":");
                self.json_text(&escape(name));
                self.body.push('}');
            }
            Value::Object { slot, iface } => {
                let (index, first) = self.mention(*slot);
                if first {
                    let iface = iface.as_deref().unwrap_or("undefined");
                    self.json_text(&format!("${index}.Alleged: {iface}"));
                } else {
                    self.json_text(&format!("${index}"));
                }
            }
            Value::Promise { slot } => {
                let (index, _) = self.mention(*slot);
                self.json_text(&format!("&{index}"));
            }
        }
    }

    fn list<T>(
        &mut self,
        open: char,
        close: char,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.body.push(open);
        for (position, item) in items.into_iter().enumerate() {
            if position > 0 {
                self.body.push(',');
            }
            write(self, item);
        }
        self.body.push(close);
    }

    /// The new number of a slot, and whether this is its first mention.
    fn mention(&mut self, slot: usize) -> (usize, bool) {
        if let Some(index) = self.numbers[slot] {
            return (index, false);
        }
        let index = self.mentioned.len();
        self.numbers[slot] = Some(index);
        self.mentioned.push(slot);
        (index, true)
    }

    fn json_text(&mut self, text: &str) {
        self.body.push_str(&serde_json::to_string(text).expect("a text has a JSON form"));
    }
}

/// A text that would read as something special gets a `!` in front.
fn escape(text: &str) -> String {
    match text.as_bytes().first() {
        Some(b'!'..=b'-') => format!("!{text}"),
        _ => text.to_owned(),
    }
}

/// Members that look like array indices come first, in numeric order, as in JavaScript; the
/// others by UTF-16 code units.
fn compare_keys(left: &str, right: &str) -> std::cmp::Ordering {
    match (array_index(left), array_index(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        (Some(_), None) => std::cmp::Ordering::Less,
        (None, Some(_)) => std::cmp::Ordering::Greater,
        (None, None) => left.encode_utf16().cmp(right.encode_utf16()),
    }
}

/// What a name is as an array index, if it looks like one.
pub(super) fn array_index(name: &str) -> Option<u64> {
    crate::id::parse_number(name).filter(|number| *number < u64::from(u32::MAX))
}

/// A number as JavaScript's `String(number)` writes it, or the special text that stands for it.
pub(super) fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "\"#NaN\"".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "\"#Infinity\"".into() } else { "\"#-Infinity\"".into() };
    }
    if number == 0.0 {
        return "0".into();
    }
    let shortest = format!("{number:e}");
    let (digits, exponent) = shortest.split_once('e').expect("the format has an exponent");
    let exponent: i32 = exponent.parse().expect("the format's exponent is a number");
    if (-6..21).contains(&exponent) {
        return format!("{number}");
    }
    let mut text = digits.to_owned();
    let sign = if exponent > 0 { "+" } else { "" };
    write!(text, "e{sign}{exponent}").expect("writing to a string does not fail");
    text
}
