//! What a host says about a kernel before it exists: vats, devices, bundles and settings.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use crate::keeper::VatOptions;
use crate::smallcaps::Value;

/// The static vats and the devices of a kernel, and its settings.
///
/// ```
/// use bootfork_kernel::{Config, VatConfig};
///
/// let config = Config::new("bootstrap")
///     .vat("bootstrap", "my-bootstrap-bundle")
///     .with_vat(VatConfig::new("alice", "my-alice-bundle").critical())
///     .device("bridge", "my-bridge-bundle")
///     .reap_interval(None);
/// assert!(format!("{config:?}").contains("alice"));
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) bootstrap: String,
    pub(crate) argv: Vec<String>,
    pub(crate) vats: Vec<VatConfig>,
    pub(crate) devices: BTreeMap<String, String>,
    pub(crate) named_bundles: BTreeMap<String, String>,
    pub(crate) pin_bootstrap_root: bool,
    pub(crate) reap_interval: Option<u64>,
    pub(crate) reap_gc_krefs: Option<u64>,
    pub(crate) snapshot_initial: u64,
    pub(crate) snapshot_interval: u64,
    pub(crate) relax_durability_rules: bool,
}

impl Config {
    /// A configuration whose vat `bootstrap` gets the bootstrap message, with the roots of all
    /// vats and devices. The vat itself is added by [`vat`](Self::vat), like every other.
    pub fn new(bootstrap: impl Into<String>) -> Self {
        Self {
            bootstrap: bootstrap.into(),
            argv: Vec::new(),
            vats: Vec::new(),
            devices: BTreeMap::new(),
            named_bundles: BTreeMap::new(),
            pin_bootstrap_root: true,
            reap_interval: Some(1),
            reap_gc_krefs: Some(20),
            snapshot_initial: 3,
            snapshot_interval: 200,
            relax_durability_rules: false,
        }
    }

    /// Adds a static vat.
    #[must_use]
    pub fn vat(self, name: impl Into<String>, bundle_id: impl Into<String>) -> Self {
        self.with_vat(VatConfig::new(name, bundle_id))
    }

    /// Adds a static vat with options of its own.
    #[must_use]
    pub fn with_vat(mut self, vat: VatConfig) -> Self {
        self.vats.push(vat);
        self
    }

    /// Adds a device. Its code is no part of the state: a host endows each controller with it.
    #[must_use]
    pub fn device(mut self, name: impl Into<String>, bundle_id: impl Into<String>) -> Self {
        self.devices.insert(name.into(), bundle_id.into());
        self
    }

    /// Gives a bundle a name, by which vatAdmin finds it.
    #[must_use]
    pub fn named_bundle(mut self, name: impl Into<String>, bundle_id: impl Into<String>) -> Self {
        self.named_bundles.insert(name.into(), bundle_id.into());
        self
    }

    /// What the bootstrap vat gets as its parameter `argv`, in place of one that it is given.
    #[must_use]
    pub fn argv(mut self, argv: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.argv = argv.into_iter().map(Into::into).collect();
        self
    }

    /// Whether the root of the bootstrap vat is kept alive for ever: `true` by default, as a host
    /// that speaks to it later needs. (The real kernel's own default is `false`.)
    #[must_use]
    pub fn pin_bootstrap_root(mut self, pin: bool) -> Self {
        self.pin_bootstrap_root = pin;
        self
    }

    /// After how many deliveries a vat is asked what it has dropped: 1 by default, `None` never.
    #[must_use]
    pub fn reap_interval(mut self, deliveries: Option<u64>) -> Self {
        self.reap_interval = deliveries;
        self
    }

    /// After how many krefs in GC deliveries a vat is asked what it has dropped: 20 by default,
    /// `None` never.
    #[must_use]
    pub fn reap_gc_krefs(mut self, krefs: Option<u64>) -> Self {
        self.reap_gc_krefs = krefs;
        self
    }

    /// After how many deliveries a vat's first heap snapshot is due: 3 by default.
    #[must_use]
    pub fn snapshot_initial(mut self, deliveries: u64) -> Self {
        self.snapshot_initial = deliveries;
        self
    }

    /// After how many deliveries each later heap snapshot is due: 200 by default.
    #[must_use]
    pub fn snapshot_interval(mut self, deliveries: u64) -> Self {
        self.snapshot_interval = deliveries;
        self
    }

    /// Whether vats may keep in durable storage what is not durable: `false` by default.
    #[must_use]
    pub fn relax_durability_rules(mut self, relax: bool) -> Self {
        self.relax_durability_rules = relax;
        self
    }

    /// Vats in the order in which the kernel numbers them: bootstrap, the built-in ones, the rest
    /// by name.
    pub(crate) fn ordered_vats(&self) -> Vec<&VatConfig> {
        let rank = |vat: &VatConfig| {
            let built_in = ["vatAdmin", "comms", "vattp", "timer"];
            if vat.name == self.bootstrap {
                return 0;
            }
            built_in.iter().position(|name| *name == vat.name).map_or(5, |position| position + 1)
        };
        let mut vats: Vec<_> = self.vats.iter().collect();
        vats.sort_by(|left, right| (rank(left), &left.name).cmp(&(rank(right), &right.name)));
        vats
    }

    /// The IDs of all bundles that it speaks of.
    pub(crate) fn bundle_ids(&self) -> BTreeSet<&str> {
        let vats = self.vats.iter().map(|vat| vat.bundle_id.as_str());
        let others = self.devices.values().chain(self.named_bundles.values());
        vats.chain(others.map(String::as_str)).collect()
    }
}

/// One static vat: its name, its code, its options and its parameters.
///
/// A vat named `comms` starts from the options that the kernel's own comms vat has
/// (KERNEL.md section 2.1), every other from none.
///
/// ```
/// use bootfork_kernel::{Value, VatConfig};
///
/// let issuer = VatConfig::new("issuer", "ledger-bundle")
///     .pipelining()
///     .reap_interval(Some(10))
///     .parameter("role", Value::text("issuer"));
/// assert!(format!("{issuer:?}").contains("enablePipelining"));
/// ```
#[derive(Clone, Debug)]
pub struct VatConfig {
    pub(crate) name: String,
    pub(crate) bundle_id: String,
    options: Map<String, Json>,
    pub(crate) parameters: Vec<(String, Value)>,
}

impl VatConfig {
    /// A vat of this name that runs the code of this bundle.
    pub fn new(name: impl Into<String>, bundle_id: impl Into<String>) -> Self {
        let (name, bundle_id) = (name.into(), bundle_id.into());
        let comms = name == "comms";
        let vat = Self { name, bundle_id, options: Map::new(), parameters: Vec::new() };
        if comms { vat.setup().pipelining().without_transcript().never_reap() } else { vat }
    }

    /// Sets an option by the name that KERNEL.md has for it, such as `enablePipelining`, `critical`
    /// or `reapInterval`.
    #[must_use]
    pub fn option(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.options.insert(name.into(), value.into());
        self
    }

    /// The vat gets messages to promises it decides.
    #[must_use]
    pub fn pipelining(self) -> Self {
        self.option("enablePipelining", true)
    }

    /// The kernel panics when the vat is terminated.
    #[must_use]
    pub fn critical(self) -> Self {
        self.option("critical", true)
    }

    /// The vat's code is a setup function.
    #[must_use]
    pub fn setup(self) -> Self {
        self.option("enableSetup", true)
    }

    /// No transcript is kept of the vat.
    #[must_use]
    pub fn without_transcript(self) -> Self {
        self.option("useTranscript", false)
    }

    /// The vat's own number of deliveries after which it is asked what it has dropped.
    #[must_use]
    pub fn reap_interval(self, deliveries: Option<u64>) -> Self {
        self.option("reapInterval", interval(deliveries))
    }

    /// The vat's own number of krefs after which it is asked what it has dropped.
    #[must_use]
    pub fn reap_gc_krefs(self, krefs: Option<u64>) -> Self {
        self.option("reapGCKrefs", interval(krefs))
    }

    /// The vat is never asked what it has dropped.
    #[must_use]
    pub fn never_reap(self) -> Self {
        self.option("neverReap", true)
    }

    /// Adds one of the parameters that the vat is started with. References have no meaning here.
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: Value) -> Self {
        self.parameters.push((name.into(), value));
        self
    }

    /// The options as they are stored.
    pub(crate) fn stored_options(&self) -> VatOptions {
        let mut options = self.options.clone();
        options.insert("name".into(), self.name.as_str().into());
        VatOptions::from_record(&options)
    }
}

/// A threshold as it is stored: a number, or `never`.
pub(crate) fn interval(number: Option<u64>) -> Json {
    number.map_or_else(|| "never".into(), Json::from)
}
