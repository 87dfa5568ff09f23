//! What became of each assertion, over all root seeds.

use std::collections::{BTreeMap, BTreeSet};

use crate::exploration::{AssertionRecord, Gap};
use crate::knowledge::{Cell, Knowledge};
use crate::site::{Extreme, Kind, SITES, Site};
use crate::watermark::{Value, Watermark};

/// The assertions that were reached, by message and kind.
#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<(&'static str, Kind), Sum>);

#[derive(Debug, Default)]
struct Sum {
    hits: u64,
    misses: u64,
    /// The hashes of its buckets.
    buckets: BTreeSet<u64>,
    extreme: Option<Extreme>,
    /// The best level of a comparison, as its site has them, and whether it is of floats.
    best: Option<(i64, bool)>,
    frontier: Option<i64>,
}

impl Tally {
    /// Adds what one exploration knows.
    pub(crate) fn add(&mut self, known: &Knowledge) {
        for cell in known.cells() {
            let site = cell.site();
            self.0.entry((site.message(), site.kind())).or_default().add(cell);
        }
    }

    pub(crate) fn records(&self) -> Vec<AssertionRecord> {
        self.0.iter().map(|(&(message, kind), sum)| sum.record(message, kind)).collect()
    }

    /// What is stated and was not reached, each assertion once. Expected are the assertions below
    /// a module, if there is one, and those of a list, if there is one, or else all there are.
    pub(crate) fn gaps(
        &self,
        module: Option<&str>,
        expected: Option<&'static [&'static Site]>,
    ) -> Vec<Gap> {
        let is_expected = |site: &&Site| match module {
            Some(module) => site.is_below(module),
            None => expected.is_none(),
        };
        let listed = SITES.iter().copied().filter(is_expected);
        let listed = listed.chain(expected.into_iter().flatten().copied());
        let missing = listed.filter(|site| {
            let reached = self.0.contains_key(&(site.message(), site.kind()));
            site.kind().must_be_reached() && !reached
        });
        let mut gaps = BTreeMap::new();
        for site in missing {
            let place = format!("{}:{}", site.file(), site.line());
            let least = gaps.entry((site.message(), site.kind())).or_insert_with(|| place.clone());
            *least = place.min(std::mem::take(least));
        }
        let gap = |((message, kind), place): ((&str, Kind), String)| Gap {
            message: message.to_owned(),
            kind,
            place,
        };
        gaps.into_iter().map(gap).collect()
    }
}

impl Sum {
    fn add(&mut self, cell: &Cell) {
        self.hits += cell.hits();
        self.misses += cell.misses();
        if !cell.keys().is_empty() {
            self.buckets.insert(cell.id);
        }
        let Some(&[best, ref of_floats @ ..]) = cell.best() else { return };
        self.extreme = cell.site().extreme();
        if self.extreme.is_some() {
            self.best = self.best.max(Some((best, !of_floats.is_empty())));
        } else if cell.site().kind() == Kind::SometimesAll {
            self.frontier = self.frontier.max(Some(best));
        }
    }

    fn record(&self, message: &str, kind: Kind) -> AssertionRecord {
        let passed = match kind {
            Kind::Eventually => self.misses == 0 && self.hits > 0,
            kind if kind.is_property() => self.misses == 0,
            _ => self.hits > 0,
        };
        let watermark = self.extreme.zip(self.best);
        let watermark = watermark.map(|(extreme, (best, is_float))| match extreme {
            Extreme::Least => Watermark::Least(Value::at_rank(!best, is_float)),
            Extreme::Greatest => Watermark::Greatest(Value::at_rank(best, is_float)),
        });
        AssertionRecord {
            message: message.to_owned(),
            kind,
            passed,
            hits: self.hits,
            misses: self.misses,
            buckets: self.buckets.len() as u64,
            watermark,
            frontier: self.frontier,
        }
    }
}
