//! Budgets of marks below the budget of all.

use std::collections::BTreeMap;

/// Energy of marks: one unit is one timeline. Each mark has an account, in the beginning with the
/// same amount in it; what a barren mark leaves goes into a pool that every other mark may draw on.
/// The third level, the budget of all timelines, is the search's.
#[derive(Debug)]
pub(crate) struct Energy {
    per_mark: u64,
    patience: u64,
    accounts: BTreeMap<u64, Account>,
    pool: u64,
}

#[derive(Clone, Copy, Debug)]
struct Account {
    left: u64,
    /// Timelines since one discovered something.
    barren: u64,
}

/// What a mark draws on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purse {
    /// Its account.
    Own,
    /// The pool, if there is something in it.
    Pool,
    /// It is barren, and has nothing left.
    Nothing,
}

impl Energy {
    /// Accounts of so many units, at least one. A mark that spends `patience` units on nothing is
    /// barren: it leaves the rest, until it discovers something.
    pub(crate) fn new(per_mark: u64, patience: u64) -> Self {
        Self { per_mark: per_mark.max(1), patience, accounts: BTreeMap::new(), pool: 0 }
    }

    /// Fills a mark's account up again.
    pub(crate) fn refill(&mut self, mark: u64) {
        self.accounts.insert(mark, Account { left: self.per_mark, barren: 0 });
    }

    /// Fills every account up, once no mark has anything left to draw on.
    pub(crate) fn renew(&mut self) {
        let full = Account { left: self.per_mark, barren: 0 };
        self.accounts.values_mut().for_each(|account| *account = full);
    }

    /// Where a unit for a timeline from that mark would come from.
    pub(crate) fn purse(&self, mark: u64) -> Purse {
        match self.accounts.get(&mark) {
            Some(account) if account.left == 0 && account.barren >= self.patience => Purse::Nothing,
            Some(account) if account.left == 0 => Purse::Pool,
            _ => Purse::Own,
        }
    }

    /// Whether there is a unit in such a purse.
    pub(crate) fn has(&self, purse: Purse) -> bool {
        match purse {
            Purse::Own => true,
            Purse::Pool => self.pool > 0,
            Purse::Nothing => false,
        }
    }

    /// Spends a unit for a timeline from that mark, if there is one.
    pub(crate) fn take(&mut self, mark: u64) -> bool {
        if !self.has(self.purse(mark)) {
            return false;
        }
        let full = Account { left: self.per_mark, barren: 0 };
        let account = self.accounts.entry(mark).or_insert(full);
        let purse = if account.left > 0 { &mut account.left } else { &mut self.pool };
        *purse -= 1;
        account.barren += 1;
        if account.barren >= self.patience {
            self.pool = self.pool.saturating_add(std::mem::take(&mut account.left));
        }
        true
    }

    /// What the mark has left is for all.
    pub(crate) fn give_up(&mut self, mark: u64) {
        if let Some(account) = self.accounts.get_mut(&mark) {
            self.pool = self.pool.saturating_add(std::mem::take(&mut account.left));
        }
    }

    /// The mark discovered something: it is not barren.
    pub(crate) fn reward(&mut self, mark: u64) {
        if let Some(account) = self.accounts.get_mut(&mark) {
            account.barren = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_spends_its_own_then_what_others_left() {
        let mut energy = Energy::new(2, u64::MAX);
        assert_eq!([1, 1, 1].map(|mark| energy.take(mark)), [true, true, false]);
        assert!(energy.take(2));
        energy.give_up(2);
        assert_eq!([1, 1].map(|mark| energy.take(mark)), [true, false]);
        assert!(!energy.take(2), "its account is opened once");
        energy.renew();
        assert_eq!([1, 2, 1, 2, 1].map(|mark| energy.take(mark)), [true, true, true, true, false]);
    }

    #[test]
    fn a_barren_mark_leaves_the_rest_until_it_discovers_something() {
        let mut energy = Energy::new(5, 2);
        assert_eq!([1, 1, 1].map(|mark| energy.take(mark)), [true, true, false]);
        energy.reward(1);
        assert_eq!([1, 1, 1].map(|mark| energy.take(mark)), [true, true, false]);
        energy.reward(1);
        assert_eq!([1, 1].map(|mark| energy.take(mark)), [true, false], "the pool is spent");
    }
}
