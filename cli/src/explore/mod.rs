//! `bootfork explore`: looks for bugs in a world, from many root seeds.

mod effort;
mod junit;
mod progress;
mod record;
mod replay;
mod report;
mod worlds;

pub(crate) use replay::{Options as ReplayOptions, run as replay};

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use bootfork_explorer::worlds::Visitor;
use bootfork_explorer::{Exploration, Explorer, SeedRecord, Site, World};
use clap::value_parser;

use effort::Effort;
use progress::Bar;
use record::{SeedLine, Summary};
use worlds::Chosen;

/// What to explore, how, and how far.
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    effort: Effort,
    /// Root seeds, each explored for itself
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u64).range(1..))]
    seeds: u64,
    /// The first of them; the others follow it
    #[arg(long, default_value_t = 1)]
    first_seed: u64,
    /// Threads to explore on; what is found does not depend on it
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
    options.effort.check()?;
    // A file that cannot be written is better known before the work than after.
    let junit = options
        .junit
        .as_ref()
        .map(|path| File::create(path).map_err(|error| format!("{}: {error}", path.display())));
    let junit = junit.transpose()?;
    let begun = Instant::now();
    let exploration = options.chosen.visit(Exploring { options, out })??;
    let summary = Summary::new(options, &exploration, begun.elapsed());
    if options.json {
        record::print(out, &summary.line())?;
    } else {
        report::print(out, options, &exploration, &summary)?;
    }
    if let Some(file) = junit {
        junit::write(BufWriter::new(file), &options.chosen, &exploration, summary.seconds)?;
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
        let bar = Bar::new(options.seeds, options.effort.budget());
        let explorer = Explorer::new(world)
            .seeds(options.first_seed, options.seeds)
            .threads(options.threads.into())
            .expecting(sites);
        let explorer = bar.watch(options.effort.apply(explorer, options.chosen.limits()));
        let mut told = Ok(());
        let exploration = explorer.run_each(|record| {
            bar.add(record);
            told = bar.suspend(|| tell(out, options, record));
            // With nobody to tell there is no more to explore.
            if told.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        bar.finish();
        told?;
        Ok(exploration)
    }
}

fn tell(out: &mut impl Write, options: &Options, record: &SeedRecord) -> io::Result<()> {
    if options.json {
        return record::print(out, &SeedLine::new(record, &options.chosen));
    }
    Ok(())
}
