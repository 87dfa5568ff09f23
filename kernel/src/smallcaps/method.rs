//! What a message that cannot be delivered says it is.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::surrogate;
use crate::capdata::CapData;

const FUNCTION_CALL: &str = "<funcall>";
const UNINTELLIGIBLE: &str = "<unintelligible method>";

/// The method that a message names, as the text of a "not callable" error has it (KERNEL.md
/// section 6). Of the rest of the body it matters only that it is JSON, however deep it nests.
pub(crate) fn method_name(methargs: &CapData) -> String {
    name(&methargs.body).unwrap_or_else(|_| "<unknown>".into())
}

/// What JavaScript finds at index 0: of a list its first item, of a text its first character.
fn name(body: &str) -> serde_json::Result<String> {
    let (body, smallcaps) = match body.strip_prefix('#') {
        Some(body) => (body, true),
        None => (body, false),
    };
    let body = surrogate::shelter(body);
    let whole: &RawValue = serde_json::from_str(&body)?;
    let first = match whole.get().as_bytes().first() {
        Some(b'[') => serde_json::from_str::<Vec<&RawValue>>(whole.get())?.first().copied(),
        Some(b'{') => member(whole, "0")?,
        Some(b'"') => {
            let text: String = serde_json::from_str(whole.get())?;
            let first = text.chars().next().map(String::from);
            return Ok(first.map_or(FUNCTION_CALL.into(), |first| spelled(first, smallcaps)));
        }
        // There is nothing at any index of it.
        Some(b'n') => return Ok("<unknown>".into()),
        _ => None,
    };
    let Some(first) = first else { return Ok(FUNCTION_CALL.into()) };
    match first.get().as_bytes().first() {
        Some(b'"') => Ok(spelled(serde_json::from_str(first.get())?, smallcaps)),
        Some(b'[' | b'{') if !smallcaps => classified(first),
        _ => Ok(UNINTELLIGIBLE.into()),
    }
}

fn spelled(text: String, smallcaps: bool) -> String {
    if !smallcaps {
        return text;
    }
    match text.as_bytes().first() {
        _ if text == "#undefined" => FUNCTION_CALL.into(),
        Some(b'!') => text[1..].to_owned(),
        Some(b'%') => format!("[{}]", &text[1..]),
        Some(b'#' | b'+' | b'-' | b'$' | b'&') => UNINTELLIGIBLE.into(),
        _ => text,
    }
}

/// A method of the older encoding that is no plain text.
fn classified(first: &RawValue) -> serde_json::Result<String> {
    let class = member(first, "@qclass")?.map(RawValue::get);
    Ok(match class {
        Some(r#""undefined""#) => FUNCTION_CALL.into(),
        Some(r#""@@asyncIterator""#) => "[Symbol.asyncIterator]".into(),
        Some(r#""symbol""#) => {
            let name = member(first, "name")?.map_or(r#""undefined""#, RawValue::get);
            format!("[{}]", serde_json::from_str(name).unwrap_or_else(|_| name.to_owned()))
        }
        _ => "<invalid method type>".into(),
    })
}

/// A member of a record; anything else has none.
fn member<'a>(value: &'a RawValue, name: &str) -> serde_json::Result<Option<&'a RawValue>> {
    if !value.get().starts_with('{') {
        return Ok(None);
    }
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(value.get())?;
    Ok(members.get(name).copied())
}
