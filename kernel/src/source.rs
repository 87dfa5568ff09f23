//! Where a vat's code is: in a bundle that is installed, or in one that came along.

use std::fmt;
use std::sync::Arc;

use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// Where a vat's code is.
///
/// ```
/// use bootfork_kernel::VatSource;
///
/// let source = VatSource::BundleId("b1-0".into());
/// assert_eq!(serde_json::to_string(&source).unwrap(), r#"{"bundleID":"b1-0"}"#);
/// let source: VatSource = serde_json::from_str(r#"{"bundle":{"moduleFormat":"none"}}"#).unwrap();
/// assert_eq!(source.bundle_id(), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VatSource {
    /// In the installed bundle of this ID.
    BundleId(String),
    /// In this bundle, which whoever made the vat handed over.
    Bundle(Bundle),
    /// Nowhere: what was handed over as a bundle is `undefined`. No vat can be made of it.
    Nowhere,
}

impl VatSource {
    /// The ID of the bundle, also of one that came along if it has one. Linear in its size.
    pub fn bundle_id(&self) -> Option<String> {
        match self {
            Self::BundleId(id) => Some(id.clone()),
            Self::Bundle(bundle) => bundle.id(),
            Self::Nowhere => None,
        }
    }

    /// Whether it has the shape of a source: a name or a bundle, whatever is in that.
    pub(crate) fn is_bundle(&self) -> bool {
        match self {
            Self::BundleId(_) => true,
            Self::Bundle(bundle) => bundle.0.starts_with(['{', '[']),
            Self::Nowhere => false,
        }
    }
}

impl fmt::Display for VatSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.bundle_id()) {
            (_, Some(id)) => write!(f, "bundle {id}"),
            (Self::Bundle(_), None) => f.write_str("a bundle without an ID"),
            (_, None) => f.write_str("nothing"),
        }
    }
}

/// A bundle as plain JSON.
///
/// ```
/// use bootfork_kernel::VatSource;
///
/// let bundle = r#"{"moduleFormat":"endoZipBase64","endoZipBase64":"","endoZipBase64Sha512":"0"}"#;
/// let source = serde_json::from_str(&format!(r#"{{"bundle":{bundle}}}"#)).unwrap();
/// let VatSource::Bundle(source) = source else { unreachable!() };
/// assert_eq!((source.as_str(), source.id().as_deref()), (bundle, Some("b1-0")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle(Arc<str>);

impl Bundle {
    pub(crate) fn new(json: &str) -> Self {
        Self(json.into())
    }

    /// The JSON, as the kernel stores it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ID under which it could be installed: only bundles of format `endoZipBase64` have one,
    /// made of the hash that they name. Linear in the bundle's size.
    pub fn id(&self) -> Option<String> {
        #[derive(Deserialize)]
        #[serde(tag = "moduleFormat")]
        enum Format {
            #[serde(rename = "endoZipBase64")]
            Zip {
                #[serde(rename = "endoZipBase64Sha512")]
                hash: String,
            },
        }
        let Format::Zip { hash } = serde_json::from_str(&self.0).ok()?;
        Some(format!("b1-{hash}"))
    }
}

impl Serialize for VatSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut record = serializer.serialize_map(None)?;
        match self {
            Self::BundleId(id) => record.serialize_entry("bundleID", id)?,
            Self::Bundle(Bundle(json)) => {
                let json: &RawValue =
                    serde_json::from_str(json).map_err(serde::ser::Error::custom)?;
                record.serialize_entry("bundle", json)?;
            }
            Self::Nowhere => {}
        }
        record.end()
    }
}

impl<'de> Deserialize<'de> for VatSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Source;
        impl<'de> Visitor<'de> for Source {
            type Value = VatSource;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a record with a bundle or its ID")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut record: A) -> Result<VatSource, A::Error> {
                let mut source = VatSource::Nowhere;
                while let Some(name) = record.next_key::<String>()? {
                    source = match (name.as_str(), source) {
                        ("bundleID", VatSource::Nowhere) => {
                            VatSource::BundleId(record.next_value()?)
                        }
                        ("bundle", VatSource::Nowhere) => {
                            let json: Box<RawValue> = record.next_value()?;
                            VatSource::Bundle(Bundle::new(json.get()))
                        }
                        _ => return Err(A::Error::unknown_field(&name, &["bundleID", "bundle"])),
                    };
                }
                Ok(source)
            }
        }
        deserializer.deserialize_map(Source)
    }
}
