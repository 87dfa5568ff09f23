//! From a configuration to a kernel's first state (KERNEL.md sections 2 and 13.2).

use std::sync::Arc;

use serde_json::json;

use crate::config::{Config, VatConfig, interval};
use crate::controller::Controller;
use crate::device::Endowments;
use crate::event::Event;
use crate::fault::{Fault, KernelError};
use crate::id::VatId;
use crate::keeper::{Hashes, Keeper, Queue, Strength};
use crate::policy::ResolutionPolicy;
use crate::schema::{self, Key};
use crate::slot::{Kref, Vref};
use crate::smallcaps::Value;
use crate::source::VatSource;
use crate::state::{State, Tables};
use crate::trace::{CrankKind, CrankTrace, Write};
use crate::worker::VatWorker;

/// How a kernel's first state comes about, for those who want to see each write.
/// [`Controller::boot`](crate::Controller::boot) makes the same state.
///
/// ```
/// use bootfork_kernel::{Config, Initialization, Write};
///
/// let made = Initialization::of(&Config::new("main").vat("main", "some-bundle"))?;
/// assert_eq!(made.writes[0], Write::Set("vat.names".into(), "[]".into()));
/// assert_eq!(made.tables.kv.get("version"), Some(b"3".as_slice()));
/// # Ok::<(), bootfork_kernel::KernelError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Initialization {
    /// The first tables.
    pub tables: Tables,
    /// Every write in order, but for that of the activity hash.
    pub writes: Vec<Write>,
    /// The hashes over these writes.
    pub hashes: Hashes,
}

impl Initialization {
    /// Initializes a kernel, and watches.
    ///
    /// # Errors
    /// [`KernelError::NoSuchVat`] if the configuration has no vat of the bootstrap vat's name.
    pub fn of(config: &Config) -> Result<Self, KernelError> {
        let mut keeper = Keeper::new(State::default());
        let blank = CrankTrace::new(0, CrankKind::Delivery, &Event::NegatedGcAction);
        keeper.trace = Some(Box::new(blank));
        let hashes = keeper.initialize(config)?;
        let writes = keeper.trace.take().map(|trace| trace.writes).unwrap_or_default();
        Ok(Self { tables: keeper.tables().clone(), writes, hashes })
    }
}

impl<W: VatWorker> Controller<W> {
    /// Initializes a kernel and starts it; its vats have run nothing yet.
    ///
    /// # Errors
    /// [`KernelError::NoSuchVat`] if the configuration has no vat of the bootstrap vat's name,
    /// [`KernelError::NoCode`] if the worker lacks a vat's code.
    pub fn boot(config: &Config, worker: W) -> Result<Self, KernelError> {
        Self::boot_with(config, worker, Endowments::default())
    }

    /// As [`boot`](Self::boot), with devices: [`Endowments::tripwires`], if the boot is to be
    /// forked.
    ///
    /// # Errors
    /// As [`boot`](Self::boot).
    pub fn boot_with(
        config: &Config,
        worker: W,
        endowments: Endowments,
    ) -> Result<Self, KernelError> {
        let mut keeper = Keeper::new(State::default());
        keeper.initialize(config)?;
        Self::start_with(keeper.tables().clone(), Arc::new(worker), endowments)
    }
}

impl Keeper {
    /// Writes the first state of a kernel, up to the bootstrap message, and commits it.
    pub(crate) fn initialize(&mut self, config: &Config) -> Result<Hashes, KernelError> {
        self.write_starting_state(config);
        for bundle_id in config.bundle_ids() {
            self.install_bundle(bundle_id, "{}");
        }
        for (name, bundle_id) in &config.named_bundles {
            self.set(&schema::named_bundle(name), bundle_id);
        }
        for vat in config.ordered_vats() {
            self.initialize_vat(config, vat)?;
        }
        for (name, bundle_id) in &config.devices {
            self.create_device(name, bundle_id)?;
        }
        self.queue_bootstrap(config)?;
        self.set(&schema::version(), "3");
        let hashes = self.kernel_emit()?;
        self.commit();
        Ok(hashes)
    }

    fn write_starting_state(&mut self, config: &Config) {
        let thresholds = json!({
            "deliveries": interval(config.reap_interval),
            "gcKrefs": interval(config.reap_gc_krefs),
            "computrons": "never",
        });
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
            (schema::default_reap_dirt_threshold(), &thresholds.to_string()),
            (schema::snapshot_initial(), &config.snapshot_initial.to_string()),
            (schema::snapshot_interval(), &config.snapshot_interval.to_string()),
        ];
        for (key, value) in starting {
            self.set(&key, value);
        }
        if config.relax_durability_rules {
            self.set(&schema::relax_durability_rules(), "true");
        }
    }

    fn initialize_vat(&mut self, config: &Config, vat: &VatConfig) -> Result<(), KernelError> {
        let id = self.allocate_vat_id()?;
        self.name_static_vat(id, &vat.name)?;
        let source = VatSource::BundleId(vat.bundle_id.clone());
        self.create_vat(id, &source, &vat.stored_options());
        let mut parameters = vat.parameters.clone();
        if vat.name == config.bootstrap {
            let argv = config.argv.iter().map(Value::text).collect();
            parameters.retain(|(name, _)| name != "argv");
            parameters.push(("argv".to_owned(), Value::Array(argv)));
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
        let mut slots = Vec::new();
        let mut member = |name: String, kref: Kref, iface: &str| {
            slots.push(kref);
            (name, Value::Object { slot: slots.len() - 1, iface: Some(iface.into()) })
        };
        let mut roots = Vec::new();
        for (name, vat) in self.static_vats()? {
            roots.push(member(name, self.root_for_host(vat)?, "root"));
        }
        let mut nodes = Vec::new();
        for (name, device) in self.devices()? {
            let node = self.export_device_node(device, &Vref::new("d+0"))?;
            nodes.push(member(name, node, "device"));
        }
        let bootstrap = self.static_vat(&config.bootstrap)?;
        let missing = || KernelError::NoSuchVat { name: config.bootstrap.clone() };
        let bootstrap = bootstrap.ok_or_else(missing)?;
        let target = self.root_for_host(bootstrap)?;
        let arguments = vec![Value::Record(roots), Value::Record(nodes)];
        let call = Value::Array(vec![Value::text("bootstrap"), Value::Array(arguments)]);
        let policy = Some(ResolutionPolicy::Panic);
        if let Some(result) = self.send_from_kernel(target, call.encode(&slots), policy)? {
            self.increment(result, Strength::Full)?;
        }
        if config.pin_bootstrap_root {
            let root = self.root_for_host(bootstrap)?;
            self.pin(root)?;
        }
        Ok(())
    }

    /// A vat's root as a host or the kernel itself names it, where no vat can be to blame.
    pub(crate) fn root_for_host(&mut self, vat: VatId) -> Result<Kref, KernelError> {
        self.export_root(vat).map_err(Fault::into_error)
    }
}
