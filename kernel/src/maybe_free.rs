//! Krefs whose count fell to zero: to be looked at when the crank ends (KERNEL.md section 8).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::slot::Kref;

/// A list without duplicates, in order of insertion, that may grow while it is walked. A kref
/// that is in it keeps its place and is not visited twice.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Kref>", into = "Vec<Kref>")]
pub(crate) struct MaybeFree {
    order: Vec<Kref>,
    members: BTreeSet<Kref>,
}

impl MaybeFree {
    pub(crate) fn insert(&mut self, kref: Kref) {
        if self.members.insert(kref) {
            self.order.push(kref);
        }
    }

    pub(crate) fn at(&self, position: usize) -> Option<Kref> {
        self.order.get(position).copied()
    }

    pub(crate) fn clear(&mut self) {
        self.order.clear();
        self.members.clear();
    }
}

impl From<Vec<Kref>> for MaybeFree {
    fn from(krefs: Vec<Kref>) -> Self {
        let mut set = Self::default();
        for kref in krefs {
            set.insert(kref);
        }
        set
    }
}

impl From<MaybeFree> for Vec<Kref> {
    fn from(set: MaybeFree) -> Self {
        set.order
    }
}
