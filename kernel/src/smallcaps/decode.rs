//! Bodies to values.

use serde_json::{Map, Value as Json};

use super::{Reference, Undecodable, Value, infinite, surrogate};
use crate::capdata::CapData;

/// The names that an error may keep; any other becomes `Error`.
const ERROR_NAMES: [&str; 8] = [
    "Error",
    "EvalError",
    "RangeError",
    "ReferenceError",
    "SyntaxError",
    "TypeError",
    "URIError",
    "AggregateError",
];

pub(super) fn decode<S: Reference>(data: &CapData<S>) -> Result<Value, Undecodable> {
    let decoder = Decoder { slots: &data.slots };
    let (json, smallcaps) = match data.body.strip_prefix('#') {
        Some(json) => (json, true),
        None => (data.body.as_str(), false),
    };
    let json = surrogate::shelter(json);
    let parsed = serde_json::from_str(&json);
    let json: Json = parsed
        .or_else(|_| serde_json::from_str(&infinite::spell(&json, smallcaps)))
        .map_err(|error| wrong(error.to_string()))?;
    if smallcaps { decoder.smallcaps(&json) } else { decoder.qclass(&json) }
}

fn wrong(why: impl Into<String>) -> Undecodable {
    Undecodable(why.into())
}

struct Decoder<'a, S> {
    slots: &'a [S],
}

impl<S: Reference> Decoder<'_, S> {
    fn smallcaps(&self, json: &Json) -> Result<Value, Undecodable> {
        match json {
            Json::Null => Ok(Value::Null),
            Json::Bool(value) => Ok(Value::Bool(*value)),
            Json::Number(number) => Ok(Value::Number(number.as_f64().unwrap_or(f64::NAN))),
            Json::String(text) => self.special(text),
            Json::Array(items) => {
                { items.iter().map(|item| self.smallcaps(item)).collect::<Result<_, _>>() }
                    .map(Value::Array)
            }
            Json::Object(members) => self.record(members),
        }
    }

    fn special(&self, text: &str) -> Result<Value, Undecodable> {
        let Some(first) = text.chars().next() else { return Ok(Value::text("")) };
        let rest = &text[first.len_utf8()..];
        match first {
            '!' => Ok(Value::text(rest)),
            '%' => Ok(Value::Symbol(rest.to_owned())),
            '#' => match rest {
                "undefined" => Ok(Value::Undefined),
                "NaN" => Ok(Value::Number(f64::NAN)),
                "Infinity" => Ok(Value::Number(f64::INFINITY)),
                "-Infinity" => Ok(Value::Number(f64::NEG_INFINITY)),
                _ => Err(wrong(format!("unknown word {text:?}"))),
            },
            '+' | '-' => big_int(first == '-', rest),
            '$' => {
                let (index, iface) = match rest.split_once('.') {
                    Some((index, iface)) => (index, Some(iface)),
                    None => (rest, None),
                };
                let slot = self.slot(index, false)?;
                let iface = iface.map(|iface| iface.strip_prefix("Alleged: ").unwrap_or(iface));
                Ok(Value::Object { slot, iface: iface.map(str::to_owned) })
            }
            '&' => Ok(Value::Promise { slot: self.slot(rest, true)? }),
            '"' | '\'' | '(' | ')' | '*' | ',' => Err(wrong(format!("reserved text {text:?}"))),
            _ => Ok(Value::text(text)),
        }
    }

    fn slot(&self, index: &str, promise: bool) -> Result<usize, Undecodable> {
        let index: usize = index.parse().map_err(|_| wrong(format!("slot {index:?}")))?;
        match self.slots.get(index) {
            None => Err(wrong(format!("slot {index} of {}", self.slots.len()))),
            Some(slot) if slot.is_promise() != promise => {
                Err(wrong(format!("slot {index} is of another type")))
            }
            Some(_) => Ok(index),
        }
    }

    fn record(&self, members: &Map<String, Json>) -> Result<Value, Undecodable> {
        if let Some(tag) = members.get("#tag") {
            let payload = members.get("payload").ok_or_else(|| wrong("a tag without payload"))?;
            let Value::Text(tag) = self.smallcaps(tag)? else { return Err(wrong("tag")) };
            return Ok(Value::Tagged(tag, Box::new(self.smallcaps(payload)?)));
        }
        if let Some(message) = members.get("#error") {
            let text = |json: Option<&Json>| match json.map(|json| self.smallcaps(json)) {
                Some(Ok(Value::Text(text))) => Ok(text),
                _ => Err(wrong("an error's message and name are texts")),
            };
            return Ok(error(text(Some(message))?, text(members.get("name"))?));
        }
        let member = |(name, value): (&String, &Json)| match self.special(name)? {
            Value::Text(name) => Ok((name, self.smallcaps(value)?)),
            _ => Err(wrong(format!("member {name:?}"))),
        };
        members.iter().map(member).collect::<Result<_, _>>().map(Value::Record)
    }

    fn qclass(&self, json: &Json) -> Result<Value, Undecodable> {
        match json {
            Json::String(text) => Ok(Value::text(text)),
            Json::Array(items) => {
                { items.iter().map(|item| self.qclass(item)).collect::<Result<_, _>>() }
                    .map(Value::Array)
            }
            Json::Object(members) => match members.get("@qclass") {
                Some(class) => self.classified(class.as_str().unwrap_or_default(), members),
                None => members
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), self.qclass(value)?)))
                    .collect::<Result<_, _>>()
                    .map(Value::Record),
            },
            plain => self.smallcaps(plain),
        }
    }

    fn classified(&self, class: &str, members: &Map<String, Json>) -> Result<Value, Undecodable> {
        let text = |name: &str| {
            let text = members.get(name).and_then(Json::as_str).map(str::to_owned);
            text.ok_or_else(|| wrong(format!("{class} without {name}")))
        };
        match class {
            "undefined" => Ok(Value::Undefined),
            "NaN" => Ok(Value::Number(f64::NAN)),
            "Infinity" => Ok(Value::Number(f64::INFINITY)),
            "-Infinity" => Ok(Value::Number(f64::NEG_INFINITY)),
            "bigint" => {
                let digits = text("digits")?;
                big_int(digits.starts_with('-'), digits.trim_start_matches('-'))
            }
            "symbol" => Ok(Value::Symbol(text("name")?)),
            "tagged" => {
                let payload = members.get("payload").unwrap_or(&Json::Null);
                Ok(Value::Tagged(text("tag")?, Box::new(self.qclass(payload)?)))
            }
            "error" => Ok(error(text("message")?, text("name")?)),
            "slot" => {
                let index = members.get("index").map(Json::to_string).unwrap_or_default();
                let slot: usize = index.parse().map_err(|_| wrong(format!("slot {index:?}")))?;
                let reference = self.slots.get(slot).ok_or_else(|| wrong("slot out of range"))?;
                if reference.is_promise() {
                    return Ok(Value::Promise { slot });
                }
                let iface = members.get("iface").and_then(Json::as_str);
                let iface = iface.map(|iface| iface.strip_prefix("Alleged: ").unwrap_or(iface));
                Ok(Value::Object { slot, iface: iface.map(str::to_owned) })
            }
            _ => Err(wrong(format!("unknown @qclass {class:?}"))),
        }
    }
}

fn error(message: String, name: String) -> Value {
    let name = if ERROR_NAMES.contains(&name.as_str()) { name } else { "Error".into() };
    Value::Error { message, name }
}

/// Decimal digits without leading zeros, and without a sign on zero.
fn big_int(negative: bool, digits: &str) -> Result<Value, Undecodable> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong(format!("bigint {digits:?}")));
    }
    let digits = digits.trim_start_matches('0');
    Ok(Value::BigInt(match (negative, digits) {
        (_, "") => "0".into(),
        (true, digits) => format!("-{digits}"),
        (false, digits) => digits.to_owned(),
    }))
}
