//! What a forked timeline costs, beside a forked process, and how fast the explorer is:
//! `cargo run --release -p bench --bin explore`, with `--quick` for a glance.

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bench::explore::{Carrying, Fork2, Marks, Work, timeline_time};
use bench::figures::{duration, new_table};
use bootfork_explorer::Explorer;
use bootfork_explorer::worlds::Maze;
use clap::Parser;

/// Forked timelines beside forked processes, and the speed of the explorer on one core.
#[derive(Debug, Parser)]
struct Options {
    /// Few rounds, and no state of 1 GB
    #[arg(long)]
    quick: bool,
}

const SIZES: [(&str, u64); 3] =
    [("small", 10_000), ("100 MB", 100_000_000), ("1 GB", 1_000_000_000)];
/// Places that the one step writes to.
const WRITES: [u32; 3] = [0, 10, 1_000];

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("explore: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let sizes = if options.quick { &SIZES[..2] } else { &SIZES[..] };
    let rounds = if options.quick { 5 } else { 31 };
    let fork2 = Fork2::compile()?;
    println!("A fork, one step in it, and its end; median of {rounds} rounds.\n");
    let mut table = new_table(
        &[
            "touched state",
            "step writes to",
            "fork(2)",
            "fork(2), huge pages",
            "fork of a world",
            "fork(2) is",
        ]
        .map(str::to_owned),
    );
    let mut empty = Vec::new();
    for &(name, bytes) in sizes {
        let world = Carrying::new(Work { bytes, writes: 0 });
        for writes in WRITES {
            let work = Work { bytes, writes };
            // A small state has no thousand pages.
            if u64::from(writes) * 4096 > bytes && writes > 10 {
                continue;
            }
            let [pages, huge] = [false, true].map(|huge| fork2.time(work, huge, rounds));
            let (pages, huge) = (pages?, huge?);
            let timelines = if writes == 0 { 100_000 } else { 200_000 / u64::from(writes) };
            let ours = timeline_time(&world.writing(writes), timelines, rounds.min(7));
            if writes == 0 {
                empty.push((name, ours));
            }
            let ratio = format!("{:.0} × ours", pages.as_secs_f64() / ours.as_secs_f64());
            let [pages, huge, ours] = [pages, huge, ours].map(duration);
            table.add_row([name.into(), format!("{writes} places"), pages, huge, ours, ratio]);
        }
    }
    println!("{table}\n");
    for (name, time) in empty {
        println!("overhead of a timeline that does nothing, {name}: {}", duration(time));
    }
    for marks in [10, 100, 1_000] {
        let time = marks_time(marks, if options.quick { 10_000 } else { 200_000 });
        println!("a timeline of a world with {marks} marks: {}", duration(time));
    }
    maze(if options.quick { 20_000 } else { 200_000 });
    Ok(())
}

/// The time of a timeline of a step or two where there are so many marks to fork from.
fn marks_time(marks: usize, timelines: u32) -> Duration {
    let explorer = Explorer::new(Marks::new(marks)).budget(timelines.into());
    let begun = Instant::now();
    let record = explorer.run().seeds.remove(0);
    assert_eq!(record.states, marks as u64, "each is a place to fork from");
    begun.elapsed() / timelines
}

/// How fast the explorer is in a world that is small and quick itself.
fn maze(timelines: u64) {
    let begun = Instant::now();
    let explored = Explorer::new(Maze::default()).budget(timelines).run();
    let seconds = begun.elapsed().as_secs_f64();
    let record = &explored.seeds[0];
    #[expect(clippy::cast_precision_loss, reason = "a rate for show")]
    let rate = |count: u64| count as f64 / seconds;
    println!(
        "maze, one core: {:.0} timelines/s, {:.0} draws/s ({} timelines, {} draws, {seconds:.2} s)",
        rate(record.timelines),
        rate(record.draws),
        record.timelines,
        record.draws,
    );
}
