//! Budgets of marks below the budget of all.

use std::collections::{BTreeMap, BTreeSet};

/// Energy of marks: one unit is one timeline. Each mark has an account, opened once with the same
/// amount; what a barren mark leaves goes into a pool that every other mark may draw on, and it
/// too once it is barren no more. The third level, the budget of all timelines, is the search's.
#[derive(Debug)]
pub(crate) struct Energy {
    per_mark: u64,
    accounts: BTreeMap<u64, u64>,
    pool: u64,
    barren: BTreeSet<u64>,
}

impl Energy {
    pub(crate) fn new(per_mark: u64) -> Self {
        Self { per_mark, accounts: BTreeMap::new(), pool: 0, barren: BTreeSet::new() }
    }

    /// Fills a mark's account up again, as the original does at each of its splits.
    pub(crate) fn refill(&mut self, mark: u64) {
        self.accounts.insert(mark, self.per_mark);
        self.barren.remove(&mark);
    }

    /// Whether there is a unit for a timeline from that mark, which is then spent.
    pub(crate) fn take(&mut self, mark: u64) -> bool {
        let account = self.accounts.entry(mark).or_insert(self.per_mark);
        if *account == 0 && self.barren.contains(&mark) {
            return false;
        }
        let purse = if *account > 0 { account } else { &mut self.pool };
        let paid = *purse > 0;
        *purse = purse.saturating_sub(1);
        paid
    }

    /// The mark is barren: what it has left is for all.
    pub(crate) fn give_up(&mut self, mark: u64) {
        let account = self.accounts.entry(mark).or_insert(self.per_mark);
        self.pool += std::mem::take(account);
        self.barren.insert(mark);
    }

    /// The mark discovered something: it may draw on the pool again.
    pub(crate) fn revive(&mut self, mark: u64) {
        self.barren.remove(&mark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_spends_its_own_then_what_others_left() {
        let mut energy = Energy::new(2);
        assert_eq!([1, 1, 1].map(|mark| energy.take(mark)), [true, true, false]);
        assert!(energy.take(2));
        energy.give_up(2);
        assert_eq!([1, 1].map(|mark| energy.take(mark)), [true, false]);
        assert!(!energy.take(2), "its account is opened once");
    }

    #[test]
    fn a_barren_mark_has_nothing_until_it_discovers_something() {
        let mut energy = Energy::new(3);
        energy.give_up(1);
        assert!(!energy.take(1), "what it left is for others");
        assert_eq!([2; 5].map(|mark| energy.take(mark)), [true; 5]);
        energy.revive(1);
        assert_eq!([1, 1].map(|mark| energy.take(mark)), [true, false]);
    }
}
