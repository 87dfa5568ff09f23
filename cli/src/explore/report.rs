//! What the command prints for people.

use std::io::{self, Write};

use bootfork_explorer::{AssertionRecord, Bug, Exploration, Kind, SeedRecord};

use super::Options;
use super::record::{Spread, Summary, hex};
use super::worlds::Chosen;
use crate::demo::{align, grouped, new_table};

/// Of more root seeds than this only the spread is shown.
const SEEDS_SHOWN: usize = 10;

pub(crate) fn print(
    out: &mut impl Write,
    options: &Options,
    exploration: &Exploration,
    summary: &Summary<'_>,
) -> io::Result<()> {
    let (world, policy) = (&options.chosen.world, &exploration.policy);
    let budget = grouped(options.effort.budget());
    let stop = if options.effort.stops_at_bug() { ", or a bug" } else { "" };
    writeln!(out, "{world}, {policy}: up to {budget} timelines a root seed{stop}\n")?;
    let states = summary.states_are.unwrap_or("states");
    if exploration.seeds.len() <= SEEDS_SHOWN {
        print_seeds(out, &exploration.seeds, states)?;
    }
    print_spread(out, summary)?;
    print_assertions(out, &exploration.assertions)?;
    if !exploration.never_reached.is_empty() {
        writeln!(out, "never reached:")?;
        for gap in &exploration.never_reached {
            writeln!(out, "  {} ({}), {}", gap.message, gap.kind, gap.place)?;
        }
        writeln!(out)?;
    }
    for bug in &exploration.bugs {
        print_bug(out, bug, &options.chosen)?;
    }
    print_closing(out, exploration, summary)
}

fn print_seeds(out: &mut impl Write, seeds: &[SeedRecord], states: &str) -> io::Result<()> {
    let mut table =
        new_table(["seed", "to the bug", "draws to it", "timelines", "draws", "cut", states]);
    for seed in seeds {
        let [timelines, draws] = [seed.timelines, seed.draws].map(grouped);
        let [cut, states] = [seed.cut, seed.states].map(grouped);
        let [to_bug, draws_to_bug] = [seed.timelines_to_bug, seed.draws_to_bug].map(or_dash);
        table.add_row([seed.seed.to_string(), to_bug, draws_to_bug, timelines, draws, cut, states]);
    }
    align(&mut table, 0..7);
    writeln!(out, "{table}\n")
}

fn print_spread(out: &mut impl Write, summary: &Summary<'_>) -> io::Result<()> {
    let mut table = new_table(["over all root seeds", "p10", "median", "p90", "most"]);
    let rows = [
        ("timelines to the first bug", summary.timelines_to_bug),
        ("draws to the first bug", summary.draws_to_bug),
        (summary.states_are.unwrap_or("states"), summary.states),
    ];
    for (name, Spread { p10, median, p90, max }) in rows {
        let [p10, median, p90, max] = [p10, median, p90, max].map(or_dash);
        table.add_row([name.to_owned(), p10, median, p90, max]);
    }
    align(&mut table, 1..5);
    writeln!(out, "{table}\n")
}

/// Grouped by kind, properties first.
fn print_assertions(out: &mut impl Write, assertions: &[AssertionRecord]) -> io::Result<()> {
    let mut table = new_table(["kind", "assertion", "held", "did not", "saw", ""]);
    let mut assertions: Vec<&AssertionRecord> = assertions.iter().collect();
    assertions.sort_by_key(|assertion| (!assertion.kind.is_property(), assertion.kind));
    let mut last = None;
    for assertion in assertions {
        let kind = (last != Some(assertion.kind)).then(|| assertion.kind.to_string());
        last = Some(assertion.kind);
        let result = match (assertion.passed, assertion.kind.is_property()) {
            (true, _) => "passed",
            (false, true) => "BROKEN",
            (false, false) => "never held",
        };
        let [hits, misses] = [assertion.hits, assertion.misses].map(grouped);
        let (kind, message) = (kind.unwrap_or_default(), assertion.message.clone());
        table.add_row([kind, message, hits, misses, saw(assertion), result.to_owned()]);
    }
    align(&mut table, 2..5);
    writeln!(out, "{table}\n")
}

/// What is worth knowing of an assertion beside how often it held.
pub(crate) fn saw(assertion: &AssertionRecord) -> String {
    let AssertionRecord { kind, buckets, watermark, frontier, .. } = assertion;
    match (watermark, frontier) {
        (Some(watermark), _) => watermark.to_string(),
        (None, Some(most)) => format!("{most} at once"),
        (None, None) if *kind == Kind::SometimesEach => format!("{} buckets", grouped(*buckets)),
        (None, None) => String::new(),
    }
}

fn print_bug(out: &mut impl Write, bug: &Bug, chosen: &Chosen) -> io::Result<()> {
    let kind = bug.kind.map_or_else(|| "panic".to_owned(), |kind| kind.to_string());
    writeln!(out, "BUG {kind}: {}", bug.property)?;
    if !bug.details.is_empty() {
        writeln!(out, "  details  {}", bug.details)?;
    }
    let (steps, draws) = (grouped(bug.steps), grouped(bug.draws));
    writeln!(out, "  where    root seed {}, step {steps}, draw {draws}", bug.root_seed)?;
    if let Some(key) = bug.state_key {
        writeln!(out, "  state    {}", hex(key))?;
    }
    let recipe = bug.recipe.to_string();
    writeln!(out, "  recipe   {}", if recipe.is_empty() { "none" } else { &recipe })?;
    if !bug.verified {
        writeln!(
            out,
            "  UNSTABLE: run again, the recipe led elsewhere; the world has chance in it"
        )?;
    }
    writeln!(out, "  again    {}\n", chosen.replay_command(bug))
}

fn print_closing(
    out: &mut impl Write,
    exploration: &Exploration,
    summary: &Summary<'_>,
) -> io::Result<()> {
    let [timelines, draws] = [summary.timelines, summary.draws].map(grouped);
    let rate = |rate: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "for show")]
        let whole = rate as u64;
        grouped(whole)
    };
    writeln!(
        out,
        "{timelines} timelines, {draws} draws in {:.2} s: {} timelines and {} draws a second",
        summary.seconds,
        rate(summary.timelines_per_second),
        rate(summary.draws_per_second),
    )?;
    if summary.cut > 0 {
        writeln!(
            out,
            "{} timelines were cut off at a limit of steps or draws",
            grouped(summary.cut)
        )?;
    }
    for record in &exploration.seeds {
        print_remarks(out, record)?;
    }
    let (found, seeds) = (grouped(summary.found), grouped(summary.seeds));
    let bugs = exploration.bugs.len();
    writeln!(out, "properties broken: {bugs}; root seeds with a bug: {found} of {seeds}")
}

/// What a policy says of a root seed beside what it found.
fn print_remarks(out: &mut impl Write, record: &SeedRecord) -> io::Result<()> {
    let SeedRecord { seed, states, depth, exhausted, evicted, notes, .. } = record;
    let states = grouped(*states);
    match depth {
        Some(depth) if *exhausted => {
            writeln!(out, "root seed {seed}: explored fully, to depth {depth}: {states} states")?;
        }
        Some(depth) => {
            writeln!(out, "root seed {seed}: explored fully to depth {depth}: {states} states")?;
        }
        None if *exhausted => writeln!(out, "root seed {seed}: nothing is left to find")?,
        None => {}
    }
    if record.timed_out {
        writeln!(out, "root seed {seed}: incomplete, its time was spent")?;
    }
    if *evicted > 0 {
        writeln!(out, "root seed {seed}: gave up {} moments to save memory", grouped(*evicted))?;
    }
    for note in notes {
        writeln!(out, "root seed {seed}: {note}")?;
    }
    Ok(())
}

fn or_dash(count: Option<u64>) -> String {
    count.map_or_else(|| "–".to_owned(), grouped)
}
