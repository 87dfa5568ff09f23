//! The order of the keys that a store would have with the writes of a batch.

use crate::order::{self, Cursor, Link};
use crate::region::Region;
use crate::store::{Standard, Store};
use crate::sync::Arc;

/// A fork of a store's order index. It owns the region that its runs lie in, so that it never
/// meets another one (F1).
#[derive(Clone)]
pub(super) struct Order {
    index: Option<Link>,
    region: Option<Arc<Region>>,
}

impl Order {
    pub(super) fn of(store: &Store) -> Self {
        let (index, region) = store.map().order();
        Self { index, region }
    }

    /// Follows a change of a key: whether it was there, and whether it is.
    pub(super) fn follow(&mut self, key: &[u8], was: bool, is: bool) {
        let Self { index, region } = self;
        match (was, is) {
            (false, true) => order::insert::<Standard>(index, region.as_deref(), key),
            (true, false) => order::remove::<Standard>(index, region.as_deref(), key),
            _ => {}
        }
    }

    /// The keys from a place on.
    pub(super) fn keys(&self, key: &[u8], inclusive: bool) -> Cursor<'_, Standard> {
        if let Some(region) = &self.region {
            region.witness();
        }
        Cursor::new(self.index.as_ref(), self.region.as_deref(), key, inclusive)
    }
}
