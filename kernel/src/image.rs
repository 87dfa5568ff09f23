//! A kernel as an image: its tables, and what it keeps in memory beside them.
//!
//! A restored kernel goes on exactly as the one would have done that the image was made of. (One
//! that is [started](Controller::start) on the same tables does not: it has lost what was in
//! memory.)

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use bootfork_store::image::{Image, ImageBuilder, ImageError};
use serde::{Deserialize, Serialize};

use crate::controller::Controller;
use crate::crank::Kernel;
use crate::device::Endowments;
use crate::fault::{KernelError, corrupt};
use crate::id::VatId;
use crate::keeper::Keeper;
use crate::state::{State, Tables, Volatile};
use crate::transcript::Transcripts;
use crate::worker::VatWorker;

/// What images of kernels call themselves.
pub const IMAGE_KIND: &str = "swingset-kernel";
/// The version of the parts that they have.
pub const IMAGE_VERSION: u32 = 1;

const KV: &str = "kv";
const TRANSCRIPTS: &str = "transcripts";
const BUNDLES: &str = "bundles";
const MEMORY: &str = "memory";

/// The part of an image that has the worker's state of a vat.
fn vat_part(vat: VatId) -> String {
    format!("vat.{vat}")
}

/// What is not in the tables.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Memory<V> {
    volatile: V,
    /// The vats that are online.
    online: Vec<VatId>,
}

impl<W: VatWorker> Controller<W> {
    /// This kernel as an image to write: the tables, and what it keeps in memory beside them. Not
    /// in it are the code of vats, devices, and handles that the host has.
    ///
    /// O(1) in the size of tables that are [frozen](Self::freeze).
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use bootfork_kernel::{Config, Controller, NativeWorker, RestoreError};
    /// use bootfork_store::image::Image;
    /// # use bootfork_kernel::{Syscalls, Vat, VatDelivery, VatError};
    /// # struct Idle;
    /// # impl Vat for Idle {
    /// #     fn deliver(&mut self, _: &VatDelivery, _: &mut dyn Syscalls) -> Result<(), VatError> {
    /// #         Ok(())
    /// #     }
    /// # }
    ///
    /// let worker = NativeWorker::new().with("idle", || Box::new(Idle));
    /// let config = Config::new("main").vat("main", "idle");
    /// let mut booted = Controller::boot(&config, worker.clone())?;
    /// let image = Image::from_bytes(&booted.image().to_bytes()?)?;
    ///
    /// let mut restored = Controller::restore(&image, Arc::new(worker))?;
    /// booted.run()?;
    /// restored.run()?;
    /// assert_eq!(restored.activityhash()?, booted.activityhash()?);
    /// # Ok::<(), RestoreError>(())
    /// ```
    pub fn image(&self) -> ImageBuilder<'static> {
        let kernel = self.kernel();
        let Tables { kv, transcripts, bundles } = kernel.keeper.tables();
        let image = Image::builder(IMAGE_KIND, IMAGE_VERSION)
            .store(KV, kv)
            .store(TRANSCRIPTS, transcripts.store())
            .store(BUNDLES, bundles)
            .bytes(MEMORY, memory(kernel));
        kernel.vats.iter().fold(image, |image, (vat, state)| match kernel.worker.save(state) {
            Some(saved) => image.bytes(&vat_part(*vat), saved),
            None => image,
        })
    }

    /// The kernel of an image, without devices. O(1) in the size of its tables, which stay where
    /// they are; a worker that [replays](VatWorker::replays) and saves nothing replays.
    ///
    /// Nothing of the tables is looked at. For an image from elsewhere see
    /// [`Tables::check`].
    ///
    /// # Errors
    /// [`RestoreError`].
    pub fn restore(image: &Image, worker: Arc<W>) -> Result<Self, RestoreError> {
        Self::restore_with(image, worker, Endowments::default())
    }

    /// As [`restore`](Self::restore), with devices.
    ///
    /// # Errors
    /// As [`restore`](Self::restore).
    pub fn restore_with(
        image: &Image,
        worker: Arc<W>,
        endowments: Endowments,
    ) -> Result<Self, RestoreError> {
        image.expect_kind(IMAGE_KIND, IMAGE_VERSION)?;
        let tables = Tables {
            kv: image.store(KV)?,
            transcripts: Transcripts::of_store(image.store(TRANSCRIPTS)?),
            bundles: image.store(BUNDLES)?,
        };
        let memory: Memory<Volatile> = serde_json::from_slice(image.bytes(MEMORY)?)
            .map_err(|error| corrupt(MEMORY, format!("a kernel's memory ({error})")))?;
        let Memory { volatile, online } = memory;
        if !volatile.stats.are_in_range() {
            return Err(corrupt(MEMORY, "numbers that a kernel counts to").into());
        }
        let keeper = Keeper::new(State { tables, volatile });
        let vats = Arc::default();
        let mut kernel = Kernel { keeper, worker, vats, endowments, deliveries: 0 };
        let mut vats = BTreeMap::new();
        for vat in online {
            vats.insert(vat, restore_vat(&kernel, image, vat)?);
        }
        kernel.vats = Arc::new(vats);
        Ok(Self::of_kernel(kernel))
    }
}

fn memory<W: VatWorker>(kernel: &Kernel<W>) -> Vec<u8> {
    let online = kernel.vats.keys().copied().collect();
    let memory = Memory { volatile: kernel.keeper.volatile(), online };
    serde_json::to_vec(&memory).expect("it has a JSON form")
}

/// The worker's state of a vat: as it was saved, or made anew.
fn restore_vat<W: VatWorker>(
    kernel: &Kernel<W>,
    image: &Image,
    vat: VatId,
) -> Result<W::State, KernelError> {
    let source = kernel.keeper.vat_source(vat)?;
    let part = vat_part(vat);
    if let Ok(saved) = image.bytes(&part) {
        let loaded = kernel.worker.load(vat, &source, saved);
        return loaded.map_err(|why| corrupt(part, format!("what a worker saved ({why})")));
    }
    let state = kernel.worker.create(vat, &source);
    let state = state.map_err(|why| KernelError::NoCode { vat, why })?;
    if kernel.worker.replays() { kernel.replay(vat, state) } else { Ok(state) }
}

/// Why a kernel could not be restored from an image.
///
/// ```
/// use std::sync::Arc;
///
/// use bootfork_kernel::{Controller, NativeWorker, RestoreError};
/// use bootfork_store::image::{Image, ImageError};
///
/// let other = Image::from_bytes(&Image::builder("something-else", 1).to_bytes()?)?;
/// let restored = Controller::restore(&other, Arc::new(NativeWorker::new()));
/// assert!(matches!(restored, Err(RestoreError::Image(ImageError::WrongKind { .. }))));
/// # Ok::<(), ImageError>(())
/// ```
#[derive(Debug)]
pub enum RestoreError {
    /// The image is not one of a kernel, or cannot be opened.
    Image(ImageError),
    /// What is in it is not what a kernel leaves, or the worker has no code for one of its vats.
    Kernel(KernelError),
}

impl From<ImageError> for RestoreError {
    fn from(error: ImageError) -> Self {
        Self::Image(error)
    }
}

impl From<KernelError> for RestoreError {
    fn from(error: KernelError) -> Self {
        Self::Kernel(error)
    }
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image(error) => error.fmt(f),
            Self::Kernel(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RestoreError {}
