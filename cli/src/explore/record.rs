//! What the command prints for machines.

use std::io::{self, Write};
use std::time::Duration;

use bootfork_explorer::{AssertionRecord, Bug, Exploration, Gap, Kind, SeedRecord};
use serde::Serialize;

use super::Options;
use super::worlds::Chosen;

/// The line of one root seed.
#[derive(Serialize)]
pub(crate) struct SeedLine<'a> {
    seed: u64,
    found: bool,
    timelines_to_bug: Option<u64>,
    draws_to_bug: Option<u64>,
    timelines: u64,
    draws: u64,
    steps: u64,
    seconds: f64,
    states: u64,
    /// What `states` counts.
    states_are: &'static str,
    depth: Option<u64>,
    exhausted: bool,
    timed_out: bool,
    cut: u64,
    evicted: u64,
    notes: &'a [String],
    bugs: Vec<BugLine<'a>>,
}

impl<'a> SeedLine<'a> {
    pub(crate) fn new(record: &'a SeedRecord, chosen: &Chosen) -> Self {
        Self {
            seed: record.seed,
            found: record.found,
            timelines_to_bug: record.timelines_to_bug,
            draws_to_bug: record.draws_to_bug,
            timelines: record.timelines,
            draws: record.draws,
            steps: record.steps,
            seconds: record.seconds,
            states: record.states,
            states_are: states_are(record),
            depth: record.depth,
            exhausted: record.exhausted,
            timed_out: record.timed_out,
            cut: record.cut,
            evicted: record.evicted,
            notes: &record.notes,
            bugs: record.bugs.iter().map(|bug| BugLine::new(bug, chosen)).collect(),
        }
    }
}

/// What the states of a record are: only a policy that follows every step tells states apart.
pub(crate) fn states_are(record: &SeedRecord) -> &'static str {
    if record.depth.is_some() { "distinct states" } else { "cells discovered" }
}

/// A bug, with the command that makes it again.
#[derive(Serialize)]
pub(crate) struct BugLine<'a> {
    property: &'a str,
    /// None for a panic.
    kind: Option<Kind>,
    details: &'a str,
    seed: u64,
    recipe: String,
    recipe_version: u32,
    /// In hexadecimal, as 128 bits are more than a number of JSON can be relied on to hold.
    state_key: Option<String>,
    draws: u64,
    steps: u64,
    timelines: u64,
    verified: bool,
    replay: String,
}

impl<'a> BugLine<'a> {
    fn new(bug: &'a Bug, chosen: &Chosen) -> Self {
        Self {
            property: &bug.property,
            kind: bug.kind,
            details: &bug.details,
            seed: bug.root_seed,
            replay: chosen.replay_command(bug),
            recipe: bug.recipe.to_string(),
            recipe_version: bug.recipe_version,
            state_key: bug.state_key.map(hex),
            draws: bug.draws,
            steps: bug.steps,
            timelines: bug.timelines,
            verified: bug.verified,
        }
    }
}

/// The last line.
#[derive(Serialize)]
pub(crate) struct Summary<'a> {
    world: &'a str,
    settings: Vec<String>,
    policy: &'a str,
    budget: u64,
    stop_at_first_bug: bool,
    threads: u16,
    first_seed: u64,
    pub(crate) seeds: u64,
    pub(crate) found: u64,
    pub(crate) exhausted: u64,
    /// Root seeds whose time was spent.
    timed_out: u64,
    pub(crate) timelines_to_bug: Spread,
    pub(crate) draws_to_bug: Spread,
    pub(crate) timelines: u64,
    pub(crate) draws: u64,
    pub(crate) steps: u64,
    pub(crate) states: Spread,
    pub(crate) states_are: Option<&'static str>,
    pub(crate) cut: u64,
    pub(crate) evicted: u64,
    /// From the beginning to the end, whatever the number of threads.
    pub(crate) seconds: f64,
    pub(crate) timelines_per_second: f64,
    pub(crate) draws_per_second: f64,
    bugs: Vec<BugLine<'a>>,
    assertions: &'a [AssertionRecord],
    never_reached: &'a [Gap],
}

impl<'a> Summary<'a> {
    pub(crate) fn new(options: &'a Options, exploration: &'a Exploration, time: Duration) -> Self {
        let chosen = &options.chosen;
        let records = &exploration.seeds;
        let sum = |of: fn(&SeedRecord) -> u64| records.iter().map(of).sum::<u64>();
        let (timelines, draws) = (sum(|seed| seed.timelines), sum(|seed| seed.draws));
        let seconds = time.as_secs_f64();
        Self {
            world: &chosen.world,
            settings: chosen.settings.iter().map(|(name, to)| format!("{name}={to}")).collect(),
            policy: &exploration.policy,
            budget: options.effort.budget(),
            stop_at_first_bug: options.effort.stops_at_bug(),
            threads: options.threads,
            first_seed: options.first_seed,
            seeds: records.len() as u64,
            found: sum(|seed| u64::from(seed.found)),
            exhausted: sum(|seed| u64::from(seed.exhausted)),
            timed_out: sum(|seed| u64::from(seed.timed_out)),
            timelines_to_bug: Spread::of(records.iter().map(|seed| seed.timelines_to_bug)),
            draws_to_bug: Spread::of(records.iter().map(|seed| seed.draws_to_bug)),
            timelines,
            draws,
            steps: sum(|seed| seed.steps),
            states_are: records.first().map(states_are),
            cut: sum(|seed| seed.cut),
            evicted: sum(|seed| seed.evicted),
            states: Spread::of(records.iter().map(|seed| Some(seed.states))),
            seconds,
            timelines_per_second: per_second(timelines, seconds),
            draws_per_second: per_second(draws, seconds),
            bugs: exploration.bugs.iter().map(|bug| BugLine::new(bug, chosen)).collect(),
            assertions: &exploration.assertions,
            never_reached: &exploration.never_reached,
        }
    }

    pub(crate) fn line(&self) -> impl Serialize {
        #[derive(Serialize)]
        struct Line<'a> {
            summary: &'a Summary<'a>,
        }
        Line { summary: self }
    }
}

/// How a count is spread over all root seeds. One without the count has it beyond all others: a
/// rank that falls there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Spread {
    pub(crate) p10: Option<u64>,
    pub(crate) median: Option<u64>,
    pub(crate) p90: Option<u64>,
    pub(crate) max: Option<u64>,
}

impl Spread {
    fn of(counts: impl Iterator<Item = Option<u64>>) -> Self {
        let mut counts: Vec<u64> = counts.map(|count| count.unwrap_or(u64::MAX)).collect();
        counts.sort_unstable();
        // The least count that so many per cent of the root seeds do not exceed.
        let rank = |percent: usize| {
            let rank = (counts.len() * percent).div_ceil(100).max(1);
            counts.get(rank - 1).copied().filter(|&count| count != u64::MAX)
        };
        Self { p10: rank(10), median: rank(50), p90: rank(90), max: rank(100) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate for show")]
fn per_second(count: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { count as f64 / seconds } else { 0.0 }
}

pub(crate) fn hex(key: u128) -> String {
    format!("{key:032x}")
}

pub(crate) fn print(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    writeln!(out)?;
    // A root seed can take long, and somebody may be reading along.
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn a_rank_is_a_count_that_was_there() {
        let spread = Spread::of((1..=10).rev().map(Some));
        let expected = Spread { p10: Some(1), median: Some(5), p90: Some(9), max: Some(10) };
        assert_eq!(spread, expected);
    }

    #[test]
    fn who_found_nothing_is_beyond_all_others() {
        let spread = Spread::of([Some(3), None, Some(1), Some(2)].into_iter());
        let expected = Spread { p10: Some(1), median: Some(2), p90: None, max: None };
        assert_eq!(spread, expected);
    }
}
