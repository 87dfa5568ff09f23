//! What the kernel does in a crank: the items of its queues, and the events it chooses itself.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::capdata::{CapData, Message};
use crate::id::VatId;
use crate::slot::Kref;
use crate::source::VatSource;

/// One piece of work. The members' order is that of KERNEL.md section 4: queue items are stored
/// and hashed as this JSON.
///
/// ```
/// use bootfork_kernel::{Event, Kref, VatId};
///
/// let event = Event::Notify { vat: VatId(3), promise: Kref::Promise(41) };
/// assert_eq!(
///     serde_json::to_string(&event).unwrap(),
///     r#"{"type":"notify","vatID":"v3","kpid":"kp41"}"#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
#[non_exhaustive]
pub enum Event {
    /// A message to an object or promise.
    Send {
        /// To whom; a promise until routing has found its object.
        target: Kref,
        /// What.
        msg: Message,
    },
    /// The news that a promise is resolved, to one vat.
    Notify {
        /// To whom.
        #[serde(rename = "vatID")]
        vat: VatId,
        /// Which promise.
        #[serde(rename = "kpid")]
        promise: Kref,
    },
    /// The first delivery to a static vat.
    StartVat {
        /// Which vat.
        #[serde(rename = "vatID")]
        vat: VatId,
        /// The vat's parameters.
        #[serde(rename = "vatParameters")]
        parameters: CapData,
    },
    /// Makes a dynamic vat and starts it.
    #[serde(rename = "create-vat")]
    CreateVat {
        /// Which vat.
        #[serde(rename = "vatID")]
        vat: VatId,
        /// Its code.
        source: VatSource,
        /// Its parameters.
        #[serde(rename = "vatParameters")]
        parameters: CapData,
        /// Those options that its creator set.
        #[serde(rename = "dynamicOptions")]
        dynamic_options: Map<String, Value>,
    },
    /// Gives a vat new code, which keeps the vatstore and little else.
    #[serde(rename = "upgrade-vat")]
    UpgradeVat {
        /// Which vat.
        #[serde(rename = "vatID")]
        vat: VatId,
        /// The number of the upgrade, for vatAdmin.
        #[serde(rename = "upgradeID")]
        upgrade_id: String,
        /// The new code.
        #[serde(rename = "bundleID")]
        bundle_id: String,
        /// The new parameters.
        #[serde(rename = "vatParameters")]
        parameters: CapData,
        /// What those who wait for the vat's promises are told.
        #[serde(rename = "upgradeMessage")]
        upgrade_message: String,
    },
    /// Changes options of a vat.
    ChangeVatOptions {
        /// Which vat.
        #[serde(rename = "vatID")]
        vat: VatId,
        /// The options and their new values.
        options: Map<String, Value>,
    },
    /// Asks a vat which references it has dropped.
    BringOutYourDead {
        /// Which vat.
        #[serde(rename = "vatID")]
        vat: VatId,
    },
    /// Tells an exporter that nobody reaches these objects any more.
    DropExports(GcEvent),
    /// Tells an exporter that nobody recognizes these objects any more.
    RetireExports(GcEvent),
    /// Tells an importer that these objects are gone.
    RetireImports(GcEvent),
    /// GC actions were overtaken by newer references; only their removal is recorded.
    #[serde(rename = "negated-gc-action")]
    NegatedGcAction,
    /// Deletes some of what a terminated vat has left.
    #[serde(rename = "cleanup-terminated-vat")]
    CleanupTerminatedVat {
        /// Which vat.
        #[serde(rename = "vatID")]
        vat: VatId,
        /// How much of it.
        budget: CleanupBudget,
    },
}

/// The members of the three GC events.
///
/// ```
/// use bootfork_kernel::{Event, GcEvent, Kref, VatId};
///
/// let event = Event::RetireImports(GcEvent { vat: VatId(2), krefs: vec![Kref::Object(30)] });
/// assert_eq!(
///     serde_json::to_string(&event).unwrap(),
///     r#"{"type":"retireImports","vatID":"v2","krefs":["ko30"]}"#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GcEvent {
    /// The vat that is told.
    #[serde(rename = "vatID")]
    pub vat: VatId,
    /// The objects, sorted as texts.
    pub krefs: Vec<Kref>,
}

impl Event {
    /// Reads a queue item.
    ///
    /// The derived reader has to buffer all members, since their type might come last. In what
    /// the kernel writes it comes first, so the two kinds that nearly all items are of are read
    /// straight from the text; so is the one that may hold a bundle, which must stay as it is
    /// written.
    pub(crate) fn from_json(text: &str) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Send {
            target: Kref,
            msg: Message,
        }
        #[derive(Deserialize)]
        struct Notify {
            #[serde(rename = "vatID")]
            vat: VatId,
            #[serde(rename = "kpid")]
            promise: Kref,
        }
        #[derive(Deserialize)]
        struct CreateVat {
            #[serde(rename = "vatID")]
            vat: VatId,
            source: VatSource,
            #[serde(rename = "vatParameters")]
            parameters: CapData,
            #[serde(rename = "dynamicOptions")]
            dynamic_options: Map<String, Value>,
        }
        if text.starts_with(r#"{"type":"send","#) {
            let Send { target, msg } = serde_json::from_str(text)?;
            Ok(Self::Send { target, msg })
        } else if text.starts_with(r#"{"type":"notify","#) {
            let Notify { vat, promise } = serde_json::from_str(text)?;
            Ok(Self::Notify { vat, promise })
        } else if text.starts_with(r#"{"type":"create-vat","#) {
            let CreateVat { vat, source, parameters, dynamic_options } =
                serde_json::from_str(text)?;
            Ok(Self::CreateVat { vat, source, parameters, dynamic_options })
        } else {
            serde_json::from_str(text)
        }
    }

    /// The event's `type`, as stored and logged.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Send { .. } => "send",
            Self::Notify { .. } => "notify",
            Self::StartVat { .. } => "startVat",
            Self::CreateVat { .. } => "create-vat",
            Self::UpgradeVat { .. } => "upgrade-vat",
            Self::ChangeVatOptions { .. } => "changeVatOptions",
            Self::BringOutYourDead { .. } => "bringOutYourDead",
            Self::DropExports(_) => "dropExports",
            Self::RetireExports(_) => "retireExports",
            Self::RetireImports(_) => "retireImports",
            Self::NegatedGcAction => "negated-gc-action",
            Self::CleanupTerminatedVat { .. } => "cleanup-terminated-vat",
        }
    }
}

/// How many things one cleanup crank may delete, by phase; a phase without a number of its own
/// uses `default` (KERNEL.md section 10). Heap snapshots and transcripts need 1 or more:
/// [`KernelError::NoCleanup`](crate::KernelError::NoCleanup).
///
/// ```
/// use bootfork_kernel::{Allowance, CleanupBudget};
///
/// let budget = CleanupBudget { exports: Some(Allowance::Of(2)), ..CleanupBudget::UNLIMITED };
/// assert_eq!(
///     serde_json::to_string(&budget).unwrap(),
///     r#"{"default":"Infinity","exports":2}"#,
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanupBudget {
    /// For each phase that is not named.
    pub default: Allowance,
    /// Objects orphaned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exports: Option<Allowance>,
    /// Imports deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imports: Option<Allowance>,
    /// Promises deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promises: Option<Allowance>,
    /// Remaining keys deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kv: Option<Allowance>,
    /// Heap snapshots deleted; there are none here, the member is kept for the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshots: Option<Allowance>,
    /// Transcript spans deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcripts: Option<Allowance>,
}

impl CleanupBudget {
    /// Everything in one crank.
    pub const UNLIMITED: Self = Self {
        default: Allowance::Unlimited,
        exports: None,
        imports: None,
        promises: None,
        kv: None,
        snapshots: None,
        transcripts: None,
    };
}

/// A number of deletions, or no limit, which logs write as `"Infinity"`.
///
/// ```
/// use bootfork_kernel::Allowance;
///
/// assert_eq!(serde_json::to_string(&Allowance::Unlimited).unwrap(), r#""Infinity""#);
/// assert_eq!(serde_json::from_str::<Allowance>("5").unwrap(), Allowance::Of(5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance {
    /// So many.
    Of(u64),
    /// Any number.
    Unlimited,
}

impl Serialize for Allowance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Of(number) => serializer.serialize_u64(*number),
            Self::Unlimited => serializer.serialize_str("Infinity"),
        }
    }
}

impl<'de> Deserialize<'de> for Allowance {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Number(u64),
            Text(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Number(number) => Ok(Self::Of(number)),
            Form::Text(text) if text == "Infinity" => Ok(Self::Unlimited),
            Form::Text(text) => Err(serde::de::Error::custom(format!(
                "expected a number or \"Infinity\", found {text:?}"
            ))),
        }
    }
}
