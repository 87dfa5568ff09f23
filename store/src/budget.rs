//! A limit on what a fork writes.

use std::error::Error;
use std::fmt;
use std::ops::Deref;

use crate::store::Store;

/// How many bytes may be written, and how many have been.
///
/// What counts is what is asked to be written, not what it takes to keep it: the bytes of the key
/// and of the value for each [`set`](Budgeted::set) that changes something, the bytes of the key
/// for each [`remove`](Budgeted::remove) of a key that is there. It is never given back, also not
/// when a key is removed or written again. So the same writes cost the same wherever and whenever
/// they are done, and a refusal comes at the same write in every run, on any number of threads.
///
/// For the same reason budgets are not shared between forks: a fork would then be refused because
/// of what others happen to have written by then. Who has so much memory for all gives each fork
/// its part; what they wrote can be added up from [`spent`](Self::spent).
///
/// A budget bounds memory, too, but is not a measure of it: beside the counted bytes, a fork
/// copies the path to each entry that it is the first to write to, some hundred bytes in a small
/// store, a kilobyte in one of millions of entries, and for a new key up to 4 KiB of its neighbours
/// or, where these are longer than that, a few of them. [`Store::stats`] tells what it is.
///
/// A budget is a plain number of its own and costs stores without one nothing. [`Budgeted`] keeps
/// one beside a store; who writes to several stores can [`spend`](Self::spend) by hand.
///
/// ```
/// use bootfork_store::Budget;
///
/// let mut budget = Budget::of_bytes(100);
/// budget.spend(60)?;
/// assert!(budget.spend(60).is_err());
/// budget.spend(40)?;
/// assert_eq!(budget.left(), 0);
/// # Ok::<(), bootfork_store::OverBudget>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    limit: usize,
    spent: usize,
}

impl Budget {
    /// A budget of so many bytes, none of them spent.
    pub fn of_bytes(limit: usize) -> Self {
        Self { limit, spent: 0 }
    }

    /// The bytes that may be written in all.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// The bytes that have been written.
    pub fn spent(&self) -> usize {
        self.spent
    }

    /// The bytes that may still be written.
    pub fn left(&self) -> usize {
        self.limit - self.spent
    }

    /// Spends so many bytes.
    ///
    /// # Errors
    ///
    /// If fewer are left; nothing is spent then.
    pub fn spend(&mut self, bytes: usize) -> Result<(), OverBudget> {
        self.allows(bytes)?;
        self.spent += bytes;
        Ok(())
    }

    fn allows(&self, bytes: usize) -> Result<(), OverBudget> {
        if bytes <= self.left() {
            return Ok(());
        }
        Err(OverBudget { budget: self.clone(), wanted: bytes })
    }
}

/// A write was refused because it would have cost more than is left of a [`Budget`].
///
/// ```
/// use bootfork_store::{Budget, Budgeted, OverBudget, Store};
///
/// let mut fork = Budgeted::new(Store::new(), Budget::of_bytes(10));
/// let error: OverBudget = fork.set("a long key", "and a value").unwrap_err();
/// assert_eq!(error.wanted(), 21);
/// assert_eq!(
///     error.to_string(),
///     "a write of 21 bytes with 10 of 10 left: give the fork a larger budget, or look for what \
///      writes more than it should",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverBudget {
    budget: Budget,
    wanted: usize,
}

impl OverBudget {
    /// The budget as it was, and still is.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The bytes that the write would have cost.
    pub fn wanted(&self) -> usize {
        self.wanted
    }
}

impl fmt::Display for OverBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (wanted, left, limit) = (self.wanted, self.budget.left(), self.budget.limit);
        write!(
            f,
            "a write of {wanted} bytes with {left} of {limit} left: give the fork a larger \
             budget, or look for what writes more than it should"
        )
    }
}

impl Error for OverBudget {}

/// A store that may write so much and no more; what reads a [`Store`] works on it.
///
/// A write past the budget is an error and changes nothing; smaller ones may still go through. A
/// clone goes on as its origin would: with what is left of the budget, from then on apart.
///
/// ```
/// use bootfork_store::{Budget, Budgeted, Store};
///
/// let base: Store = (0..1000).map(|i| (format!("key{i}"), "value")).collect();
/// let mut timeline = Budgeted::new(base.fork(), Budget::of_bytes(1_000));
/// let error = loop {
///     let next = timeline.len().to_string();
///     if let Err(error) = timeline.set(next, "runaway") {
///         break error;
///     }
/// };
/// assert_eq!(error.wanted(), "1090".len() + "runaway".len());
/// assert_eq!(timeline.len(), 1090);
/// ```
#[derive(Clone, Debug)]
pub struct Budgeted {
    store: Store,
    budget: Budget,
}

impl Budgeted {
    /// A store with a budget.
    pub fn new(store: Store, budget: Budget) -> Self {
        Self { store, budget }
    }

    /// The budget, with what is spent of it.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The store, freed of its budget.
    pub fn into_store(self) -> Store {
        self.store
    }

    /// As [`Store::set`]. Writing the value that is there costs nothing.
    ///
    /// # Errors
    ///
    /// If the write would cost more than is left; nothing has changed then.
    pub fn set(
        &mut self,
        key: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<bool, OverBudget> {
        let (key, value) = (key.as_ref(), value.as_ref());
        let cost = key.len() + value.len();
        if let Err(error) = self.budget.allows(cost) {
            let is_there = self.store.get(key) == Some(value);
            return if is_there { Ok(false) } else { Err(error) };
        }
        let spent = &mut self.budget.spent;
        Ok(self.store.set_noting(key, value, |_| *spent += cost))
    }

    /// As [`Store::remove`]. Removing what is not there costs nothing.
    ///
    /// # Errors
    ///
    /// If the removal would cost more than is left; nothing has changed then.
    pub fn remove(&mut self, key: impl AsRef<[u8]>) -> Result<bool, OverBudget> {
        let key = key.as_ref();
        if let Err(error) = self.budget.allows(key.len()) {
            return if self.store.contains(key) { Err(error) } else { Ok(false) };
        }
        let spent = &mut self.budget.spent;
        Ok(self.store.remove_noting(key, |_| *spent += key.len()))
    }
}

impl Deref for Budgeted {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}
