//! From a configuration to a kernel's first state (KERNEL.md sections 2 and 13.2).

use crate::event::{Event, VatSource};
use crate::fault::{Fault, KernelError};
use crate::id::VatId;
use crate::keeper::{Keeper, Queue, Strength, VatOptions};
use crate::policy::ResolutionPolicy;
use crate::schema::{self, Key};
use crate::slot::Kref;
use crate::smallcaps::Value;

/// The static vats of a kernel, and its settings.
///
/// ```
/// use bootfork_kernel::Config;
///
/// let config = Config::new("bootstrap")
///     .vat("bootstrap", "my-bootstrap-bundle")
///     .vat("alice", "my-alice-bundle")
///     .reap_interval(None);
/// assert!(format!("{config:?}").contains("alice"));
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    bootstrap: String,
    vats: Vec<VatConfig>,
    reap_interval: Option<u64>,
}

#[derive(Clone, Debug)]
struct VatConfig {
    name: String,
    bundle_id: String,
    pipelining: bool,
}

impl Config {
    /// A configuration whose vat `bootstrap` gets the bootstrap message, with the roots of all
    /// vats. The vat itself is added by [`vat`](Self::vat), like every other.
    pub fn new(bootstrap: impl Into<String>) -> Self {
        Self { bootstrap: bootstrap.into(), vats: Vec::new(), reap_interval: Some(1) }
    }

    /// Adds a static vat.
    #[must_use]
    pub fn vat(mut self, name: impl Into<String>, bundle_id: impl Into<String>) -> Self {
        let (name, bundle_id) = (name.into(), bundle_id.into());
        self.vats.push(VatConfig { name, bundle_id, pipelining: false });
        self
    }

    /// Adds a static vat that gets messages to promises it decides.
    #[must_use]
    pub fn pipelining_vat(mut self, name: impl Into<String>, bundle_id: impl Into<String>) -> Self {
        let (name, bundle_id) = (name.into(), bundle_id.into());
        self.vats.push(VatConfig { name, bundle_id, pipelining: true });
        self
    }

    /// After how many deliveries a vat is asked what it has dropped: 1 by default, `None` never.
    #[must_use]
    pub fn reap_interval(mut self, deliveries: Option<u64>) -> Self {
        self.reap_interval = deliveries;
        self
    }

    /// Vats in the order in which the kernel numbers them: bootstrap, the built-in ones, the rest
    /// by name.
    fn ordered_vats(&self) -> Vec<&VatConfig> {
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
}

impl Keeper {
    /// Writes the first state of a kernel, up to the bootstrap message.
    pub(crate) fn initialize(&mut self, config: &Config) -> Result<(), KernelError> {
        self.write_starting_state(config);
        for vat in config.ordered_vats() {
            self.initialize_vat(config, vat)?;
        }
        self.queue_bootstrap(config)?;
        self.set(&schema::version(), "3");
        self.kernel_emit()?;
        Ok(())
    }

    fn write_starting_state(&mut self, config: &Config) {
        let reap_interval =
            config.reap_interval.map_or("\"never\"".into(), |number| number.to_string());
        let thresholds =
            format!(r#"{{"deliveries":{reap_interval},"gcKrefs":20,"computrons":"never"}}"#);
        let queue = |queue: Queue| schema::queue(queue.name());
        let starting: [(Key, &str); 20] = [
            (schema::vat_names(), "[]"),
            (schema::vat_dynamic_ids(), "[]"),
            (schema::vat_next_id(), "1"),
            (schema::vat_next_upgrade_id(), "1"),
            (schema::vats_terminated(), "[]"),
            (schema::device_names(), "[]"),
            (schema::device_next_id(), "7"),
            (schema::object_next_id(), "20"),
            (schema::device_node_next_id(), "30"),
            (schema::promise_next_id(), "40"),
            (schema::meter_next_id(), "1"),
            (schema::gc_actions(), "[]"),
            (schema::reap_queue(), "[]"),
            (queue(Queue::Run), "[1,1]"),
            (queue(Queue::Acceptance), "[1,1]"),
            (schema::crank_number(), "0"),
            (schema::default_manager_type(), "local"),
            (schema::default_reap_dirt_threshold(), &thresholds),
            (schema::snapshot_initial(), "3"),
            (schema::snapshot_interval(), "200"),
        ];
        for (key, value) in starting {
            self.set(&key, value);
        }
    }

    fn initialize_vat(&mut self, config: &Config, vat: &VatConfig) -> Result<(), KernelError> {
        let id = self.allocate_vat_id()?;
        self.name_static_vat(id, &vat.name)?;
        let mut options = VatOptions::new(Some(vat.name.clone()));
        options.enable_pipelining = vat.pipelining;
        self.create_vat(id, &VatSource { bundle_id: vat.bundle_id.clone() }, &options);
        let mut parameters = Vec::new();
        if vat.name == config.bootstrap {
            parameters.push(("argv".to_owned(), Value::Array(Vec::new())));
        }
        let parameters = Value::Record(parameters).encode(&[] as &[Kref]);
        self.enqueue(Queue::Acceptance, &Event::StartVat { vat: id, parameters })?;
        if vat.name == "vatAdmin" {
            let root = self.root_for_host(id)?;
            self.pin(root)?;
            self.set(&schema::vat_admin_root(), &root.to_string());
        }
        Ok(())
    }

    fn queue_bootstrap(&mut self, config: &Config) -> Result<(), KernelError> {
        let mut roots = Vec::new();
        let mut members = Vec::new();
        for (name, vat) in self.static_vats()? {
            let slot = roots.len();
            roots.push(self.root_for_host(vat)?);
            members.push((name, Value::Object { slot, iface: Some("root".into()) }));
        }
        let bootstrap = self.static_vat(&config.bootstrap)?;
        let missing = || KernelError::NoSuchVat { name: config.bootstrap.clone() };
        let target = self.root_for_host(bootstrap.ok_or_else(missing)?)?;
        let arguments = vec![Value::Record(members), Value::Record(Vec::new())];
        let call = Value::Array(vec![Value::text("bootstrap"), Value::Array(arguments)]);
        let policy = Some(ResolutionPolicy::Panic);
        if let Some(result) = self.send_from_kernel(target, call.encode(&roots), policy)? {
            self.increment(result, Strength::Full)?;
        }
        self.pin(target)
    }

    /// A vat's root as a host or the kernel itself names it, where no vat can be to blame.
    pub(crate) fn root_for_host(&mut self, vat: VatId) -> Result<Kref, KernelError> {
        self.export_root(vat).map_err(Fault::into_error)
    }
}
