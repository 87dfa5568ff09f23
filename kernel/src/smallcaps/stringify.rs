//! Values to plain JSON, as JavaScript's `JSON.stringify` writes what a body decodes to: most of
//! what JSON lacks is left out or written as something else.

use super::encode::{index_first, number_text};
use super::{Value, surrogate};

/// A value with a bigint in it: those alone make `JSON.stringify` fail.
#[derive(Debug)]
pub(crate) struct NoJson;

/// The JSON of a value, or `None` of one that JSON leaves out: `undefined` and symbols.
pub(super) fn stringify(value: &Value) -> Result<Option<String>, NoJson> {
    Ok(json(value)?.map(surrogate::reveal))
}

fn json(value: &Value) -> Result<Option<String>, NoJson> {
    Ok(Some(match value {
        Value::Undefined | Value::Symbol(_) => return Ok(None),
        Value::BigInt(_) => return Err(NoJson),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) if number.is_finite() => number_text(*number),
        Value::Null | Value::Number(_) => "null".into(),
        Value::Text(text) => quoted(text),
        Value::Array(items) => {
            let item = |item| Ok(json(item)?.unwrap_or_else(|| "null".into()));
            let items: Vec<String> = items.iter().map(item).collect::<Result<_, _>>()?;
            format!("[{}]", items.join(","))
        }
        Value::Record(members) => {
            // A record of JavaScript has its array indices first; the others keep their order.
            let mut members: Vec<_> = members.iter().collect();
            index_first(&mut members, |(name, _)| name);
            let member = |(name, value): &(String, Value)| {
                Ok(json(value)?.map(|value| format!("{}:{value}", quoted(name))))
            };
            let members = members.into_iter().filter_map(|entry| member(entry).transpose());
            format!("{{{}}}", members.collect::<Result<Vec<_>, _>>()?.join(","))
        }
        Value::Tagged(_, payload) => {
            let payload = json(payload)?;
            payload.map_or_else(|| "{}".into(), |payload| format!(r#"{{"payload":{payload}}}"#))
        }
        // Nothing of these is an enumerable member.
        Value::Error { .. } | Value::Object { .. } | Value::Promise { .. } => "{}".into(),
    }))
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text has a JSON form")
}
