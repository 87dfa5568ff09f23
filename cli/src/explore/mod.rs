//! `bootfork explore`: looks for bugs in a world, from many root seeds.

mod junit;
mod record;
mod replay;
mod report;
mod worlds;

pub(crate) use replay::{Options as ReplayOptions, run as replay};

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::time::Duration;

use bootfork_explorer::worlds::Visitor;
use bootfork_explorer::{Exploration, Explorer, SeedRecord, Site, World, policy};
use clap::builder::PossibleValuesParser;
use clap::value_parser;
use indicatif::{ProgressBar, ProgressStyle};

use record::{SeedLine, Summary};
use worlds::Chosen;

/// What to explore, how, and how far.
#[derive(clap::Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Options {
    #[command(flatten)]
    chosen: Chosen,
    /// How the budget is spent
    #[arg(long, default_value = policy::NAMES[0])]
    #[arg(value_parser = PossibleValuesParser::new(policy::NAMES))]
    policy: String,
    /// Root seeds, each explored for itself
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u64).range(1..))]
    seeds: u64,
    /// The first of them; the others follow it
    #[arg(long, default_value_t = 1)]
    first_seed: u64,
    /// Timelines to fork for each root seed
    #[arg(long, default_value_t = 20_000)]
    budget: u64,
    /// Draws to make for each root seed; no limit by default
    #[arg(long)]
    draws: Option<u64>,
    /// Seconds to spend on each root seed; what is found then depends on the machine
    #[arg(long)]
    seconds: Option<u32>,
    /// Moments to keep, in MiB; others are given up, and the way to them is gone again when needed
    #[arg(long, value_name = "MIB")]
    memory: Option<u32>,
    /// Spend the whole budget of each root seed, and look for more after its first bug
    #[arg(long, conflicts_with = "stop_at_first_bug")]
    spend_budget: bool,
    /// End each root seed at its first bug: the default, said aloud
    #[arg(long)]
    stop_at_first_bug: bool,
    /// Let each root seed know what those before it found, and look for something else
    #[arg(long)]
    warm: bool,
    /// Threads to run timelines on; what is found does not depend on it
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u16).range(1..=1024))]
    threads: u16,
    /// Print one JSON object a root seed, then one with the summary
    #[arg(long)]
    json: bool,
    /// Also write the assertions, each as a test, to this file in the format of `JUnit`
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Exit with 1 if there is a bug. Without it finding one is what was asked for
    #[arg(long)]
    fail_on_bug: bool,
}

/// `false` if a bug was found and that is to be a failure.
pub(crate) fn run(options: &Options, out: &mut impl Write) -> Result<bool, Box<dyn Error>> {
    // A file that cannot be written is better known before the work than after.
    let junit = options
        .junit
        .as_ref()
        .map(|path| File::create(path).map_err(|error| format!("{}: {error}", path.display())));
    let junit = junit.transpose()?;
    let exploration = options.chosen.visit(Exploring { options, out })??;
    let summary = Summary::new(options, &exploration);
    if options.json {
        record::print(out, &summary.line())?;
    } else {
        report::print(out, options, &exploration, &summary)?;
    }
    if let Some(file) = junit {
        junit::write(BufWriter::new(file), &options.chosen, &exploration)?;
    }
    Ok(exploration.bugs.is_empty() || !options.fail_on_bug)
}

/// Explores the world that it sees, and tells of each root seed as it goes.
struct Exploring<'a, O> {
    options: &'a Options,
    out: &'a mut O,
}

impl<O: Write> Visitor for Exploring<'_, O> {
    type Output = io::Result<Exploration>;

    fn visit<W: World>(self, world: W, sites: &'static [&'static Site]) -> io::Result<Exploration> {
        let Self { options, out } = self;
        let progress = progress(options.seeds);
        let (mut found, mut told) = (0, Ok(()));
        let exploration = explorer(options, world).expecting(sites).run_each(|record| {
            found += u64::from(record.found);
            progress.set_message(format!("{found} with a bug"));
            progress.inc(1);
            if told.is_ok() {
                told = progress.suspend(|| tell(out, options, record));
            }
        });
        progress.finish_and_clear();
        told?;
        Ok(exploration)
    }
}

fn explorer<W: World>(options: &Options, world: W) -> Explorer<W> {
    let policy = policy::by_name(&options.policy).expect("a name of the list");
    let mut explorer = Explorer::new(world)
        .boxed_policy(policy)
        .seeds(options.first_seed, options.seeds)
        .budget(options.budget)
        .threads(options.threads.into());
    if let Some(draws) = options.draws {
        explorer = explorer.draw_budget(draws);
    }
    if let Some(seconds) = options.seconds {
        explorer = explorer.time_limit(Duration::from_secs(seconds.into()));
    }
    if let Some(mebibytes) = options.memory {
        explorer = explorer.memory(mebibytes as usize * 1024 * 1024);
    }
    if options.warm {
        explorer = explorer.warm();
    }
    if options.spend_budget { explorer } else { explorer.stop_at_first_bug() }
}

fn tell(out: &mut impl Write, options: &Options, record: &SeedRecord) -> io::Result<()> {
    if options.json {
        return record::print(out, &SeedLine::new(record, &options.chosen));
    }
    Ok(())
}

/// A bar on the terminal; nothing where there is no terminal.
fn progress(seeds: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} seeds, {msg} ({elapsed})");
    ProgressBar::new(seeds).with_style(style.expect("a sound template")).with_message("exploring")
}
