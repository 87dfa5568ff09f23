//! Capability data: an opaque body and the references it speaks of.

use serde::{Deserialize, Serialize};

use crate::slot::{Kref, Vref};

/// A body and its slots; `S` is [`Kref`] in the kernel and [`Vref`] in a vat.
///
/// The kernel passes bodies on byte for byte and maps slots, position by position.
///
/// ```
/// use bootfork_kernel::CapData;
///
/// let data: CapData = CapData::new("#\"$0.Alleged: root\"", ["ko20".parse()?]);
/// assert_eq!(
///     serde_json::to_string(&data).unwrap(),
///     r##"{"body":"#\"$0.Alleged: root\"","slots":["ko20"]}"##,
/// );
/// # Ok::<(), bootfork_kernel::ParseIdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapData<S = Kref> {
    /// The encoded value.
    pub body: String,
    /// The references that the body names by position.
    pub slots: Vec<S>,
}

impl<S> CapData<S> {
    /// Capability data of these parts.
    pub fn new(body: impl Into<String>, slots: impl IntoIterator<Item = S>) -> Self {
        Self { body: body.into(), slots: slots.into_iter().collect() }
    }

    /// The same body over translated slots.
    ///
    /// # Errors
    /// The first error of `translate`.
    pub(crate) fn try_map<T, E>(
        &self,
        translate: impl FnMut(&S) -> Result<T, E>,
    ) -> Result<CapData<T>, E> {
        let slots = self.slots.iter().map(translate).collect::<Result<_, _>>()?;
        Ok(CapData { body: self.body.clone(), slots })
    }
}

/// A message: encoded method and arguments, and where the result goes.
///
/// `result` is `None` where the member is absent (a host that asked for no result),
/// `Some(None)` where it is `null` (a vat that asked for none). Both forms are kept apart all the
/// way to the delivery, since they are hashed as they are written.
///
/// ```
/// use bootfork_kernel::{CapData, Kref, Message};
///
/// let message: Message = Message {
///     methargs: CapData::new(r##"#["ping",[]]"##, []),
///     result: Some(Some(Kref::Promise(40))),
/// };
/// let json = serde_json::to_string(&message).unwrap();
/// assert!(json.ends_with(r#""result":"kp40"}"#));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "S: Deserialize<'de>"))]
pub struct Message<S = Kref> {
    /// The encoded `[method, [arguments…]]`.
    pub methargs: CapData<S>,
    /// The promise for the result.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub result: Option<Option<S>>,
}

/// A message in a vat's own references.
///
/// ```
/// use bootfork_kernel::{CapData, VatMessage, Vref};
///
/// let methargs = CapData::new(r##"#["ping",[]]"##, []);
/// let message = VatMessage { methargs, result: Some(Some(Vref::new("p-60"))) };
/// assert_eq!(message.result_promise(), Some(&Vref::new("p-60")));
/// ```
pub type VatMessage = Message<Vref>;

impl<S> Message<S> {
    /// The promise for the result, if one was asked for.
    pub fn result_promise(&self) -> Option<&S> {
        self.result.as_ref().and_then(Option::as_ref)
    }
}

/// Tells a `null` member from an absent one.
#[expect(clippy::option_option, reason = "absent, null and present are three things here")]
fn present<'de, S, D>(deserializer: D) -> Result<Option<Option<S>>, D::Error>
where
    S: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}
