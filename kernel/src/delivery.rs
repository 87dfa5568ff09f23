//! Deliveries: what the kernel tells a vat, in the kernel's words and in the vat's.
//!
//! Both serialize to the arrays of KERNEL.md section 7.1, which is how transcripts and recordings
//! hold them.

use serde::ser::SerializeTuple;
use serde::{Deserialize, Serialize, Serializer, de};
use serde_json::{Map, Value};

use crate::capdata::{CapData, Message};
use crate::slot::{Kref, Vref};

/// A delivery in krefs.
///
/// ```
/// use bootfork_kernel::{KernelDelivery, Kref};
///
/// let delivery = KernelDelivery::DropExports(vec![Kref::Object(21)]);
/// assert_eq!(serde_json::to_string(&delivery).unwrap(), r#"["dropExports",["ko21"]]"#);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum KernelDelivery {
    /// A message to a target.
    Message(Kref, Message),
    /// Promises that are resolved.
    Notify(Vec<KernelResolution>),
    /// Nobody reaches these exports.
    DropExports(Vec<Kref>),
    /// Nobody recognizes these exports.
    RetireExports(Vec<Kref>),
    /// These imports are gone.
    RetireImports(Vec<Kref>),
    /// Begin, with these parameters.
    StartVat(CapData),
    /// Say what has been dropped.
    BringOutYourDead,
    /// Options have changed.
    ChangeVatOptions(Map<String, Value>),
}

/// How one promise was resolved, in krefs.
///
/// ```
/// use bootfork_kernel::{CapData, KernelResolution, Kref};
///
/// let data = CapData::new("#7", []);
/// let resolution = KernelResolution { promise: Kref::Promise(41), rejected: false, data };
/// assert_eq!(
///     serde_json::to_string(&resolution).unwrap(),
///     r##"["kp41",{"state":"fulfilled","data":{"body":"#7","slots":[]}}]"##,
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct KernelResolution {
    /// Which promise.
    pub promise: Kref,
    /// Whether it was rejected.
    pub rejected: bool,
    /// With what.
    pub data: CapData,
}

/// A delivery in one vat's vrefs.
///
/// ```
/// use bootfork_kernel::VatDelivery;
///
/// let json = serde_json::to_string(&VatDelivery::BringOutYourDead).unwrap();
/// assert_eq!(json, r#"["bringOutYourDead"]"#);
/// assert_eq!(serde_json::from_str::<VatDelivery>(&json).unwrap(), VatDelivery::BringOutYourDead);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum VatDelivery {
    /// A message to one of the vat's exports or promises.
    Message(Vref, Message<Vref>),
    /// Promises that are resolved.
    Notify(Vec<Resolution>),
    /// Nobody reaches these exports.
    DropExports(Vec<Vref>),
    /// Nobody recognizes these exports.
    RetireExports(Vec<Vref>),
    /// These imports are gone.
    RetireImports(Vec<Vref>),
    /// Begin, with these parameters.
    StartVat(CapData<Vref>),
    /// Say what has been dropped.
    BringOutYourDead,
    /// Options have changed.
    ChangeVatOptions(Map<String, Value>),
}

/// A resolution `[promise, rejected, data]`, as deliveries and syscalls write it.
///
/// ```
/// use bootfork_kernel::{CapData, Resolution, Vref};
///
/// let resolution: Resolution =
///     Resolution { promise: Vref::new("p-60"), rejected: false, data: CapData::new("#7", []) };
/// let json = serde_json::to_string(&resolution).unwrap();
/// assert_eq!(json, r##"["p-60",false,{"body":"#7","slots":[]}]"##);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution<S = Vref> {
    /// Which promise.
    pub promise: S,
    /// Whether it is rejected.
    pub rejected: bool,
    /// With what.
    pub data: CapData<S>,
}

impl<S: Serialize> Serialize for Resolution<S> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        (&self.promise, self.rejected, &self.data).serialize(serializer)
    }
}

impl<'de, S: Deserialize<'de>> Deserialize<'de> for Resolution<S> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (promise, rejected, data) = Deserialize::deserialize(deserializer)?;
        Ok(Self { promise, rejected, data })
    }
}

impl Serialize for KernelResolution {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        #[derive(Serialize)]
        struct State<'a> {
            state: &'static str,
            data: &'a CapData,
        }
        let state = if self.rejected { "rejected" } else { "fulfilled" };
        (self.promise, State { state, data: &self.data }).serialize(serializer)
    }
}

impl Serialize for KernelDelivery {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        match self {
            Self::Message(target, message) => ("message", target, message).serialize(serializer),
            Self::Notify(resolutions) => ("notify", resolutions).serialize(serializer),
            Self::DropExports(krefs) => ("dropExports", krefs).serialize(serializer),
            Self::RetireExports(krefs) => ("retireExports", krefs).serialize(serializer),
            Self::RetireImports(krefs) => ("retireImports", krefs).serialize(serializer),
            Self::StartVat(parameters) => ("startVat", parameters).serialize(serializer),
            Self::BringOutYourDead => single("bringOutYourDead", serializer),
            Self::ChangeVatOptions(options) => ("changeVatOptions", options).serialize(serializer),
        }
    }
}

impl Serialize for VatDelivery {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        match self {
            Self::Message(target, message) => ("message", target, message).serialize(serializer),
            Self::Notify(resolutions) => ("notify", resolutions).serialize(serializer),
            Self::DropExports(vrefs) => ("dropExports", vrefs).serialize(serializer),
            Self::RetireExports(vrefs) => ("retireExports", vrefs).serialize(serializer),
            Self::RetireImports(vrefs) => ("retireImports", vrefs).serialize(serializer),
            Self::StartVat(parameters) => ("startVat", parameters).serialize(serializer),
            Self::BringOutYourDead => single("bringOutYourDead", serializer),
            Self::ChangeVatOptions(options) => ("changeVatOptions", options).serialize(serializer),
        }
    }
}

fn single<Z: Serializer>(name: &str, serializer: Z) -> Result<Z::Ok, Z::Error> {
    let mut tuple = serializer.serialize_tuple(1)?;
    tuple.serialize_element(name)?;
    tuple.end()
}

impl<'de> Deserialize<'de> for VatDelivery {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut parts = Vec::<Value>::deserialize(deserializer)?.into_iter();
        let name = parts.next().unwrap_or_default();
        let mut next = || parts.next().unwrap_or_default();
        let delivery = match name.as_str().unwrap_or_default() {
            "message" => Self::Message(part(next())?, part(next())?),
            "notify" => Self::Notify(part(next())?),
            "dropExports" => Self::DropExports(part(next())?),
            "retireExports" => Self::RetireExports(part(next())?),
            "retireImports" => Self::RetireImports(part(next())?),
            "startVat" => Self::StartVat(part(next())?),
            "bringOutYourDead" => Self::BringOutYourDead,
            "changeVatOptions" => Self::ChangeVatOptions(part(next())?),
            other => return Err(de::Error::custom(format!("unknown delivery {other:?}"))),
        };
        match parts.next() {
            None => Ok(delivery),
            Some(extra) => Err(de::Error::custom(format!("delivery has a part too many: {extra}"))),
        }
    }
}

/// One element of an array that a typed value is read from.
pub(crate) fn part<T: de::DeserializeOwned, E: de::Error>(value: Value) -> Result<T, E> {
    serde_json::from_value(value).map_err(E::custom)
}
