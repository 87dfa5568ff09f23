//! The kernel as a state.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use bootfork_kernel::{Controller, IMAGE_KIND, IMAGE_VERSION, KernelError, VatWorker};
use bootfork_store::image::{Image, ImageBuilder};

use crate::difference::{Part, Parts};
use crate::divergence::Divergence;
use crate::history::mark_parts;
use crate::shadow::Shadow;
use crate::state::State;

/// The code of a kernel's vats: what an image of the kernel has not in it.
///
/// See [`KernelState`] for an example.
pub trait Vats {
    /// What runs them.
    type Worker: VatWorker;

    /// The worker with all their code.
    fn worker() -> Self::Worker;
}

/// The form of a kernel: its tables and what it has in memory, opened where they lie.
///
/// ```
/// use bootfork::{Boot, KernelState, Vats};
/// use bootfork_kernel::{Controller, NativeWorker};
/// use bootfork_ledger::{Account, Ledger, LedgerConfig};
///
/// struct LedgerVats;
/// impl Vats for LedgerVats {
///     type Worker = NativeWorker;
///     fn worker() -> NativeWorker {
///         bootfork_ledger::worker()
///     }
/// }
///
/// static LEDGER: Boot<Controller<NativeWorker>> =
///     Boot::new("ledger", || Ok(bootfork_ledger::boot(&LedgerConfig::default())?))
///         .cached_as::<KernelState<LedgerVats>>();
///
/// let mut fork = LEDGER.fork()?;
/// Ledger::new(&mut fork).transfer(Account(1), Account(2), 10)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Devices come to a fork by [`on_fork`](crate::Boot::on_fork), which may replace it by
/// `fork_with` endowments. During a boot they are tripwires.
pub struct KernelState<V>(PhantomData<V>);

impl<V> fmt::Debug for KernelState<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KernelState")
    }
}

impl<V: Vats> State<Controller<V::Worker>> for KernelState<V> {
    const KIND: &str = IMAGE_KIND;
    const VERSION: u32 = IMAGE_VERSION;

    fn to_image(
        state: &Controller<V::Worker>,
    ) -> Result<ImageBuilder<'_>, Box<dyn Error + Send + Sync>> {
        Ok(state.image())
    }

    fn from_image(image: &Image) -> Result<Controller<V::Worker>, Box<dyn Error + Send + Sync>> {
        Controller::restore(image, Arc::new(V::worker())).map_err(|error| error.to_string().into())
    }
}

/// Runs a kernel until nothing is left to do, as [`Controller::run`] does, and [marks](crate::mark)
/// each crank: a recipe that uses it has
/// [`check_determinism`](crate::Boot::check_determinism) name the first crank that differs.
///
/// # Errors
/// As [`Controller::run`].
pub fn run<W: VatWorker>(kernel: &mut Controller<W>) -> Result<u64, KernelError> {
    let mut cranks = 0;
    while kernel.step()? {
        cranks += 1;
        mark_parts(&format!("crank {}", kernel.cranks()), || tables(kernel));
    }
    Ok(cranks)
}

/// The tables, but for the hash over all writes: that comes last, so that a difference is named by
/// what was written.
fn tables<W: VatWorker>(kernel: &Controller<W>) -> Parts {
    const HASH: &str = "activityhash";
    let mut kv = kernel.kv().fork();
    let hash = kv.get(HASH).unwrap_or_default().to_vec();
    kv.remove(HASH);
    let bundles = kernel.tables().bundles.fork();
    let parts = [("bundles", Part::Store(bundles)), ("kv", Part::Store(kv))];
    let parts = parts.into_iter().chain([("kv: hash", Part::Bytes(hash))]);
    parts.map(|(name, part)| (name.to_owned(), part)).collect()
}

impl<W: VatWorker> Shadow<Controller<W>> {
    /// Runs both kernels until nothing is left to do, and compares them after every crank: tables
    /// and memory. Returns the number of cranks.
    ///
    /// # Errors
    /// [`Divergence`] names the first crank and key that differ.
    pub fn run(&mut self) -> Result<u64, Divergence> {
        let mut cranks = 0;
        loop {
            let name = format!("crank {}", self.original().cranks() + 1);
            let step =
                |kernel: &mut Controller<W>| kernel.step().map_err(|error| error.to_string());
            match self.step(&name, step)? {
                Ok(true) => cranks += 1,
                Ok(false) | Err(_) => return Ok(cranks),
            }
        }
    }
}
