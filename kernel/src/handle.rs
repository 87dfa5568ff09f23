//! Handles: references that a host holds, branded with the controller that gave them.
//!
//! Every fork of a controller numbers what it allocates from the same counters, so `kp41` of one
//! fork and `kp41` of another are different promises of one name. A handle knows whose it is: it
//! is good in the controller that gave it and in forks made of it later, and an error elsewhere.

use std::fmt;
use std::sync::Arc;

use crate::capdata::CapData;
use crate::fault::KernelError;
use crate::slot::Kref;
use crate::smallcaps::Reference;

/// A reference to an object or promise, as a host holds it.
///
/// ```
/// use bootfork_kernel::{
///     Config, Controller, KernelError, NativeWorker, Syscalls, Vat, VatDelivery, VatError,
/// };
///
/// # struct Idle;
/// # impl Vat for Idle {
/// #     fn deliver(&mut self, _: &VatDelivery, _: &mut dyn Syscalls) -> Result<(), VatError> {
/// #         Ok(())
/// #     }
/// # }
/// # let worker = NativeWorker::new().with("idle", || Box::new(Idle));
/// let booted = Controller::boot(&Config::new("main").vat("main", "idle"), worker)?;
/// let (mut one, other) = (booted.fork(), booted.fork());
/// let root = one.pin_vat_root("main")?;
/// assert!(one.fork().kp_status(&root).is_ok());
/// assert!(matches!(other.kp_status(&root), Err(KernelError::ForeignHandle { .. })));
/// # Ok::<(), KernelError>(())
/// ```
#[derive(Clone)]
pub struct Handle {
    kref: Kref,
    branch: Arc<Branch>,
    number: u64,
}

impl Handle {
    /// What it refers to.
    pub fn kref(&self) -> Kref {
        self.kref
    }
}

/// Equal handles refer to the same thing and were given by the same controller.
impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        self.kref == other.kref && Arc::ptr_eq(&self.branch, &other.branch)
    }
}

impl Eq for Handle {}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kref.fmt(f)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({})", self.kref)
    }
}

/// Written as what it refers to; what is read back is no handle.
impl serde::Serialize for Handle {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.kref.serialize(serializer)
    }
}

impl Reference for Handle {
    fn is_promise(&self) -> bool {
        self.kref.is_promise()
    }
}

/// Where a controller's handles are good: in it, and in what was forked from it after they were
/// given.
#[derive(Debug, Default)]
pub(crate) struct Lineage {
    branch: Arc<Branch>,
    /// How many handles this controller has given.
    given: u64,
}

/// One controller's part of its lineage. Its address is its identity, so it is not a number that
/// two threads could draw in either order.
#[derive(Debug, Default)]
struct Branch {
    /// The controller that this one was forked from, and how many handles it had given by then.
    parent: Option<(Arc<Branch>, u64)>,
}

impl Drop for Branch {
    /// A long line of forks is dropped one by one, not one inside the other.
    fn drop(&mut self) {
        let mut parent = self.parent.take();
        while let Some((branch, _)) = parent {
            parent = Arc::into_inner(branch).and_then(|mut branch| branch.parent.take());
        }
    }
}

impl Lineage {
    /// The lineage of a fork made now.
    pub(crate) fn fork(&self) -> Self {
        let parent = Some((self.branch.clone(), self.given));
        Self { branch: Arc::new(Branch { parent }), given: 0 }
    }

    pub(crate) fn give(&mut self, kref: Kref) -> Handle {
        self.given += 1;
        Handle { kref, branch: self.branch.clone(), number: self.given }
    }

    pub(crate) fn give_data(&mut self, data: &CapData) -> CapData<Handle> {
        let slots = data.slots.iter().map(|kref| self.give(*kref)).collect();
        CapData { body: data.body.clone(), slots }
    }

    /// What a handle refers to here. O(number of forks between).
    ///
    /// # Errors
    /// [`KernelError::ForeignHandle`] if it was given elsewhere.
    pub(crate) fn take(&self, handle: &Handle) -> Result<Kref, KernelError> {
        let mut at = Some((&self.branch, self.given));
        while let Some((branch, given)) = at {
            if Arc::ptr_eq(branch, &handle.branch) && handle.number <= given {
                return Ok(handle.kref);
            }
            at = branch.parent.as_ref().map(|(parent, given)| (parent, *given));
        }
        Err(KernelError::ForeignHandle { kref: handle.kref.to_string() })
    }

    pub(crate) fn take_data(&self, data: CapData<Handle>) -> Result<CapData, KernelError> {
        let slots = data.slots.iter().map(|handle| self.take(handle)).collect::<Result<_, _>>()?;
        Ok(CapData { body: data.body, slots })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_good_in_its_controller_and_in_later_forks_of_it_only() {
        let mut parent = Lineage::default();
        let before = parent.give(Kref::Promise(40));
        let mut fork = parent.fork();
        let after = parent.give(Kref::Promise(41));
        let own = fork.give(Kref::Promise(41));
        let sibling = parent.fork();
        let grandchild = fork.fork();

        for (handle, good) in [
            (&before, [true, true, true, true]),
            (&after, [true, false, true, false]),
            (&own, [false, true, false, true]),
        ] {
            let takes = [&parent, &fork, &sibling, &grandchild];
            assert_eq!(takes.map(|lineage| lineage.take(handle).is_ok()), good, "{handle:?}");
        }
        assert!(Lineage::default().take(&before).is_err());
    }

    #[test]
    fn a_long_line_of_forks_is_dropped_on_a_small_stack() {
        let mut last = Lineage::default();
        for _ in 0..200_000 {
            last = last.fork();
        }
        drop(last);
    }
}
