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
            Value::Record(members) => self.record(members),
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

    /// Members are visited by their names as texts, and then written in the order that JavaScript
    /// has for them, array indices first.
    fn record(&mut self, members: &[(String, Value)]) {
        let mut members: Vec<_> = members.iter().collect();
        members.sort_by(|left, right| left.0.encode_utf16().cmp(right.0.encode_utf16()));
        if !members.iter().any(|(name, _)| array_index(name).is_some()) {
            self.list('{', '}', members, Self::member);
            return;
        }
        let start = self.body.len();
        let mut written = Vec::with_capacity(members.len());
        for member in members {
            self.member(member);
            written.push((&member.0, self.body.split_off(start)));
        }
        index_first(&mut written, |(name, _)| name);
        self.list('{', '}', written, |encoder, (_, member)| encoder.body.push_str(&member));
    }

    fn member(&mut self, (name, value): &(String, Value)) {
        self.json_text(&escape(name));
        self.body.push(':');
        self.value(value);
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

/// Puts members whose names look like array indices first, in numeric order.
pub(super) fn index_first<T>(members: &mut [T], name: impl Fn(&T) -> &str) {
    members.sort_by_key(|member| array_index(name(member)).map_or((1, 0), |index| (0, index)));
}

fn array_index(name: &str) -> Option<u64> {
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
