//! Bodies to values.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::encode::index_first;
use super::{Reference, Undecodable, Value, infinite, number, surrogate};
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

/// The symbols of the language.
const WELL_KNOWN: [&str; 13] = [
    "asyncIterator",
    "hasInstance",
    "isConcatSpreadable",
    "iterator",
    "match",
    "matchAll",
    "replace",
    "search",
    "species",
    "split",
    "toPrimitive",
    "toStringTag",
    "unscopables",
];

pub(super) fn decode<S: Reference>(data: &CapData<S>) -> Result<Value, Undecodable> {
    let decoder = Decoder { slots: &data.slots, ifaces: RefCell::default() };
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
    /// The interface of each slot, as its first mention has it; others say nothing.
    ifaces: RefCell<BTreeMap<usize, Option<String>>>,
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
            '%' => symbol(rest),
            '#' => match rest {
                "undefined" => Ok(Value::Undefined),
                "NaN" => Ok(Value::Number(f64::NAN)),
                "Infinity" => Ok(Value::Number(f64::INFINITY)),
                "-Infinity" => Ok(Value::Number(f64::NEG_INFINITY)),
                _ => Err(wrong(format!("unknown word {text:?}"))),
            },
            '+' | '-' => big_int(text),
            '$' => {
                let (index, iface) = match rest.split_once('.') {
                    Some((index, iface)) => (index, Some(iface)),
                    None => (rest, None),
                };
                let slot = self.slot(index, false)?;
                Ok(self.object(slot, iface))
            }
            '&' => {
                let index = rest.split_once('.').map_or(rest, |(index, _)| index);
                Ok(Value::Promise { slot: self.slot(index, true)? })
            }
            '"' | '\'' | '(' | ')' | '*' | ',' => Err(wrong(format!("reserved text {text:?}"))),
            _ => Ok(Value::text(text)),
        }
    }

    fn slot(&self, index: &str, promise: bool) -> Result<usize, Undecodable> {
        let index = number::index(index).ok_or_else(|| wrong(format!("slot {index:?}")))?;
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
            if members.len() > 2 {
                return Err(wrong("a tagged value with other members"));
            }
            return Ok(Value::Tagged(tag, Box::new(self.smallcaps(payload)?)));
        }
        if let Some(message) = members.get("#error") {
            let text = |json: Option<&Json>| match json.map(|json| self.smallcaps(json)) {
                Some(Ok(Value::Text(text))) => Ok(text),
                _ => Err(wrong("an error's message and name are texts")),
            };
            let error = error(text(Some(message))?, text(members.get("name"))?);
            if members.contains_key("message") {
                return Err(wrong("an error with two messages"));
            }
            // What else it says is for the eye alone, but must be an encoding.
            in_order(members)
                .into_iter()
                .try_for_each(|(_, value)| self.smallcaps(value).map(drop))?;
            return Ok(error);
        }
        let member = |(name, value): (&String, &Json)| match self.special(name)? {
            _ if name.starts_with('#') => Err(wrong(format!("record type {name:?}"))),
            Value::Text(name) => Ok((name, self.smallcaps(value)?)),
            _ => Err(wrong(format!("member {name:?}"))),
        };
        let decoded = in_order(members).into_iter().map(member).collect::<Result<Vec<_>, _>>()?;
        let escaped = members.keys().any(|name| name.starts_with('!'));
        Ok(Value::Record(if escaped { without_doubles(decoded) } else { decoded }))
    }

    fn object(&self, slot: usize, iface: Option<&str>) -> Value {
        let plain = |iface: &str| iface.strip_prefix("Alleged: ").unwrap_or(iface).to_owned();
        let mut ifaces = self.ifaces.borrow_mut();
        let iface = ifaces.entry(slot).or_insert_with(|| iface.map(plain)).clone();
        Value::Object { slot, iface }
    }

    fn qclass(&self, json: &Json) -> Result<Value, Undecodable> {
        match json {
            Json::String(text) => Ok(Value::text(text)),
            Json::Array(items) => {
                { items.iter().map(|item| self.qclass(item)).collect::<Result<_, _>>() }
                    .map(Value::Array)
            }
            Json::Object(members) => match members.get("@qclass") {
                Some(Json::String(class)) => self.classified(class, members),
                Some(_) => Err(wrong("a @qclass that is no text")),
                None => in_order(members)
                    .into_iter()
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
            "bigint" => big_int(&text("digits")?),
            "symbol" => symbol(&text("name")?),
            "@@asyncIterator" => symbol(class),
            "tagged" => {
                let payload = members.get("payload").map(|payload| self.qclass(payload));
                let payload = payload.unwrap_or(Ok(Value::Undefined))?;
                Ok(Value::Tagged(text("tag")?, Box::new(payload)))
            }
            "error" => Ok(error(text("message")?, text("name")?)),
            "hilbert" => self.hilbert(members),
            "slot" => {
                let fits = |name: &String| matches!(name.as_str(), "@qclass" | "index" | "iface");
                if !members.keys().all(fits) {
                    return Err(wrong("a slot with other members"));
                }
                let index = members.get("index").and_then(Json::as_f64).and_then(number::whole);
                let slot = index.ok_or_else(|| wrong("a slot without index"))?;
                let reference = self.slots.get(slot).ok_or_else(|| wrong("slot out of range"))?;
                let iface = match members.get("iface") {
                    None => None,
                    Some(Json::Null) => Some("null"),
                    Some(iface) => {
                        Some(iface.as_str().ok_or_else(|| wrong("an interface that is no text"))?)
                    }
                };
                if reference.is_promise() {
                    return Ok(Value::Promise { slot });
                }
                Ok(self.object(slot, iface))
            }
            _ => Err(wrong(format!("unknown @qclass {class:?}"))),
        }
    }
}

impl<S: Reference> Decoder<'_, S> {
    /// A record that itself has a member `@qclass`.
    fn hilbert(&self, members: &Map<String, Json>) -> Result<Value, Undecodable> {
        let original = members.get("original").ok_or_else(|| wrong("hilbert without original"))?;
        let mut record = vec![("@qclass".to_owned(), self.qclass(original)?)];
        match members.get("rest") {
            None => {}
            Some(rest @ Json::Object(others)) if !others.is_empty() => match self.qclass(rest)? {
                Value::Record(rest) if rest.iter().all(|(name, _)| name != "@qclass") => {
                    record.extend(rest);
                }
                _ => return Err(wrong("the rest of a record is no record")),
            },
            Some(_) => return Err(wrong("the rest of a record is no record")),
        }
        Ok(Value::Record(record))
    }
}

/// A record's members as JavaScript visits them: array indices first.
fn in_order(members: &Map<String, Json>) -> Vec<(&String, &Json)> {
    let mut members: Vec<_> = members.iter().collect();
    index_first(&mut members, |(name, _)| name);
    members
}

/// The members without those whose name comes again: the last one counts, in the place of the
/// first.
fn without_doubles(members: Vec<(String, Value)>) -> Vec<(String, Value)> {
    let mut places = BTreeMap::new();
    let mut kept: Vec<(String, Value)> = Vec::new();
    for (name, value) in members {
        let place = *places.entry(name.clone()).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(member) => member.1 = value,
            None => kept.push((name, value)),
        }
    }
    kept
}

fn error(message: String, name: String) -> Value {
    let name = if ERROR_NAMES.contains(&name.as_str()) { name } else { "Error".into() };
    Value::Error { message, name }
}

fn big_int(text: &str) -> Result<Value, Undecodable> {
    let digits = number::big_int(text);
    digits.map(Value::BigInt).ok_or_else(|| wrong(format!("bigint {text:?}")))
}

/// A symbol by its name. Those of the language have names with `@@`, and two more stand for such a
/// name of another.
fn symbol(name: &str) -> Result<Value, Undecodable> {
    match name.strip_prefix("@@") {
        Some(own) if !own.starts_with("@@") && !WELL_KNOWN.contains(&own) => {
            Err(wrong(format!("symbol {name:?}")))
        }
        _ => Ok(Value::Symbol(name.to_owned())),
    }
}
