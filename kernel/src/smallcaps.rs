//! The encoding of values in capdata bodies that the kernel itself speaks (KERNEL.md section 3.1).
//!
//! A body is `#` and the JSON of a value in which special strings stand for what JSON lacks. The
//! older `@qclass` form, without the `#`, is read but never written.

mod decode;
mod encode;
mod infinite;
mod method;
mod number;
mod stringify;
mod surrogate;

use crate::capdata::CapData;
use crate::slot::{Kref, Vref};

pub(crate) use method::method_name;
pub(crate) use number::is_space;
pub(crate) use stringify::NoJson;

/// A passable value. References are indexes into the slots that go with it.
///
/// ```
/// use bootfork_kernel::{Kref, Value};
///
/// let value = Value::Array(vec![Value::text("!deposit"), Value::Number(7.0), Value::Undefined]);
/// let data = value.encode(&[] as &[Kref]);
/// assert_eq!(data.body, r##"#["!!deposit",7,"#undefined"]"##);
/// assert_eq!(Value::decode(&data)?, value);
/// # Ok::<(), bootfork_kernel::Undecodable>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `undefined`
    Undefined,
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, written as JavaScript writes it.
    Number(f64),
    /// An integer of any size, in decimal.
    BigInt(String),
    /// A text.
    Text(String),
    /// A symbol, by name.
    Symbol(String),
    /// A list.
    Array(Vec<Value>),
    /// A record; encoding sorts its members.
    Record(Vec<(String, Value)>),
    /// A tagged value.
    Tagged(String, Box<Value>),
    /// An error.
    Error {
        /// What it says.
        message: String,
        /// Its class.
        name: String,
    },
    /// An object or device.
    Object {
        /// Which slot.
        slot: usize,
        /// Its interface, without `Alleged: `.
        iface: Option<String>,
    },
    /// A promise.
    Promise {
        /// Which slot.
        slot: usize,
    },
}

/// A body that is no encoded value; the text says why.
///
/// ```
/// use bootfork_kernel::{CapData, Kref, Value};
///
/// let data = CapData::new("not encoded", [] as [Kref; 0]);
/// assert!(Value::decode(&data).unwrap_err().to_string().starts_with("undecodable body: "));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable(pub String);

impl std::fmt::Display for Undecodable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "undecodable body: {}", self.0)
    }
}

impl std::error::Error for Undecodable {}

/// A reference that knows whether it is a promise: a kref, or a vref by its letter.
///
/// ```
/// use bootfork_kernel::{Kref, Reference, Vref};
///
/// assert!(Kref::Promise(40).is_promise());
/// assert!(!Vref::root().is_promise());
/// ```
pub trait Reference: Clone {
    /// Whether it is a promise.
    fn is_promise(&self) -> bool;
}

impl Reference for Kref {
    fn is_promise(&self) -> bool {
        matches!(self, Self::Promise(_))
    }
}

impl Reference for Vref {
    fn is_promise(&self) -> bool {
        self.as_str().starts_with('p')
    }
}

impl Value {
    /// A text value.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// An error of class `Error`.
    pub fn error(message: impl Into<String>) -> Self {
        Self::Error { message: message.into(), name: "Error".into() }
    }

    /// Encodes the value. Slots are renumbered by first appearance; those that the value does not
    /// mention are left out.
    ///
    /// # Panics
    /// If the value speaks of a slot that is not there.
    pub fn encode<S: Reference>(&self, slots: &[S]) -> CapData<S> {
        encode::encode(self, slots)
    }

    /// Decodes a body.
    ///
    /// # Errors
    /// [`Undecodable`] as listed in KERNEL.md section 3.1.
    pub fn decode<S: Reference>(data: &CapData<S>) -> Result<Self, Undecodable> {
        decode::decode(data)
    }

    /// The plain JSON that JavaScript makes of the value, if it makes any.
    pub(crate) fn stringify(&self) -> Result<Option<String>, NoJson> {
        stringify::stringify(self)
    }
}

/// Plain data as a value: a text is a text, whatever it begins with.
impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => Self::Number(number.as_f64().unwrap_or(f64::NAN)),
            serde_json::Value::String(text) => Self::Text(text),
            serde_json::Value::Array(items) => {
                Self::Array(items.into_iter().map(Self::from).collect())
            }
            serde_json::Value::Object(members) => Self::Record(
                members.into_iter().map(|(name, value)| (name, value.into())).collect(),
            ),
        }
    }
}

/// *err(TEXT)*: the error data that the kernel itself makes.
pub(crate) fn error_data(text: &str) -> CapData {
    Value::error(text).encode(&[])
}

/// The slot of data that is exactly one reference, or `None`. Undecodable data is none.
pub(crate) fn single_slot(data: &CapData) -> Option<Kref> {
    match Value::decode(data) {
        Ok(Value::Object { slot, .. } | Value::Promise { slot }) => data.slots.get(slot).copied(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
