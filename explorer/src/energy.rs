//! Budgets of marks below the budget of all.

use std::collections::BTreeMap;

/// Energy of marks: one unit is one timeline. Each mark has an account, opened once with the same
/// amount; what a barren mark leaves goes into a pool that every mark may draw on. The third level,
/// the budget of all timelines, is the search's.
#[derive(Debug)]
pub(crate) struct Energy {
    per_mark: u64,
    accounts: BTreeMap<u64, u64>,
    pool: u64,
}

impl Energy {
    pub(crate) fn new(per_mark: u64) -> Self {
        Self { per_mark, accounts: BTreeMap::new(), pool: 0 }
    }

    /// Fills a mark's account up again, as the original does at each of its splits.
    pub(crate) fn refill(&mut self, mark: u64) {
        self.accounts.insert(mark, self.per_mark);
    }

    /// Whether there is a unit for a timeline from that mark, which is then spent.
    pub(crate) fn take(&mut self, mark: u64) -> bool {
        let account = self.accounts.entry(mark).or_insert(self.per_mark);
        let purse = if *account > 0 { account } else { &mut self.pool };
        let paid = *purse > 0;
        *purse = purse.saturating_sub(1);
        paid
    }

    /// The mark is barren: what it has left is for all.
    pub(crate) fn give_up(&mut self, mark: u64) {
        let account = self.accounts.entry(mark).or_insert(self.per_mark);
        self.pool += std::mem::take(account);
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
}
